//! Key templates that do not mean what they seem to.

use crate::design::{EntityDesign, Part, Template};
use crate::lint::registry::rule;
use crate::lint::wording::quoted;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::{Attribute, AttributeType};

pub(super) const RULES: &[Rule] = &[
    rule!("template-syntax", Keys, Error, template_syntax),
    rule!("template-cut-by-comment", Keys, Error, template_cut_by_comment),
    rule!("stray-space", Keys, Warning, stray_space),
    rule!("ambiguous-template", Keys, Warning, ambiguous_template),
];

fn template_syntax(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for bad in &context.design.bad_templates {
        found.push(
            Finding::new(Place::value(bad.place.clone()), format!("this key template cannot be read: {}", bad.error))
                .label("not a template")
                .help("write text and attributes in braces, such as `\"ORDER#{placed_at}#{order_id}\"`"),
        );
    }
    for entity in &context.design.entities {
        for (key, fill) in entity.fills.iter().filter(|(_, fill)| fill.declared) {
            let place = || Place::value(entity.place.key("keys").key(key));
            if let Some(fixed) = dollar_braces(&fill.template) {
                found.push(
                    Finding::new(place(), format!("the `$` in `{key}` of `{}` is part of the key", entity.name))
                        .label("not `${…}`, but `{…}`")
                        .why("A template takes `{name}` for the attribute; a `$` before it would stand in every key.")
                        .help(format!("write `\"{fixed}\"`"))
                        .edit(place(), quoted(&fixed), "remove the `$`"),
                );
            }
            for (name, cut) in uncuttable(entity, &fill.template) {
                found.push(
                    Finding::new(place(), format!("`{name}` of `{}` is no ISO-8601 time, and cannot be cut to its {cut}", entity.name))
                        .label("only a `timestamp` or `date` can be cut")
                        .related(Place::value(entity.place.key("attributes").key(&name)), "its type")
                        .why("The cut keeps the first characters of the text: of `2026-03-01T12:00:00.000Z` the day is `2026-03-01`. A number has no such beginning.")
                        .help(format!("make it `{name}: timestamp`, or store the {cut} as an attribute of its own")),
                );
            }
            for part in fill.template.parts.iter() {
                let Part::Text(text) = part else { continue };
                let Some((name, style)) = foreign_placeholder(text, entity) else { continue };
                let fixed = fill.template.to_string().replace(&style, &format!("{{{name}}}"));
                found.push(
                    Finding::new(place(), format!("`{style}` in `{key}` of `{}` is plain text here", entity.name))
                        .label("not a placeholder")
                        .why("Every item would get the very same text, so all items would have one key.")
                        .help(format!("write attributes in braces: `\"{fixed}\"`"))
                        .edit(place(), quoted(&fixed), "write it in braces"),
                );
                break;
            }
        }
    }
}

/// The template without the `$` before its braces, if it has such.
fn dollar_braces(template: &Template) -> Option<String> {
    let dollar = template.parts.windows(2).any(|pair| match pair {
        [Part::Text(text), Part::Attribute { .. }] => text.ends_with('$'),
        _ => false,
    });
    dollar.then(|| template.to_string().replace("${", "{"))
}

/// Attributes that a template cuts although they are no text of a time.
fn uncuttable(entity: &EntityDesign<'_>, template: &Template) -> Vec<(String, &'static str)> {
    let cuts = template.parts.iter().filter_map(|part| match part {
        Part::Attribute { name, cut: Some(cut) } => Some((name, *cut)),
        _ => None,
    });
    cuts.filter(|(name, _)| {
        !matches!(entity.kind_of(name), AttributeType::Timestamp | AttributeType::Date | AttributeType::String)
    })
    .map(|(name, cut)| (name.to_string(), cut.word()))
    .collect()
}

/// A placeholder of another notation: `<name>`, or `[name]`, `(name)` and `:name` where the entity
/// has such an attribute.
fn foreign_placeholder(text: &str, entity: &EntityDesign<'_>) -> Option<(String, String)> {
    for (open, close) in [('<', '>'), ('[', ']'), ('(', ')')] {
        let Some((_, rest)) = text.split_once(open) else { continue };
        let Some((name, _)) = rest.split_once(close) else { continue };
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        if is_name && (open == '<' || entity.entity.attributes.contains_key(name)) {
            return Some((name.to_owned(), format!("{open}{name}{close}")));
        }
    }
    let (_, rest) = text.split_once(':')?;
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    entity.entity.attributes.contains_key(&name).then(|| (name.clone(), format!(":{name}")))
}

fn template_cut_by_comment(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for (path, comment) in context.cut_templates {
        found.push(
            Finding::new(Place::value(path.clone()), format!("YAML reads ` #{comment}` as a comment, not as a part of this key"))
                .label("the template ends here")
                .why("In an unquoted value a space and `#` begin a comment, so the rest of the template is lost without a word.")
                .help("put the template in quotes"),
        );
    }
}

/// A space beside a delimiter: `CATEGORY# {name}`.
fn stray_space(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (key, fill) in entity.fills.iter().filter(|(_, fill)| fill.declared && !fill.template.is_constant()) {
            let Some(without) = without_stray_spaces(&fill.template) else { continue };
            let place = Place::value(entity.place.key("keys").key(key));
            found.push(
                Finding::new(place.clone(), format!("`{key}` of `{}` has a space beside a delimiter", entity.name))
                    .label("the space is part of every key")
                    .why("Keys are compared byte by byte: code that builds the key without the space finds nothing.")
                    .help(format!("write `\"{without}\"`"))
                    .edit(place, quoted(&without), "remove the space"),
            );
        }
    }
}

/// The template without the spaces at its ends, beside punctuation and after other spaces, if it has
/// such. A single space between words or attributes is the delimiter itself: `Lift {number}`.
fn without_stray_spaces(template: &Template) -> Option<String> {
    let is_word = |c: char| !c.is_whitespace() && !c.is_ascii_punctuation();
    let last = template.parts.len().saturating_sub(1);
    let mut written = String::new();
    let mut is_stray = false;
    for (index, part) in template.parts.iter().enumerate() {
        let Part::Text(text) = part else {
            written.push_str(&part.to_string());
            continue;
        };
        let mut rest: &str = text;
        while let Some((before, from)) = rest.find(char::is_whitespace).and_then(|at| rest.split_at_checked(at)) {
            let after = from.trim_start();
            let left = before.chars().next_back().map_or(index > 0, is_word);
            let right = after.chars().next().map_or(index < last, is_word);
            let spaces = from.strip_suffix(after).unwrap_or_default();
            written.push_str(before);
            if left && right {
                written.push(' ');
            }
            is_stray |= !(left && right) || spaces.chars().nth(1).is_some();
            rest = after;
        }
        written.push_str(rest);
    }
    is_stray.then_some(written)
}

/// How long the values of an attribute are: always the same, or not.
fn has_fixed_length(entity: &EntityDesign<'_>, part: &Part) -> bool {
    let Part::Attribute { name, cut } = part else { return true };
    if cut.is_some() {
        return true;
    }
    entity.attribute(name).is_some_and(Attribute::has_fixed_length)
}

/// Two values that can be told apart in no way: `{a}{b}`, or a listed value that holds the delimiter.
fn ambiguous_template(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for entity in &context.design.entities {
        for (key, fill) in entity.fills.iter().filter(|(_, fill)| fill.declared) {
            let place = || Place::value(entity.place.key("keys").key(key));
            if let Some((a, b)) = glued(entity, &fill.template) {
                found.push(
                    Finding::new(place(), format!("nothing stands between `{a}` and `{b}` in `{key}` of `{}`", entity.name))
                        .label("no delimiter")
                        .why(format!("`ab` + `c` and `a` + `bc` make the same key, and `begins_with` on `{a}` also finds longer values."))
                        .help(format!("put a delimiter between them: `{{{a}}}#{{{b}}}`")),
                );
            }
            if let Some((name, value, delimiter)) = holds_delimiter(entity, &fill.template) {
                found.push(
                    Finding::new(
                        place(),
                        format!("the value `{value}` of `{name}` holds the delimiter `{delimiter}` of `{key}`"),
                    )
                    .label(format!("`{name}` is followed by `{delimiter}`"))
                    .related(
                        Place::key(entity.place.key("attributes").key(&name).key("values")),
                        format!("lists `{value}`"),
                    )
                    .why("The key cannot be taken apart again, and a beginning for one value can match another.")
                    .help("use a delimiter that no value holds, or write the value otherwise in keys")
                    .at_most(Level::Warning),
                );
            }
        }
    }
}

fn glued(entity: &EntityDesign<'_>, template: &Template) -> Option<(String, String)> {
    template.parts.windows(2).find_map(|pair| match pair {
        [first @ Part::Attribute { name: a, .. }, Part::Attribute { name: b, .. }]
            if !has_fixed_length(entity, first) =>
        {
            Some((a.to_string(), b.to_string()))
        }
        _ => None,
    })
}

fn holds_delimiter(entity: &EntityDesign<'_>, template: &Template) -> Option<(String, String, char)> {
    template.parts.windows(3).find_map(|parts| match parts {
        [Part::Attribute { name, cut: None }, Part::Text(text), Part::Attribute { .. }] => {
            let delimiter = text.chars().next()?;
            let values = entity.attribute(name)?.values.as_ref()?;
            let value = values.0.keys().find(|value| value.text().contains(&**text))?;
            Some((name.to_string(), value.to_string(), delimiter))
        }
        _ => None,
    })
}
