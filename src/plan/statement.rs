//! Key statements: the key strings that the code builds, laid beside the entity's own templates.

use std::sync::Arc;

use crate::design::{EntityDesign, Part, Template};
use crate::model::{AttributeType, Literal};

/// How a stated text and a template lie beside each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment<'t> {
    /// The template's attributes that the stated text gives a value, from the left.
    pub bound: Vec<&'t str>,
    /// Attributes that the statement calls by other names: its name, and the template's.
    pub renamed: Vec<(Arc<str>, &'t str)>,
    /// What the template goes on with after the stated text.
    pub rest: Vec<Part>,
    /// The attribute that the stated text ends in, when it ends in one.
    pub ends_in: Option<&'t str>,
}

/// Compiles a stated value; `true` and `false` are the text that they are.
pub fn compile_statement(literal: &Literal) -> Option<Template> {
    match literal {
        Literal::Boolean(_) => Some(Template { parts: [Part::Text(literal.text().into())].into(), is_number: false }),
        other => Template::compile(other).ok(),
    }
}

/// Lays a stated beginning beside a template, part by part; nothing where no value of the template
/// can begin like that.
pub fn align<'t>(stated: &Template, template: &'t Template) -> Option<Alignment<'t>> {
    let mut left = Left { text: "", parts: &template.parts };
    let mut alignment = Alignment { bound: Vec::new(), renamed: Vec::new(), rest: Vec::new(), ends_in: None };
    for part in stated.parts.iter() {
        match part {
            Part::Attribute { name: said, .. } => {
                let name = left.take_attribute()?;
                if **said != *name {
                    alignment.renamed.push((Arc::clone(said), name));
                }
                alignment.bound.push(name);
                alignment.ends_in = Some(name);
            }
            Part::Text(text) => align_text(text, &mut left, &mut alignment)?,
        }
    }
    alignment.rest = left.all();
    Some(alignment)
}

/// What is left of a template, from the left: the end of a text that is taken in part, and whole parts.
struct Left<'t> {
    text: &'t str,
    parts: &'t [Part],
}

impl<'t> Left<'t> {
    /// The text that comes next.
    fn next_text(&self) -> Option<&'t str> {
        match self.parts.first() {
            _ if !self.text.is_empty() => Some(self.text),
            Some(Part::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes the attribute that comes next.
    fn take_attribute(&mut self) -> Option<&'t str> {
        match self.parts.split_first()? {
            (Part::Attribute { name, .. }, after) if self.text.is_empty() => {
                self.parts = after;
                Some(name)
            }
            _ => None,
        }
    }

    /// Leaves only the end of the text that comes next.
    fn leave_of_text(&mut self, end: &'t str) {
        if self.text.is_empty() {
            self.parts = self.parts.split_first().map_or(&[], |(_, after)| after);
        }
        self.text = end;
    }

    fn all(&self) -> Vec<Part> {
        let text = Some(self.text).filter(|text| !text.is_empty()).map(|text| Part::Text(text.into()));
        text.into_iter().chain(self.parts.iter().cloned()).collect()
    }
}

/// The attribute that a stated beginning ends in without having all of it: a fixed text that is none
/// of its listed values, or of a time what is not said to be the whole.
pub(super) fn begun<'t>(
    entity: &EntityDesign<'_>,
    stated: &Template,
    template: &'t Template,
    alignment: &Alignment<'t>,
) -> Option<&'t str> {
    let name = alignment.ends_in?;
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
fn align_text<'t>(text: &str, left: &mut Left<'t>, alignment: &mut Alignment<'t>) -> Option<()> {
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(has) = left.next_text() {
            alignment.ends_in = None;
            if let Some(after) = rest.strip_prefix(has) {
                rest = after;
                left.leave_of_text("");
            } else {
                left.leave_of_text(has.strip_prefix(rest)?);
                rest = "";
            }
            continue;
        }
        // A fixed value stands for the attribute, up to the text that follows it.
        let name = left.take_attribute()?;
        let delimiter = left.next_text().and_then(|next| next.chars().next());
        let end = delimiter.and_then(|delimiter| rest.find(delimiter)).unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        rest = rest.get(end..)?;
        alignment.bound.push(name);
        alignment.ends_in = Some(name);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn compile(text: &str) -> Template {
        Template::compile(&Literal::Text(text.to_owned())).unwrap()
    }

    fn aligned<'t>(stated: &str, template: &'t Template) -> Option<Alignment<'t>> {
        align(&compile(stated), template)
    }

    #[test]
    fn fixed_values_stand_for_attributes() {
        let template = compile("S#{state}#{at}");
        let alignment = aligned("S#OPEN#", &template).unwrap();
        assert_eq!(alignment.bound, ["state"]);
        assert_eq!(Part::join(&alignment.rest), "{at}");
        assert_eq!(alignment.ends_in, None);
        assert_eq!(aligned("WARNING1#", &compile("{state}#{date}")).unwrap().bound, ["state"]);
        assert_eq!(aligned("v0#", &compile("v{version}#{name}")).unwrap().bound, ["version"]);
    }

    #[test]
    fn other_texts_do_not_align() {
        assert_eq!(aligned("USER#PROFILE", &compile("PROFILE")), None);
        assert_eq!(aligned("CATEGORY#{c}", &compile("CATEGORY# {c}")), None);
        assert_eq!(aligned("child#{id}", &compile("child#suuid{id}")), None);
    }

    #[test]
    fn beginnings_leave_the_rest() {
        let template = compile("ORDER#{at}");
        let alignment = aligned("ORDER", &template).unwrap();
        assert_eq!(Part::join(&alignment.rest), "#{at}");
        let template = compile("STATUS#{status}#{id}");
        let alignment = aligned("STATUS#{s}", &template).unwrap();
        assert_eq!(alignment.ends_in, Some("status"));
        assert_eq!(alignment.renamed, [(Arc::from("s"), "status")]);
        // A text that ends within one of the template's, and a name where the template goes on with text.
        assert_eq!(aligned("STATUS#{s}#X", &compile("STATUS#{status}#XY#{id}")).unwrap().rest.len(), 2);
        assert_eq!(aligned("STA{s}", &template), None);
    }
}
