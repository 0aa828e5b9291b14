//! Values that `when` asks for and that no item has, so that nothing comes into an index.

use crate::design::EntityDesign;
use crate::lint::wording::and_list;
use crate::lint::{Context, Finding, Place};
use crate::model::{Attribute, AttributeType, KeyType, Literal};
use crate::source::nearest;

/// Reports the values of `when` that are not of their attribute's type, or not among its `values`.
pub(super) fn unlisted_members(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (key, fill) in &entity.fills {
            for (name, asked) in fill.when.into_iter().flatten() {
                let Some(attribute) = entity.attribute(name) else { continue };
                for value in asked.0.iter().filter(|value| !is_value(entity, name, attribute, value)) {
                    found.push(never_has(entity, key, (name, attribute), value));
                }
            }
        }
    }
}

fn is_value(entity: &EntityDesign<'_>, name: &str, attribute: &Attribute, value: &Literal) -> bool {
    match &attribute.values {
        Some(listed) => listed.0.keys().any(|known| known.text() == value.text()),
        None if entity.kind_of(name).as_key() == Some(KeyType::Number) => {
            value.text().parse::<f64>().is_ok_and(f64::is_finite)
        }
        None if entity.kind_of(name) == AttributeType::Boolean => value.text().parse::<bool>().is_ok(),
        None => true,
    }
}

fn never_has(entity: &EntityDesign<'_>, key: &str, (name, attribute): (&str, &Attribute), value: &Literal) -> Finding {
    let has = match &attribute.values {
        Some(listed) => format!("has {}", and_list(listed.0.keys().map(|known| format!("`{known}`")))),
        None if entity.kind_of(name) == AttributeType::Boolean => "is true or false".to_owned(),
        None => "is a number".to_owned(),
    };
    let known = || attribute.values.iter().flat_map(|listed| listed.0.keys()).map(Literal::text);
    let help = match (nearest(value.text(), known()), value.text()) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, "missing" | "exists") => format!(
            "`when` compares values. For items with or without `{name}`, let `{key}` be an attribute of its own (`{key}: {{present: 2%}}`) that writes give to the items that belong into the index, and that an update `removes`"
        ),
        (None, _) => format!("correct it, or the type or `values` of `{name}`"),
    };
    Finding::new(
        Place::key(entity.place.key("keys").key(key).key("when").key(name)),
        format!("`{key}` of `{}` asks for `{name}` = `{value}`, which no item has", entity.name),
    )
    .label("the value of no item")
    .related(Place::key(entity.place.key("attributes").key(name)), has)
    .why(format!("An item has `{key}`, and comes into its indexes, only with a value that `when` asks for."))
    .help(help)
}
