//! Tenants: data of different tenants in one partition.

use crate::design::AccessPath;
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Rule};

pub(super) const RULES: &[Rule] = &[rule!("tenant-boundary", Keys, Warning, tenant_boundary)];

fn tenant_boundary(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let Some(tenant) = context.model.tenant.as_deref() else { return };
    for path in context.design.paths.iter().filter(|path| path.is_table() || path.is_global()) {
        for (_, entity) in context.design.entities_of(path.table).filter(|(_, entity)| context.design.is_in(entity, path)) {
            let scoped = entity.knows(tenant);
            let parts = || path.partition.iter().filter_map(|key| entity.fills.get(*key));
            let apart = parts().any(|fill| fill.template.uses(tenant));
            // An id that is unique by itself keeps tenants apart, if callers cannot guess it.
            let by_own_id = parts().any(|fill| {
                fill.template.attributes().any(|name| {
                    use crate::model::AttributeType::{Ksuid, Ulid, Uuid};
                    matches!(entity.kind_of(name), Ulid | Uuid | Ksuid) || entity.attribute(name).is_some_and(|a| a.unique == Some(true))
                })
            });
            if !scoped || apart || by_own_id {
                continue;
            }
            found.push(
                Finding::new(place(entity, path), format!("items of different tenants share a partition of {}", path.label()))
                    .label(format!("does not hold `{tenant}`"))
                    .related(Place::value(crate::source::ModelPath::of(["tenant"])), "names the tenant")
                    .why("One query can return another tenant's items, no IAM condition on the leading key can keep them apart, and one tenant's traffic heats the others' partition.")
                    .help(format!("begin the partition key with the tenant: `\"TENANT#{{{tenant}}}#…\"`")),
            );
        }
    }
}

fn place(entity: &crate::design::EntityDesign<'_>, path: &AccessPath<'_>) -> Place {
    match path.partition.iter().find(|key| entity.entity.keys.contains_key(**key)) {
        Some(key) => Place::value(entity.place.key("keys").key(key)),
        None => Place::key(entity.place.clone()),
    }
}
