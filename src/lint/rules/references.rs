//! Names that nothing has.

use crate::design::{EXPIRY, PROJECTED};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Level, Place, Rule};

pub(super) const RULES: &[Rule] = &[rule!("unknown-reference", Model, Error, unknown_reference)];

fn unknown_reference(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for dangling in &context.design.dangling {
        let place =
            if dangling.is_key { Place::key(dangling.place.clone()) } else { Place::value(dangling.place.clone()) };
        let (what, name) = (dangling.what, &dangling.name);
        let message = match &dangling.owner {
            Some(owner) if what == "attribute" => format!("{owner} has no attribute `{name}`"),
            Some(owner) if [EXPIRY, PROJECTED].contains(&what) => {
                format!("no entity of {owner} has the {what} `{name}`")
            }
            Some(owner) => format!("`{name}` is no {what} of {owner} or its indexes"),
            None => format!("there is no {what} `{name}`"),
        };
        let mut finding = Finding::new(place.clone(), message).label(format!("unknown {what}"));
        finding = match &dangling.nearest {
            Some(nearest) => {
                let finding = finding.help(format!("did you mean `{nearest}`?"));
                // Inside a template only a part of the value is wrong, so there is no whole replacement.
                let whole = dangling.is_key || what != "attribute" || !dangling.place.to_string().contains(".keys.");
                if whole { finding.edit(place, nearest.clone(), format!("write `{nearest}`")) } else { finding }
            }
            // The service takes any name; a list of attributes that is not complete is likelier than a slip.
            None if what == EXPIRY => finding
                .why("By this model no item has it, so nothing would ever expire.")
                .help(format!("declare it on the entities that expire, `{name}: epoch` under their `attributes`"))
                .at_most(Level::Advice),
            None if [PROJECTED, "attribute"].contains(&what) => finding.help(declared(context, name)),
            None => finding.help(format!("define the {what}, or correct the name")),
        };
        found.push(finding);
    }
}

/// How to declare an attribute: as another entity has it, or else as text.
fn declared(context: &Context<'_, '_>, name: &str) -> String {
    let mut others = context.design.entities.iter().filter_map(|it| Some((it.name, it.attribute(name)?)));
    let Some((other, attribute)) = others.next() else {
        return format!("declare it under the entity's `attributes`: `{name}: string`");
    };
    let kind = serde_json::to_value(attribute.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or("string");
    format!(
        "declare it under the entity's `attributes`, `{name}: {kind}` as `{other}` has it, if its items have a copy of it; if they do not, read the `{other}`"
    )
}
