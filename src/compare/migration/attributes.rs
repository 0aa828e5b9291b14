//! What becomes of the attributes of an entity that is there before and after: other names, other
//! types, and new ones that readers ask for. Nothing changes an item but a write.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::design::{Design, EntityDesign, Fill, Part};
use crate::model::{Attribute, AttributeType};
use crate::units::Share;

/// An entity before and after.
pub(super) struct Pair<'a, 'o, 'n> {
    pub(super) old: &'a EntityDesign<'o>,
    pub(super) new: &'a EntityDesign<'n>,
    /// New names of attributes by old ones.
    names: BTreeMap<&'o str, &'n str>,
}

/// A change of attributes that the items that are there do not follow by themselves.
pub(super) struct Lag {
    /// The attribute, in the new version.
    pub(super) name: String,
    /// What is wrong with the items that are there: ``lack `total` ``.
    pub(super) says: String,
    /// The name under which they have the value.
    pub(super) old_name: Option<String>,
    /// The share of the items that is concerned; nothing where that is not known.
    pub(super) share: Option<Decimal>,
}

impl<'a, 'o, 'n> Pair<'a, 'o, 'n> {
    pub(super) fn new(old: &'a EntityDesign<'o>, new: &'a EntityDesign<'n>) -> Self {
        Self { old, new, names: renamed(old, new) }
    }

    /// Whether a key attribute gets the same values for the same items.
    pub(super) fn is_same(&self, before: &Fill<'_>, after: &Fill<'_>) -> bool {
        let (a, b) = (&before.template, &after.template);
        let parts = a.parts.len() == b.parts.len()
            && a.parts.iter().zip(b.parts.iter()).all(|parts| self.is_same_part(parts, (before, after)));
        parts && a.is_number == b.is_number && self.is_same_condition(before, after)
    }

    fn is_same_part(&self, (before, after): (&Part, &Part), fills: (&Fill<'_>, &Fill<'_>)) -> bool {
        match (before, after) {
            (Part::Attribute { name: a, cut: was }, Part::Attribute { name: b, cut: is }) => {
                was == is && self.new_name(a) == &**b && (was.is_some() || self.form((a, b), fills).is_none())
            }
            (a, b) => a == b,
        }
    }

    fn is_same_condition(&self, before: &Fill<'_>, after: &Fill<'_>) -> bool {
        match (before.when, after.when) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().all(|(name, values)| b.get(self.new_name(name)) == Some(values))
            }
            (a, b) => a.is_none() == b.is_none(),
        }
    }

    /// Says how a key attribute changes.
    pub(super) fn change(&self, key: &str, before: &Fill<'_>, after: &Fill<'_>) -> String {
        let (from, to) = (before.template.to_string(), after.template.to_string());
        if from != to {
            return format!("`{key}` from `{from}` to `{to}`");
        }
        let form =
            before.template.attributes().find_map(|name| Some((name, self.form((name, name), (before, after))?)));
        match form {
            Some((name, form)) if name == key => format!("`{key}` is {form}"),
            Some((name, form)) => format!("`{key}` is made of `{name}`, which is {form}"),
            None => format!("other items than before have `{key}` (its `when` changes)"),
        }
    }

    fn new_name<'s>(&'s self, old: &'s str) -> &'s str {
        self.names.get(old).copied().unwrap_or(old)
    }

    /// How the same value is written otherwise in a key, where it is.
    fn form(&self, (old, new): (&str, &str), (before, after): (&Fill<'_>, &Fill<'_>)) -> Option<String> {
        let (a, b) = (self.old.attribute(old)?, self.new.attribute(new)?);
        if is_other_form(a.kind, b.kind) {
            return Some(format!("{} instead of {}", word(b.kind), word(a.kind)));
        }
        // Zeros are written where a template does it; an attribute that is itself the key stays a number.
        let width = |attribute: &Attribute, fill: &Fill<'_>| {
            (fill.declared && attribute.padded == Some(true)).then_some(attribute.digits)
        };
        (width(a, before) != width(b, after)).then(|| "padded otherwise".to_owned())
    }

    /// Attributes that the items that are there have under another name, in another type, or not at
    /// all although readers ask for them.
    pub(super) fn lags(&self, design: &Design<'_>) -> Vec<Lag> {
        // An entity without attributes is a sketch, which says nothing of what its items have.
        if !self.old.is_closed() {
            return Vec::new();
        }
        let old_names: BTreeMap<&str, &str> = self.names.iter().map(|(old, new)| (*new, *old)).collect();
        let mut all = Vec::new();
        for (name, attribute) in self.new.entity.attributes.iter().filter(|(_, it)| it.stored != Some(false)) {
            let old_name = old_names.get(name.as_str()).copied();
            let before = self.old.attribute(old_name.unwrap_or(name)).filter(|before| before.stored != Some(false));
            let says = match (before, old_name) {
                (Some(_), Some(old)) => Some(format!("have `{old}`, which is now called `{name}`")),
                (Some(before), None) if before.kind.letters() != attribute.kind.letters() => {
                    Some(format!("hold `{name}` as {}, and it is now {}", word(before.kind), word(attribute.kind)))
                }
                (Some(_), None) => None,
                (None, _) if self.old.fills.contains_key(name.as_str()) || attribute.may_be_absent() => None,
                (None, _) => {
                    let askers = askers(design, self.new, name);
                    (!askers.is_empty()).then(|| format!("lack `{name}` (asked for by {})", askers.join(", ")))
                }
            };
            let share = match before {
                Some(before) if before.optional == Some(true) && before.present.is_none() => None,
                Some(before) => Some(before.present.map_or(Decimal::ONE, |Share(share)| share)),
                None => Some(Decimal::ONE),
            };
            let old_name = old_name.map(str::to_owned);
            all.extend(says.map(|says| Lag { name: name.clone(), says, old_name, share }));
        }
        all
    }
}

/// The patterns that read an attribute by name.
fn askers(design: &Design<'_>, entity: &EntityDesign<'_>, name: &str) -> Vec<String> {
    let patterns = design.patterns.iter().filter(|pattern| pattern.entities.contains(&entity.id));
    let asks = patterns.filter(|pattern| {
        let pattern = pattern.pattern;
        let is_read = pattern.operation.is_some_and(|operation| !crate::plan::is_write(operation));
        let selected = pattern.select.iter().flat_map(|names| names.iter()).any(|known| known == name);
        is_read && (pattern.conditions.contains_key(name) || selected)
    });
    asks.map(|pattern| format!("`{}`", pattern.name)).collect()
}

/// Attributes that are called otherwise: they stand at the same place of the same key, or are the
/// only ones of their kind that went and came.
fn renamed<'o, 'n>(old: &EntityDesign<'o>, new: &EntityDesign<'n>) -> BTreeMap<&'o str, &'n str> {
    let (before, after) = (&old.entity.attributes, &new.entity.attributes);
    let gone: Vec<_> = before.iter().filter(|(name, _)| !after.contains_key(*name)).collect();
    let come: Vec<_> = after.iter().filter(|(name, _)| !before.contains_key(*name)).collect();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (key, a) in &old.fills {
        let Some(b) = new.fills.get(key) else { continue };
        let (a, b) = (&a.template.parts, &b.template.parts);
        let pairs: Vec<_> = a.iter().zip(b.iter()).filter(|(a, b)| a != b).collect();
        let found: Option<Vec<_>> = pairs
            .iter()
            .map(|pair| match pair {
                (Part::Attribute { name: a, cut: was }, Part::Attribute { name: b, cut: is }) if was == is => {
                    let (a, was) = gone.iter().find(|(name, _)| **name == **a)?;
                    let (b, is) = come.iter().find(|(name, _)| **name == **b)?;
                    (was.kind == is.kind).then_some((a.as_str(), b.as_str()))
                }
                _ => None,
            })
            .collect();
        if a.len() == b.len() {
            names.extend(found.into_iter().flatten());
        }
    }
    for (a, was) in &gone {
        let alike = |other: &Attribute| {
            Attribute { description: None, ..other.clone() } == Attribute { description: None, ..(*was).clone() }
        };
        let mut candidates = come.iter().filter(|(_, is)| alike(is));
        let rivals = gone.iter().filter(|(_, other)| alike(other)).count();
        if let (Some((b, _)), None, 1) = (candidates.next(), candidates.next(), rivals) {
            names.entry(a).or_insert(b);
        }
    }
    names
}

/// Whether values of one type are written otherwise than those of another. A type that only says
/// more precisely what the values are, such as `ulid` after `string`, changes none of them; nor does
/// another way to make new identifiers, which leaves the items that are there with theirs.
fn is_other_form(a: AttributeType, b: AttributeType) -> bool {
    use AttributeType::{Number, String};
    let is_general = |kind| matches!(kind, String | Number);
    let is_kept = is_general(a) || is_general(b) || (a.is_identifier() && b.is_identifier());
    a != b && (a.letters() != b.letters() || !is_kept)
}

/// The word that a model has for a type.
fn word(kind: AttributeType) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
