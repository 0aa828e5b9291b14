//! Tenants: data of different tenants in one partition, or in one item.

use super::copies::ends_in;
use crate::design::{AccessPath, EntityDesign, PatternDesign};
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, quoted_list};
use crate::lint::{Context, Finding, Level, Place, Rule, Together};
use crate::model::AttributeType;

pub(super) const RULES: &[Rule] = &[rule!("tenant-boundary", Keys, Warning, tenant_boundary)];

fn tenant_boundary(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let Some(tenant) = context.model.tenant.as_deref() else { return };
    for entity in context.design.entities.iter().filter(|entity| entity.knows(tenant)) {
        let Some(table) = entity.table else { continue };
        let overwrites = context.design.base_path(table).filter(|base| is_one_item(context, entity, base, tenant));
        if let Some(base) = overwrites {
            found.push(one_item(entity, base, tenant));
        }
        let mixed: Vec<&AccessPath<'_>> = context
            .design
            .paths_of(table)
            .map(|(_, path)| path)
            .filter(|path| (path.is_table() || path.is_global()) && context.design.is_in(entity, path))
            .filter(|path| !keeps_apart(context, entity, path, tenant) && !lists_tenants(entity, path, tenant))
            .filter(|path| overwrites.is_none() || !path.is_table())
            .collect();
        let Some(first) = mixed.first() else { continue };
        let across = asks_across(context, entity, &mixed, tenant);
        let paths = and_list(mixed.iter().map(|path| path.label()));
        let why = "One query can return another tenant's items, no IAM condition on the leading key can keep them apart, and one tenant's traffic heats the others' partition.";
        let help = format!("begin the partition key with the tenant: `\"TENANT#{{{tenant}}}#…\"`");
        let mut finding = Finding::new(
            place(entity, first),
            format!("`{}` items of different tenants share partitions of {paths}", entity.name),
        )
        .label(format!("does not hold `{tenant}`"))
        .why(why)
        .help(help.clone());
        for path in mixed.iter().filter(|path| path.is_global()).take(3) {
            finding = finding.related(Place::value(path.place.key("partition_key")), "decides the partition");
        }
        if let Some(asking) = across {
            finding = finding
                .related(Place::key(asking.place.clone()), format!("asks without `{tenant}`"))
                .help("if it is a view for the operator, or a sign-in before the tenant is known, allow it with that reason; else ask for one tenant, and begin the partition key with it")
                .at_most(Level::Advice);
        } else {
            finding = finding.together(Together {
                cause: Place::value(first.place.key("partition_key")),
                name: entity.name.to_owned(),
                message: (
                    "items of different tenants share partitions of ".to_owned() + &paths + ": those of ",
                    String::new(),
                ),
                why: why.to_owned(),
                help,
            });
        }
        found.push(finding);
    }
}

/// Whether two tenants' items can have the same primary key, and so be one item: it holds neither the
/// tenant nor a parent's id, nor anything that is unique by its format, by its time or by its name.
fn is_one_item(context: &Context<'_, '_>, entity: &EntityDesign<'_>, base: &AccessPath<'_>, tenant: &str) -> bool {
    let mut parents = entity.parents.iter().filter_map(|(id, ..)| context.design.entity(*id));
    let is_apart = |name: &String| {
        let kind = entity.kind_of(name);
        is_of_tenant(name, tenant)
            || kind.is_identifier()
            || (kind.is_time() && kind != AttributeType::Date)
            || entity.attribute(name).is_some_and(|attribute| attribute.unique == Some(true))
            || is_unique_by_name(name)
            || is_built_in_code(name)
    };
    context.design.is_in(entity, base)
        && !entity.identity.is_empty()
        && !entity.identity.iter().any(is_apart)
        && !parents
            .any(|parent| !parent.identity.is_empty() && parent.identity.iter().all(|n| entity.identity.contains(n)))
}

/// Whether people give this name to what is generated, or is the same thing for everybody in the world.
fn is_unique_by_name(name: &str) -> bool {
    const GENERATED: &[&str] =
        &["id", "ids", "uid", "guid", "uuid", "ulid", "token", "hash", "sha", "sha256", "digest", "checksum", "arn"];
    const OF_THE_WORLD: &[&str] = &[
        "email", "mail", "phone", "username", "login", "domain", "hostname", "url", "uri", "isbn", "imei", "vin",
        "mac", "ip",
    ];
    ends_in(name, GENERATED) || ends_in(name, OF_THE_WORLD)
}

/// Whether an attribute is the tenant, or by its name says which it is: `team_name` beside `team_id`.
fn is_of_tenant(name: &str, tenant: &str) -> bool {
    let stem = ["_id", "Id", "ID"].iter().find_map(|end| tenant.strip_suffix(end)).unwrap_or(tenant);
    let begins = name.get(..stem.len()).is_some_and(|first| first.eq_ignore_ascii_case(stem));
    name == tenant || (begins && !stem.is_empty() && ends_in(name, &["id", "name", "slug", "key", "code"]))
}

/// Whether an attribute is by its name a text that the code puts together, of which the model does not
/// say what it holds.
fn is_built_in_code(name: &str) -> bool {
    let bare: String = name.chars().filter(|letter| *letter != '_').collect();
    let names = ["pk", "sk", "hk", "rk", "hash", "range", "hashkey", "rangekey", "partitionkey", "sortkey"];
    names.iter().any(|it| bare.eq_ignore_ascii_case(it))
}

/// What is said where tenants overwrite each other's items.
fn one_item(entity: &EntityDesign<'_>, base: &AccessPath<'_>, tenant: &str) -> Finding {
    let which = quoted_list(entity.identity.iter().map(String::as_str));
    Finding::new(place(entity, base), format!("`{}` items of two tenants with the same {which} are one item", entity.name))
        .label(format!("neither `{tenant}` nor an id is in the primary key"))
        .related(Place::key(base.place.clone()), "the primary key")
        .why(format!("A primary key exists once in a table. Where two values of `{tenant}` have the same {which}, the second tenant's put replaces the first tenant's item, and a get returns it to both."))
        .help(format!("begin the partition key with the tenant: `\"TENANT#{{{tenant}}}#…\"`; or, where no two tenants can have the same value, say so: `{}: {{…, unique: true}}`", entity.identity.first().map_or("id", String::as_str)))
}

/// Whether an index lists the tenants themselves, which is a view over all of them by its nature.
fn lists_tenants(entity: &EntityDesign<'_>, path: &AccessPath<'_>, tenant: &str) -> bool {
    !path.is_table() && entity.identity == [tenant]
}

/// A pattern that reads an index without knowing the tenant, where no pattern that reads these paths
/// does: then they are made for questions across tenants, or a mistake that the patterns share.
fn asks_across<'a, 'm>(
    context: &Context<'a, 'm>,
    entity: &EntityDesign<'m>,
    mixed: &[&AccessPath<'m>],
    tenant: &str,
) -> Option<&'a PatternDesign<'m>> {
    if mixed.iter().any(|path| path.is_table()) {
        return None;
    }
    let is_mixed = |path: &AccessPath<'_>| mixed.iter().any(|one| one.place == path.place);
    let mut reading = context
        .requests_of(entity.id)
        .filter(|planned| planned.read(context.design).is_some_and(|(path, _)| is_mixed(path)))
        .peekable();
    let first = reading.peek()?.pattern;
    reading.all(|planned| !planned.request.conditions.contains_key(tenant)).then_some(first)
}

/// Whether the partition key holds the tenant, or an id that belongs to one tenant only: unique by
/// its format, or what tells the items of the entity or of a parent apart. An index that gives the
/// tenant in its sort key is a look-up made to find it.
fn keeps_apart(context: &Context<'_, '_>, entity: &EntityDesign<'_>, path: &AccessPath<'_>, tenant: &str) -> bool {
    let finds_tenant = !path.is_table()
        && path.sort.iter().filter_map(|key| entity.fills.get(*key)).any(|fill| fill.template.uses(tenant));
    let parents = entity.parents.iter().filter_map(|(id, ..)| context.design.entity(*id));
    let mut owners = std::iter::once(entity).chain(parents);
    let mut owned = |name: &str| owners.any(|owner| owner.identity == [name]);
    finds_tenant
        || path
            .partition
            .iter()
            .filter_map(|key| entity.fills.get(*key))
            .flat_map(|fill| fill.template.attributes())
            .any(|name| {
                name == tenant
                    || entity.kind_of(name).is_identifier()
                    || entity.attribute(name).is_some_and(|a| a.unique == Some(true))
                    || owned(name)
            })
}

fn place(entity: &EntityDesign<'_>, path: &AccessPath<'_>) -> Place {
    match path.partition.iter().find(|key| entity.entity.keys.contains_key(**key)) {
        Some(key) => Place::value(entity.place.key("keys").key(key)),
        None => Place::key(entity.place.clone()),
    }
}
