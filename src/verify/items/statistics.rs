//! What follows from the numbers of items: different values, shares that come out whole, and the numbers
//! of items that patterns say.

use crate::IndexMap;
use rust_decimal::Decimal;

use super::recipe::whole;
use crate::design::{Design, EntityDesign, EntityId, Part};
use crate::model::{Attribute, Condition, Model, Operation};
use crate::plan::Plans;
use crate::units::{Count, Portion, Share};

/// Brings the statistics of a model with other numbers of items after them.
pub(super) fn follow(design: &Design<'_>, counts: &[u64], scaled: &mut Model) {
    for (entity, count) in design.entities.iter().zip(counts) {
        let Some(written) = scaled.entities.get_mut(entity.name) else { continue };
        let distinct = distinct(design, entity, counts);
        for (name, attribute) in &mut written.attributes {
            attribute.distinct = distinct.get(name.as_str()).map(|distinct| Count(*distinct)).or(attribute.distinct);
            if inherited(design, entity, name) {
                attribute.distinct = None;
            }
            whole_shares(attribute, *count);
        }
    }
    let factor = |id: &EntityId| {
        let count = counts.get(id.0).copied().unwrap_or(1);
        design.entity(*id).and_then(|e| Decimal::from(count).checked_div(e.items?)).unwrap_or(Decimal::ONE)
    };
    for pattern in &design.patterns {
        let Some(written) = scaled.access_patterns.get_mut(pattern.name) else { continue };
        let scans = pattern.pattern.operation == Some(Operation::Scan);
        let factor = pattern.entities.iter().map(factor).max().filter(|_| scans).unwrap_or(Decimal::ONE);
        let actions = written.actions.iter_mut().map(|action| &mut action.conditions);
        for conditions in std::iter::once(&mut written.conditions).chain(actions) {
            matches(conditions, factor);
        }
    }
    said(design, scaled);
}

/// The number of different values of the attributes that split items into collections: fewer, so that the
/// collections stay as large. Other attributes keep theirs.
fn distinct<'m>(design: &Design<'m>, entity: &EntityDesign<'m>, counts: &[u64]) -> IndexMap<&'m str, Decimal> {
    let mut scaled: IndexMap<&str, Decimal> = IndexMap::default();
    let count = counts.get(entity.id.0).copied().unwrap_or(1);
    let own = own_part(design, entity, counts);
    let Some(factor) = entity.items.and_then(|items| Decimal::from(count).checked_div(items)) else { return scaled };
    for path in design.paths.iter().filter(|path| design.is_in(entity, path)) {
        let fills = path.partition.iter().filter_map(|key| entity.fills.get(key));
        let parts = fills.flat_map(|fill| fill.template.parts.iter()).filter_map(|part| match part {
            Part::Attribute { name, cut: None } => entity.entity.attributes.get_key_value(&**name),
            _ => None,
        });
        let counted = parts.filter(|(_, attribute)| attribute.values.is_none() && attribute.shards.is_none());
        let mut said: Vec<(&str, Decimal)> =
            counted.filter_map(|(name, attribute)| Some((name.as_str(), attribute.distinct?.0))).collect();
        said.sort_by_key(|(_, distinct)| std::cmp::Reverse(*distinct));
        let mut left = factor;
        for (name, before) in said {
            let after = match scaled.get(name) {
                Some(known) => *known,
                None => {
                    let least = own.filter(|(own, _)| *own == name).map_or(Decimal::ONE, |(_, least)| least);
                    before.saturating_mul(left).round().max(least).clamp(Decimal::ONE, before.max(Decimal::ONE))
                }
            };
            scaled.insert(name, after);
            left = before.checked_div(after).unwrap_or(Decimal::ONE).saturating_mul(left).min(Decimal::ONE);
        }
    }
    scaled
}

/// The one attribute that tells the items of a parent apart, and how many values it has at least: one for
/// each of them, or else they would have the same key.
fn own_part<'e>(design: &Design<'_>, entity: &'e EntityDesign<'_>, counts: &[u64]) -> Option<(&'e str, Decimal)> {
    let count = |id: EntityId| counts.get(id.0).copied().map(Decimal::from);
    let mut own = entity.identity.iter().filter(|name| !inherited(design, entity, name));
    let (name, None) = (own.next()?, own.next()) else { return None };
    let parents = super::order::parents(design, entity).filter_map(count);
    let most = parents.filter_map(|parents| count(entity.id)?.checked_div(parents)).min()?;
    Some((name.as_str(), most.ceil()))
}

/// Whether an attribute has its values from a parent that it identifies.
fn inherited(design: &Design<'_>, entity: &EntityDesign<'_>, name: &str) -> bool {
    let mut parents = super::order::parents(design, entity).filter_map(|id| design.entity(id));
    parents.any(|parent| parent.identity.iter().any(|known| known == name))
}

/// Shares that are those of a whole number of items, at least one of each.
fn whole_shares(attribute: &mut Attribute, count: u64) {
    let items = Decimal::from(count);
    let of_items = |n: u64| Share(Decimal::from(n).checked_div(items).unwrap_or(Decimal::ONE));
    if let Some(present) = attribute.present.filter(|share| !share.0.is_zero() && *share < Share::ALL) {
        attribute.present = Some(of_items(whole(present.0.saturating_mul(items)).clamp(1, count)));
    }
    let Some(values) = attribute.values.as_mut().filter(|values| values.0.len() as u64 <= count) else { return };
    let Some(shares) = values.0.values().copied().collect::<Option<Vec<Share>>>() else { return };
    let part = |share: Share| match share.0.is_zero() {
        true => 0,
        false => whole(share.0.saturating_mul(items)).clamp(1, count),
    };
    let mut parts: Vec<u64> = shares.into_iter().map(part).collect();
    // The largest gives what the others have too much, or takes what they lack.
    let others = |parts: &[u64], largest: usize| {
        parts.iter().enumerate().filter(|(index, _)| *index != largest).map(|(_, part)| *part).sum::<u64>()
    };
    let Some(largest) = (0..parts.len()).max_by_key(|index| parts.get(*index).copied()) else { return };
    let rest = count.saturating_sub(others(&parts, largest));
    if let Some(part) = parts.get_mut(largest).filter(|_| rest > 0) {
        *part = rest;
        for (share, part) in values.0.values_mut().zip(parts) {
            *share = Some(of_items(part));
        }
    }
}

/// Numbers of items that conditions say of all items shrink with these; those of a collection stay.
fn matches(conditions: &mut IndexMap<String, Condition>, factor: Decimal) {
    for condition in conditions.values_mut() {
        if let Some(Portion::Count(count)) = condition.matches {
            condition.matches = Some(Portion::Count(Count(count.0.saturating_mul(factor))));
        }
    }
}

/// What patterns say that they evaluate and return changes as the calculated numbers do.
fn said(design: &Design<'_>, scaled: &mut Model) {
    let unsaid = |model: &Model| {
        let mut model = model.clone();
        for pattern in model.access_patterns.values_mut() {
            (pattern.evaluates, pattern.returns) = (None, None);
        }
        model
    };
    if design.patterns.iter().all(|p| p.pattern.evaluates.is_none() && p.pattern.returns.is_none()) {
        return;
    }
    let (before, after) = (unsaid(design.model), unsaid(scaled));
    let (before, after) = (items_of_calls(&before), items_of_calls(&after));
    for ((pattern, before), after) in scaled.access_patterns.values_mut().zip(before).zip(after) {
        let ratio = before.zip(after).and_then(|(before, after)| after.checked_div(before));
        let ratio = ratio.unwrap_or(Decimal::ONE).min(Decimal::ONE);
        let follows = |count: Count| Count(count.0.saturating_mul(ratio));
        (pattern.evaluates, pattern.returns) = (pattern.evaluates.map(follows), pattern.returns.map(follows));
    }
}

/// How many items a call of each pattern evaluates by the plan.
fn items_of_calls(model: &Model) -> Vec<Option<Decimal>> {
    let design = Design::new(model);
    let plans = Plans::new(&design);
    let evaluated = |index| plans.of(index).first().and_then(|plan| plan.access()?.1.evaluated);
    (0..design.patterns.len()).map(evaluated).collect()
}
