//! Key statements: the key strings that the code builds, laid beside the entity's own templates.

use crate::design::{EntityDesign, Part, Template};
use crate::model::{AttributeType, Literal};

/// How a stated text and a template lie beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// The template's attributes that the stated text gives a value, from the left.
    pub bound: Vec<String>,
    /// Attributes that the statement calls by other names: its name, and the template's.
    pub renamed: Vec<(String, String)>,
    /// What the template goes on with after the stated text.
    pub rest: Vec<Part>,
    /// The attribute that the stated text ends in, when it ends in one.
    pub ends_in: Option<String>,
}

/// Compiles a stated value; `true` and `false` are the text that they are.
pub fn compile_statement(literal: &Literal) -> Option<Template> {
    match literal {
        Literal::Boolean(_) => Some(Template { parts: vec![Part::Text(literal.text().to_owned())], is_number: false }),
        other => Template::compile(other).ok(),
    }
}

/// Lays a stated beginning beside a template, part by part; nothing where no value of the template
/// can begin like that.
pub fn align(stated: &Template, template: &Template) -> Option<Alignment> {
    let mut left: Vec<Part> = template.parts.iter().rev().cloned().collect();
    let mut alignment = Alignment { bound: Vec::new(), renamed: Vec::new(), rest: Vec::new(), ends_in: None };
    for part in &stated.parts {
        match part {
            Part::Attribute { name: said, .. } => match left.pop() {
                Some(Part::Attribute { name, .. }) => {
                    if *said != name {
                        alignment.renamed.push((said.clone(), name.clone()));
                    }
                    alignment.bound.push(name.clone());
                    alignment.ends_in = Some(name);
                }
                _ => return None,
            },
            Part::Text(text) => align_text(text, &mut left, &mut alignment)?,
        }
    }
    left.reverse();
    alignment.rest = left;
    Some(alignment)
}

/// The attribute that a stated beginning ends in without having all of it: a fixed text that is none
/// of its listed values, or of a time what is not said to be the whole.
pub(super) fn begun<'t>(
    entity: &EntityDesign<'_>,
    stated: &Template,
    template: &'t Template,
    alignment: &Alignment,
) -> Option<&'t str> {
    let last = alignment.ends_in.as_deref()?;
    let name = template.attributes().find(|name| *name == last)?;
    let is_time = matches!(entity.kind_of(name), AttributeType::Timestamp | AttributeType::Date);
    let is_part = match stated.parts.last()? {
        Part::Attribute { .. } => is_time && !template.parts.contains(stated.parts.last()?),
        Part::Text(text) => {
            let listed = entity.attribute(name).and_then(|attribute| attribute.values.as_ref());
            !listed.is_some_and(|values| values.0.keys().any(|value| text.ends_with(value.text())))
        }
    };
    is_part.then_some(name)
}

/// Takes a stated text off the front of what is left of the template.
fn align_text(text: &str, left: &mut Vec<Part>, alignment: &mut Alignment) -> Option<()> {
    let mut rest = text;
    while !rest.is_empty() {
        match left.pop()? {
            Part::Text(has) => {
                alignment.ends_in = None;
                if let Some(after) = rest.strip_prefix(has.as_str()) {
                    rest = after;
                } else {
                    left.push(Part::Text(has.strip_prefix(rest)?.to_owned()));
                    rest = "";
                }
            }
            // A fixed value stands for the attribute, up to the text that follows it.
            Part::Attribute { name, .. } => {
                let end = match left.last() {
                    Some(Part::Text(next)) => {
                        next.chars().next().and_then(|delimiter| rest.find(delimiter)).unwrap_or(rest.len())
                    }
                    _ => rest.len(),
                };
                if end == 0 {
                    return None;
                }
                rest = rest.get(end..)?;
                alignment.bound.push(name.clone());
                alignment.ends_in = Some(name);
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn aligned(stated: &str, template: &str) -> Option<Alignment> {
        let compile = |text: &str| Template::compile(&Literal::Text(text.to_owned())).unwrap();
        align(&compile(stated), &compile(template))
    }

    #[test]
    fn fixed_values_stand_for_attributes() {
        let alignment = aligned("S#OPEN#", "S#{state}#{at}").unwrap();
        assert_eq!(alignment.bound, ["state"]);
        assert_eq!(Part::join(&alignment.rest), "{at}");
        assert_eq!(alignment.ends_in, None);
        assert_eq!(aligned("WARNING1#", "{state}#{date}").unwrap().bound, ["state"]);
        assert_eq!(aligned("v0#", "v{version}#{name}").unwrap().bound, ["version"]);
    }

    #[test]
    fn other_texts_do_not_align() {
        assert_eq!(aligned("USER#PROFILE", "PROFILE"), None);
        assert_eq!(aligned("CATEGORY#{c}", "CATEGORY# {c}").map(|a| a.bound), None);
        assert_eq!(aligned("child#{id}", "child#suuid{id}"), None);
    }

    #[test]
    fn beginnings_leave_the_rest() {
        let alignment = aligned("ORDER", "ORDER#{at}").unwrap();
        assert_eq!(Part::join(&alignment.rest), "#{at}");
        let alignment = aligned("STATUS#{s}", "STATUS#{status}#{id}").unwrap();
        assert_eq!(alignment.ends_in.as_deref(), Some("status"));
        assert_eq!(alignment.renamed, [("s".to_owned(), "status".to_owned())]);
    }
}
