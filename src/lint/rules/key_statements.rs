//! Keys as the code builds them, held against the entities' templates.

use std::collections::HashMap;

use crate::design::{EntityDesign, Language, Part, Template};
use crate::lint::registry::rule;
use crate::lint::wording::quoted;
use crate::lint::{Context, Finding, Level, Place, Planned, Rule};
use crate::model::{AttributeType, KeyCondition, Operation, Operator};
use crate::plan::{align, compile_statement, is_range, is_write};

pub(super) const RULES: &[Rule] = &[
    rule!("key-mismatch", Keys, Error, key_mismatch),
    rule!("prefix-without-delimiter", Keys, Warning, prefix_without_delimiter),
    rule!("conflicting-keys", Keys, Error, conflicting_keys),
];

/// One comparison of a stated key, with the entity's own template for it.
pub(super) struct Stated<'a, 'm> {
    pub planned: Planned<'a, 'm>,
    pub entity: &'a EntityDesign<'m>,
    pub key: &'m str,
    pub comparison: KeyCondition<'m>,
    /// Whether `key` or `where` states it.
    part: &'static str,
}

impl Stated<'_, '_> {
    pub(super) fn place(&self) -> Place {
        Place::value(self.planned.request.place.key(self.part).key(self.key))
    }
}

pub(super) fn statements<'a, 'm>(context: &Context<'a, 'm>) -> Vec<Stated<'a, 'm>> {
    let mut all = Vec::new();
    for planned in context.requests().filter(|planned| !planned.request.key.is_empty()) {
        for (key, statement) in planned.request.key {
            for entity in planned.request.entities.iter().filter_map(|id| context.design.entity(*id)) {
                let comparisons = statement.comparisons().into_iter();
                all.extend(comparisons.map(|comparison| Stated { planned, entity, key, comparison, part: "key" }));
            }
        }
    }
    all
}

/// Fixed values in `where` of key attributes that are made of others.
fn compared<'a, 'm>(context: &Context<'a, 'm>) -> impl Iterator<Item = Stated<'a, 'm>> {
    context.requests().flat_map(|planned| {
        let entities = planned.request.entities.iter().filter_map(|id| context.design.entity(*id));
        entities.flat_map(move |entity| {
            planned.request.conditions.iter().filter_map(move |(key, condition)| {
                let is_made = entity.fills.get(key.as_str())?.template.copied() != Some(key);
                let is_of_keys = condition.operator == Operator::Equals || is_range(condition.operator);
                let values = condition.value.as_ref().filter(|_| is_made && is_of_keys)?.0.iter().collect();
                let comparison = KeyCondition { operator: condition.operator, values };
                Some(Stated { planned, entity, key, comparison, part: "where" })
            })
        })
    })
}

pub(super) fn compiled(comparison: &KeyCondition<'_>) -> Vec<Template> {
    comparison.values.iter().filter_map(|value| compile_statement(value)).collect()
}

fn key_mismatch(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for built in statements(context).into_iter().chain(compared(context)) {
        let Stated { planned, entity, key, ref comparison, .. } = built;
        let place = || built.place();
        let Some(fill) = entity.fills.get(key) else {
            let has = context.design.paths.iter().any(|p| Some(p.table) == entity.table && p.keys().any(|k| k == key));
            // What the entity leaves open, the patterns say; see `conflicting-keys`.
            if has && !entity.entity.keys.is_empty() && !said_by_writes(context, entity, key) {
                found.push(
                    Finding::new(
                        place(),
                        format!("`{}` reads `{key}` of `{}`, which has none", planned.pattern.name, entity.name),
                    )
                    .label("no item has it")
                    .related(Place::key(entity.place.key("keys")), "the keys that it has")
                    .why("An item is found by a key attribute only if it is written with one.")
                    .help(format!("say how the entity fills it: `keys: {{{key}: …}}`")),
                );
            }
            continue;
        };
        let whole = comparison.operator == Operator::Equals;
        // A partition key takes nothing but equality, which `unserved-pattern` says.
        if planned.plan.chosen.is_none() && !whole {
            continue;
        }
        let template_place = || match fill.declared {
            true => Place::value(entity.place.key("keys").key(key)),
            false => Place::key(entity.place.key("attributes").key(key)),
        };
        let template = &fill.template;
        let name = planned.pattern.name;
        // A range may begin and end anywhere, as long as some key lies in it.
        if is_range(comparison.operator) && comparison.operator != Operator::BeginsWith {
            if !entity.is_number_key(fill)
                && let Some((is, end)) = beyond(entity, template, comparison)
            {
                found.push(
                    Finding::new(
                        place(),
                        format!("`{name}` reads a range with no `{key}` of `{}`: all of them are {is} `{end}`", entity.name),
                    )
                    .label("holds the key of no item")
                    .why("Text keys are compared byte by byte; a range beside the keys finds nothing of them, without an error.")
                    .help(format!("let the range begin and end like `{template}`, or correct the entity's template"))
                    .related(template_place(), format!("`{template}`")),
                );
            }
            continue;
        }
        for stated in compiled(comparison) {
            // A name that the entity does not know may stand for any part of a value: `{year}-`.
            if !whole && align(&stated, template).is_none() && stated.attributes().any(|name| !entity.knows(name)) {
                continue;
            }
            let alignment = align(&stated, template).filter(|alignment| !whole || alignment.rest.is_empty());
            let finding = match alignment {
                None => {
                    let finding = Finding::new(
                        place(),
                        format!("`{name}` builds `{stated}`, but `{key}` of `{}` is `{template}`", entity.name),
                    )
                    .label("never the value of an item");
                    match other_reader(context, entity, key, template, name) {
                        Some(other) => finding
                            .related(Place::key(other.place.clone()), format!("needs `{template}`"))
                            .why(format!("`{}` needs `{template}` there, and one item has one value of each key attribute: the two patterns exclude each other.", other.name))
                            .help("use another index (another key attribute) for one of them, or write a second item for it"),
                        None => finding
                            .why("Keys are compared byte by byte; a different text, space or missing part finds nothing, without an error.")
                            .help(format!("build `{template}`, or correct the entity's template")),
                    }
                }
                Some(alignment) => {
                    // A name that the entity does not know is just the caller's name for the value.
                    let wrong =
                        alignment.renamed.iter().find(|(said, _)| entity.entity.attributes.contains_key(&**said));
                    if let Some((said, has)) = wrong {
                        Finding::new(
                            place(),
                            format!("`{name}` puts `{said}` where `{key}` of `{}` has `{has}`", entity.name),
                        )
                        .label(format!("`{{{said}}}` instead of `{{{has}}}`"))
                        .why("The value of another attribute finds nothing, or another item.")
                        .help(format!("use `{{{has}}}`, or correct the entity's template"))
                    } else if let Some(unknown) = not_known(&planned, &stated, entity) {
                        Finding::new(place(), format!("`{name}` builds `{key}` from `{unknown}`, which its `where` does not know"))
                            .label(format!("where does `{unknown}` come from?"))
                            .why("`where` lists what is known when the call is made; a key that needs more cannot be built.")
                            .help(format!("add `{unknown}: equals` to `where` if the caller knows it; otherwise this key does not serve the pattern"))
                            .at_most(Level::Warning)
                    } else if is_never(entity, (&stated, template), whole) {
                        let (verb, is) = if whole { ("is", "is") } else { ("begins with", "begins like") };
                        Finding::new(
                            place(),
                            format!("`{name}` reads what {verb} `{stated}`, and no `{key}` of `{}` {is} that", entity.name),
                        )
                        .label("no value of the attribute in its place")
                        .why("What stands fixed in the place of an attribute must be a value of it, or the beginning of one; otherwise nothing is found, without an error.")
                        .help("write a value of the attribute's type and `values`, or correct these")
                    } else {
                        continue;
                    }
                }
            };
            found.push(finding.related(template_place(), format!("`{template}`")));
        }
    }
}

/// Whether what is fixed in a stated key can be no value of the attributes in its place. A name that
/// the entity does not know may stand for anything, and plain text may hold any delimiter here.
fn is_never(entity: &EntityDesign<'_>, (stated, template): (&Template, &Template), whole: bool) -> bool {
    let is_copied = if whole { stated.parts == template.parts } else { template.parts.starts_with(&stated.parts) };
    if is_copied || stated.attributes().any(|name| entity.attribute(name).is_none()) {
        return false;
    }
    let said = Language::of(stated, |name| entity.attribute(name), &[]);
    let said = if whole { said } else { said.and_more() };
    !said.meets(&Language::of(template, |name| entity.attribute(name), &[]))
}

/// The end of a range that all keys of a template lie beyond, and on which side of it they lie.
fn beyond(
    entity: &EntityDesign<'_>,
    template: &Template,
    comparison: &KeyCondition<'_>,
) -> Option<(&'static str, Template)> {
    let mut ends = compiled(comparison).into_iter();
    let (low, high) = match comparison.operator {
        Operator::AtLeast | Operator::GreaterThan => (ends.next(), None),
        Operator::AtMost | Operator::LessThan => (None, ends.next()),
        _ => (ends.next(), ends.next()),
    };
    let language = |template: &Template| Language::of(template, |name| entity.attribute(name), &[]);
    let own = language(template);
    // What goes on after a text is greater than it.
    let begins = |end: &Template| {
        let (text, leading) = (end.leading_text(), template.leading_text());
        end.is_constant() && leading.starts_with(text) && (leading != text || !template.is_constant())
    };
    let low = low.filter(|low| own.is_below(&language(low))).map(|low| ("below", low));
    low.or_else(|| high.filter(|high| begins(high) || language(high).is_below(&own)).map(|high| ("above", high)))
}

/// Another pattern whose stated value fits the template.
fn other_reader<'a, 'm>(
    context: &Context<'a, 'm>,
    entity: &EntityDesign<'m>,
    key: &str,
    template: &Template,
    name: &str,
) -> Option<&'a crate::design::PatternDesign<'m>> {
    let is_base = entity
        .table
        .and_then(|table| context.design.base_path(table))
        .is_some_and(|base| base.keys().any(|own| own == key));
    if is_base {
        return None;
    }
    let mut others =
        context.requests_of(entity.id).filter(|planned| planned.pattern.name != name && !is_write(planned.operation));
    others
        .find(|planned| {
            let comparisons = planned.request.key.get(key).map(|statement| statement.comparisons()).unwrap_or_default();
            comparisons.iter().flat_map(compiled).any(|stated| align(&stated, template).is_some())
        })
        .map(|planned| planned.pattern)
}

/// An attribute of a stated key that the pattern's `where` leaves out, although it lists others of
/// the key.
fn not_known(planned: &Planned<'_, '_>, stated: &Template, entity: &EntityDesign<'_>) -> Option<String> {
    let conditions = planned.request.conditions;
    if is_write(planned.operation) || !stated.attributes().any(|name| conditions.contains_key(name)) {
        return None;
    }
    stated
        .attributes()
        .find(|name| !conditions.contains_key(*name) && entity.entity.attributes.contains_key(*name))
        .map(str::to_owned)
}

fn said_by_writes(context: &Context<'_, '_>, entity: &EntityDesign<'_>, key: &str) -> bool {
    context.requests_of(entity.id).any(|planned| is_write(planned.operation) && planned.request.key.contains_key(key))
}

/// A beginning that stops before the delimiter, so that longer values also match.
fn prefix_without_delimiter(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for built in statements(context) {
        let Stated { planned, entity, key, ref comparison, .. } = built;
        if comparison.operator != Operator::BeginsWith {
            continue;
        }
        let Some(fill) = entity.fills.get(key) else { continue };
        for stated in compiled(comparison) {
            let Some(alignment) = align(&stated, &fill.template) else { continue };
            let Some(Part::Text(rest)) = alignment.rest.first() else { continue };
            let open_ended = alignment.ends_in;
            // A search for a beginning wants just that.
            let wants_beginning = open_ended.as_ref().is_some_and(|name| {
                planned.request.conditions.get(*name).is_some_and(|c| c.operator == Operator::BeginsWith)
            });
            if wants_beginning || stated.parts.is_empty() {
                continue;
            }
            // The delimiter is what the template goes on with.
            let Some(delimiter) = rest.chars().next().filter(|c| c.is_ascii_punctuation()) else { continue };
            let complete = format!("{stated}{delimiter}");
            let fixed_length = open_ended.as_ref().is_some_and(|name| {
                use AttributeType::{Date, Epoch, EpochMs, Ksuid, Timestamp, Ulid, Uuid};
                matches!(entity.kind_of(name), Date | Epoch | EpochMs | Ksuid | Timestamp | Ulid | Uuid)
            });
            if fixed_length {
                continue;
            }
            let listed = open_ended.as_ref().and_then(|name| entity.attribute(name)).and_then(|a| a.values.as_ref());
            let caught = listed.and_then(|values| {
                values.0.keys().find_map(|a| {
                    values.0.keys().find(|b| b.text() != a.text() && b.text().starts_with(a.text())).map(|b| (a, b))
                })
            });
            // Values that are all listed, none the beginning of another, are safe as they stand.
            let safe_today = listed.is_some() && caught.is_none();
            let why = match (&caught, &open_ended) {
                (Some((short, long)), _) => {
                    format!("`{short}` is the beginning of `{long}`, so reading the one also reads the other.")
                }
                (None, Some(name)) => format!(
                    "A value of `{name}` that goes on after this one matches as well: `open` also finds `open_late`."
                ),
                (None, None) => format!(
                    "Any key that goes on otherwise matches too: `{stated}` also finds `{stated}X{delimiter}…`."
                ),
            };
            let finding = Finding::new(
                built.place(),
                format!(
                    "`{}` begins with `{stated}`, which stops before the delimiter `{delimiter}`",
                    planned.pattern.name
                ),
            )
            .label(format!("no `{delimiter}` at its end"))
            .related(Place::value(entity.place.key("keys").key(key)), format!("`{}`", fill.template))
            .why(why)
            .help(format!("write `begins_with: \"{complete}\"`"))
            .edit(
                Place::value(planned.request.place.key("key").key(key).key("begins_with")),
                quoted(&complete),
                "end the prefix with the delimiter",
            );
            found.push(if safe_today { finding.at_most(Level::Advice) } else { finding });
        }
    }
}

/// An index key that the entity leaves open and that patterns need in two different ways.
fn conflicting_keys(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (key, fill) in &entity.fills {
            // What is written only inside keys needs no attribute of its own.
            let is_stored = entity.attribute(key).is_some_and(|attribute| attribute.stored != Some(false));
            if !is_stored || !fill.template.uses(key) || fill.template.copied() == Some(key) {
                continue;
            }
            found.push(
                Finding::new(
                    Place::value(entity.place.key("keys").key(key)),
                    format!("`{key}` of `{}` would be `{}` and `{{{key}}}` at once", entity.name, fill.template),
                )
                .label("two values under one name")
                .related(Place::key(entity.place.key("attributes").key(key)), "the attribute of the same name")
                .why("An item has one value of each attribute: what is in the key attribute is not the value that stands inside it.")
                .help(format!("give the value in the key another name, or say `stored: false` of `{key}` where only the key holds it"))
                .at_most(Level::Warning),
            );
        }
    }
    let mut said: HashMap<(&str, &str), (Template, Place, &str)> = HashMap::new();
    for built in statements(context) {
        let Stated { planned, entity, key, ref comparison, .. } = built;
        if entity.fills.contains_key(key)
            || comparison.operator != Operator::Equals
            || planned.operation == Operation::Scan
        {
            continue;
        }
        let Some(template) = compiled(comparison).into_iter().next() else { continue };
        match said.get(&(entity.name, key)) {
            Some((first, first_place, first_pattern)) if !same_shape(first, &template) => found.push(
                Finding::new(built.place(), format!("`{key}` of one `{}` item would need two values", entity.name))
                    .label(format!("`{template}` for `{}`", planned.pattern.name))
                    .related(first_place.clone(), format!("`{first}` for `{first_pattern}`"))
                    .why("An item has one value of each key attribute, so an index can serve only one of the two patterns for it.")
                    .help("use another index (another key attribute) for one of them, or write a second item for it"),
            ),
            Some(_) => {}
            None => {
                said.insert((entity.name, key), (template, built.place(), planned.pattern.name));
            }
        }
    }
}

fn same_shape(a: &Template, b: &Template) -> bool {
    a.parts.len() == b.parts.len()
        && a.parts.iter().zip(b.parts.iter()).all(|(a, b)| match (a, b) {
            (Part::Text(a), Part::Text(b)) => a == b,
            (Part::Attribute { .. }, Part::Attribute { .. }) => true,
            _ => false,
        })
}
