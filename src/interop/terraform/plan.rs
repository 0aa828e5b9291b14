//! What `terraform show -json` prints of a plan or a state, and state files.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::collections::BTreeMap;

use crate::IndexMap;

use super::reference::token;
use super::resource::{KINDS, Resource, label};
use super::scope::{text, unknown};
use crate::interop::node::{Node, Value};

/// Whether a document is such output, or a state file.
pub(crate) fn recognises(document: &Node) -> bool {
    let shown = ["planned_values", "values", "resource_changes", "prior_state"];
    (document.get("format_version").is_some() && shown.iter().any(|part| document.get(part).is_some()))
        || (document.get("terraform_version").is_some() && document.get("resources").is_some())
}

/// The resources of a plan or state.
pub(super) fn resources(document: &Node) -> Vec<Resource> {
    let mut found = Vec::new();
    let planned = ["planned_values", "values"].iter().find_map(|part| document.get(part));
    let prior = || document.at(&["prior_state", "values"]);
    if let Some(root) = planned.or_else(|| prior().filter(|_| document.get("resource_changes").is_none())) {
        of_module(root.get("root_module"), &mut found);
    } else if let Some(changes) = document.get("resource_changes") {
        found.extend(changes.items().iter().filter_map(changed));
    } else {
        for resource in document.get("resources").map(Node::items).unwrap_or_default() {
            of_state(resource, &mut found);
        }
    }
    open_values(document, &mut found);
    configured(document, &mut found);
    found
}

/// Recursion is bounded by the depth that parsing allows.
fn of_module(module: Option<&Node>, found: &mut Vec<Resource>) {
    let Some(module) = module else { return };
    for node in module.get("resources").map(Node::items).unwrap_or_default() {
        found.extend(node.get("values").and_then(|values| resource(node, values)));
    }
    for child in module.get("child_modules").map(Node::items).unwrap_or_default() {
        of_module(Some(child), found);
    }
}

/// What a resource is after its change; nothing where it is destroyed.
fn changed(node: &Node) -> Option<Resource> {
    let after = node.at(&["change", "after"])?;
    if let Value::Map(_) = after.value { resource(node, after) } else { None }
}

fn resource(node: &Node, values: &Node) -> Option<Resource> {
    let word = |name: &str| node.get(name).and_then(Node::text);
    let kind = word("type").filter(|kind| KINDS.contains(kind) && word("mode") != Some("data"))?;
    let address = word("address")?;
    let name = word("name").unwrap_or(kind);
    let key = node.get("index").and_then(Node::word).filter(|key| *key != "0").unwrap_or_default();
    let origin = node.get("address").unwrap_or(node).origin;
    Some(Resource {
        address: address.to_owned(),
        kind: kind.to_owned(),
        label: label(&innermost_module(address), name, key),
        values: values.clone(),
        region: region(values),
        alias: None,
        pattern: None,
        open: None,
        origin,
    })
}

/// The name of the module that a resource is in: `orders` of `module.shop.module.orders["eu"].…`.
fn innermost_module(address: &str) -> String {
    let plain = without_keys(address);
    let parts: Vec<&str> = plain.split('.').collect();
    let last =
        parts.chunks(2).filter(|pair| pair.first() == Some(&"module")).filter_map(|pair| pair.get(1)).next_back();
    last.map(|name| (*name).to_owned()).unwrap_or_default()
}

/// An address without the keys of instances.
fn without_keys(address: &str) -> String {
    let mut plain = String::new();
    let mut quoted = false;
    let mut depth = 0_usize;
    for c in address.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth = depth.saturating_add(1),
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ if depth == 0 && !quoted => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The Region that a resource's values name, by themselves or in its ARN.
fn region(values: &Node) -> Option<Node> {
    if let Some(region) = values.get("region").filter(|region| region.text().is_some_and(|text| !text.is_empty())) {
        return Some(region.clone());
    }
    let arn = values.get("arn")?;
    let region = arn.text()?.split(':').nth(3).filter(|region| !region.is_empty())?;
    Some(text(region, arn.origin))
}

/// The instances of one resource of a state file.
fn of_state(node: &Node, found: &mut Vec<Resource>) {
    let word = |name: &str| node.get(name).and_then(Node::text);
    let (Some(kind), Some(name)) = (word("type"), word("name")) else { return };
    if !KINDS.contains(&kind) || word("mode") == Some("data") {
        return;
    }
    let module = word("module").map_or_else(String::new, |module| format!("{module}."));
    for instance in node.get("instances").map(Node::items).unwrap_or_default() {
        let Some(values) = instance.get("attributes") else { continue };
        let key = instance.get("index_key");
        let shown = key.map_or_else(String::new, |key| match key.text() {
            Some(name) => format!("[\"{name}\"]"),
            None => format!("[{}]", key.word().unwrap_or_default()),
        });
        let address = format!("{module}{kind}.{name}{shown}");
        let key = key.and_then(Node::word).filter(|key| *key != "0").unwrap_or_default();
        found.push(Resource {
            label: label(&innermost_module(&address), name, key),
            address,
            kind: kind.to_owned(),
            values: values.clone(),
            region: region(values),
            alias: None,
            pattern: None,
            open: None,
            origin: node.get("name").unwrap_or(node).origin,
        });
    }
}

/// Marks what is known only when the plan is applied, which the values leave out.
fn open_values(document: &Node, found: &mut [Resource]) {
    let changes = document.get("resource_changes").map(Node::items).unwrap_or_default();
    let open: BTreeMap<&str, &Node> = changes
        .iter()
        .filter_map(|change| Some((change.get("address")?.text()?, change.at(&["change", "after_unknown"])?)))
        .collect();
    for resource in found {
        if let Some(open) = open.get(resource.address.as_str()) {
            mark(&mut resource.values, open);
        }
    }
}

/// Recursion is bounded by the depth that parsing allows.
fn mark(node: &mut Node, open: &Node) {
    match &open.value {
        Value::Boolean(true) => *node = unknown("it is known only when the plan is applied", open.origin),
        Value::Map(entries) => {
            let Value::Map(map) = &mut node.value else { return };
            for (key, open) in entries {
                let absent = Node::new(Value::Nothing, open.origin);
                let value = map.entry(key.clone()).or_insert(absent);
                mark(value, open);
            }
        }
        Value::List(items) => {
            let Value::List(list) = &mut node.value else { return };
            for (item, open) in list.iter_mut().zip(items) {
                mark(item, open);
            }
        }
        _ => {}
    }
}

/// What the plan's configuration says: the table that a resource is about, also where its name is
/// not known or not unique, and the Region of a provider.
fn configured(document: &Node, found: &mut [Resource]) {
    let Some(configuration) = document.get("configuration") else { return };
    let mut resources: BTreeMap<String, &Node> = BTreeMap::new();
    of_configuration(configuration.get("root_module"), "", &mut resources);
    let tables: Vec<String> = found
        .iter()
        .filter(|resource| resource.kind == "aws_dynamodb_table")
        .map(|resource| resource.address.clone())
        .collect();
    for resource in found {
        let plain = without_keys(&resource.address);
        let Some(written) = resources.get(&plain) else { continue };
        if resource.region.is_none() {
            let provider = written.get("provider_config_key").and_then(Node::text).unwrap_or("aws");
            let providers = configuration.get("provider_config");
            let region = providers.and_then(|all| all.at(&[provider, "expressions", "region", "constant_value"]));
            resource.region = region.filter(|region| region.text().is_some()).cloned();
        }
        for attribute in ["resource_id", "table_name", "global_table_arn", "resource_arn"] {
            let Some(value) = resource.values.get(attribute) else { continue };
            let references = written.at(&["expressions", attribute, "references"]).map(Node::items).unwrap_or_default();
            let reference =
                references.iter().filter_map(Node::text).find(|name| name.starts_with("aws_dynamodb_table."));
            let module = plain.rfind(&format!("{}.", resource.kind)).and_then(|at| plain.get(..at)).unwrap_or_default();
            let Some(table) = reference.and_then(|reference| the_table(reference, module, resource, &tables)) else {
                continue;
            };
            let value = text(referring(value, &table), value.origin);
            if let Value::Map(map) = &mut resource.values.value {
                map.insert(attribute.to_owned(), value);
            }
        }
    }
}

/// The same identifier with the reference in place of the name.
fn referring(value: &Node, table: &str) -> String {
    let index = value.text().and_then(|text| text.split_once("/index/"));
    match (value.text(), index) {
        (_, Some((_, index))) => format!("table/{}/index/{index}", token(table)),
        _ => format!("table/{}", token(table)),
    }
}

/// The one table that a reference from a module can mean; nothing where several can be.
fn the_table(reference: &str, module: &str, from: &Resource, tables: &[String]) -> Option<String> {
    let mut parts = reference.splitn(3, '.');
    let (kind, name) = (parts.next()?, parts.next()?);
    let wanted = without_keys(&format!("{module}{kind}.{name}"));
    let mut candidates: Vec<&String> = tables.iter().filter(|address| without_keys(address) == wanted).collect();
    if candidates.len() > 1 {
        let key = |address: &str| address.find('[').and_then(|at| address.get(at..)).map(str::to_owned);
        candidates.retain(|address| key(address) == key(&from.address));
    }
    match candidates.as_slice() {
        [only] => Some((*only).clone()),
        _ => None,
    }
}

/// The resources of a module's configuration by their addresses. Recursion is bounded by the depth
/// that parsing allows.
fn of_configuration<'n>(module: Option<&'n Node>, prefix: &str, resources: &mut BTreeMap<String, &'n Node>) {
    let Some(module) = module else { return };
    for node in module.get("resources").map(Node::items).unwrap_or_default() {
        if let Some(address) = node.get("address").and_then(Node::text) {
            resources.insert(format!("{prefix}{address}"), node);
        }
    }
    let calls: IndexMap<&str, &Node> =
        module.get("module_calls").map(|calls| calls.entries().collect()).unwrap_or_default();
    for (name, call) in calls {
        of_configuration(call.get("module"), &format!("{prefix}module.{name}."), resources);
    }
}
