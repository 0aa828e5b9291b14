//! Module calls and providers: what a module gets from the one that calls it.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/syntax>

use std::rc::{Rc, Weak};

use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};

use super::embedded;
use super::evaluate::written;
use super::instances::{Instances, Key};
use super::module::{Call, Module};
use super::program::{joined, local_source, source};
use super::scope::{Names, text};
use super::syntax::{Attribute, Block, Written};
use crate::interop::node::{Node, Value};

/// The most modules within each other.
const MAX_CALLS: usize = 10;

/// What a module call makes.
pub(super) enum Children<'p> {
    /// These modules.
    Read(Instances<Rc<Module<'p>>>),
    /// Nothing that can be read, and why.
    Unread(String),
}

/// The modules that a call of `parent` makes.
pub(super) fn children<'p>(parent: &Rc<Module<'p>>, name: &str, block: &'p Block) -> Children<'p> {
    let called = match local_source(block) {
        Some(local) => joined(parent.path, &local),
        None => source(block).as_deref().and_then(embedded::known).unwrap_or_default().to_owned(),
    };
    let written = source(block).unwrap_or_default();
    let Some((path, directory)) = parent.program.directories.get_key_value(&called) else {
        return Children::Unread(format!("its source, `{written}`, is not among the files"));
    };
    if parent.address.matches("module.").count() >= MAX_CALLS {
        return Children::Unread(format!("modules are nested more than {MAX_CALLS} deep"));
    }
    let instances = parent.instances(block).map(|key, names| {
        let address = format!("{}module.{name}{key}.", parent.address);
        let label = match &key {
            Key::Name(key) => format!("{name}_{key}"),
            Key::Index(index) if *index > 0 => format!("{name}_{index}"),
            _ => name.to_owned(),
        };
        let call = Call { parent: Rc::downgrade(parent), block, names };
        Module::new(parent.program, (path, directory), address, label, Some(call))
    });
    Children::Read(instances)
}

/// The Region of a provider of a module: the default one's, or an alias's.
pub(super) fn region(module: &Rc<Module<'_>>, alias: Option<&str>) -> Option<Node> {
    let names = Names::default();
    let provider = module.directory.providers.iter().find(|block| {
        let its = block.body.attributes.get("alias").and_then(|alias| match &alias.written {
            Written::Hcl(expression) => expression.as_str(),
            Written::Json(node) => node.text(),
        });
        block.label(0) == "aws" && its == alias
    });
    if let Some(provider) = provider {
        let region = provider.body.attributes.get("region")?;
        return written(&region.written, &module.scope(region.origin, &names)).ok();
    }
    let call = module.call.as_ref()?;
    let parent = Weak::upgrade(&call.parent)?;
    let passed = call.block.body.attributes.get("providers").and_then(|passed| passed_alias(passed, alias));
    match (passed, alias) {
        (Some(alias), _) => region(&parent, alias.as_deref()),
        (None, None) => region(&parent, None),
        (None, Some(_)) => None,
    }
}

/// The alias of the provider that a call passes on: `providers = { aws = aws.west }`.
fn passed_alias(passed: &Attribute, alias: Option<&str>) -> Option<Option<String>> {
    let wanted = alias.map_or_else(|| "aws".to_owned(), |alias| format!("aws.{alias}"));
    match &passed.written {
        Written::Json(node) => reference(node.get(&wanted)?.text()?),
        Written::Hcl(expression) => expression.as_object()?.iter().find_map(|(key, value)| {
            let key = match key {
                ObjectKey::Ident(name) => name.as_str().to_owned(),
                ObjectKey::Expression(expression) => dotted(expression)?,
            };
            if key == wanted { reference(&dotted(value.expr())?) } else { None }
        }),
    }
}

/// The alias of the provider that a resource names: nothing where it names none, `Some(None)` for
/// the default one.
pub(super) fn provider(block: &Block) -> Option<Option<String>> {
    match &block.body.attributes.get("provider")?.written {
        Written::Hcl(expression) => reference(&dotted(expression)?),
        Written::Json(node) => reference(node.text()?),
    }
}

fn reference(written: &str) -> Option<Option<String>> {
    let written = written.trim_start_matches("${").trim_end_matches('}');
    match written.split_once('.') {
        None => Some(None),
        Some((_, alias)) => Some(Some(alias.to_owned())),
    }
}

fn dotted(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Variable(name) => Some(name.as_str().to_owned()),
        Expression::String(name) => Some(name.value().clone()),
        Expression::Traversal(traversal) => match traversal.operators.as_slice() {
            [operator] => match operator.value() {
                TraversalOperator::GetAttr(name) => Some(format!("{}.{}", dotted(&traversal.expr)?, name.as_str())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The Region that a resource is in, as far as the files say: its own, or its provider's.
pub(super) fn region_of(module: &Rc<Module<'_>>, block: &Block, values: &Node) -> (Option<Node>, Option<String>) {
    if let Some(own) = values.get("region").filter(|node| node.value != Value::Nothing) {
        return (Some(own.clone()), None);
    }
    let alias = provider(block).flatten();
    let region = region(module, alias.as_deref()).filter(|node| matches!(node.value, Value::Text(_)));
    match (region, alias) {
        (Some(region), _) => (Some(region), None),
        (None, Some(alias)) => {
            // An alias that is a Region's name, with the underscores that names may have.
            let named = alias.replace('_', "-");
            (is_region(&named).then(|| text(&named, block.origin)), Some(alias))
        }
        (None, None) => (None, None),
    }
}

/// Whether a word looks as the names of Regions do: `eu-west-1`, `us-gov-east-1`.
fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let letters = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    match parts.as_slice() {
        [country, middle @ .., number] => {
            country.len() == 2
                && (1..=2).contains(&middle.len())
                && std::iter::once(country).chain(middle).all(letters)
                && number.len() == 1
                && number.chars().all(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}
