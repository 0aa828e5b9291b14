//! Which item of a further parent goes with an item of the first: one that agrees with it where both have
//! the same attribute, such as the tenant of both.

use std::collections::BTreeMap;

use super::dataset::Generated;
use super::recipe::Recipe;
use super::source::Source;
use super::value::AttributeValue;

/// The items of a parent by what they share with the first parent.
#[derive(Debug)]
pub(super) struct Mates<'g> {
    shared: Vec<&'g str>,
    by_value: BTreeMap<Vec<&'g AttributeValue>, Vec<&'g Generated>>,
    all: Vec<&'g Generated>,
}

impl<'g> Mates<'g> {
    /// The items of a parent. They share what they have from parents of their own and the first parent has
    /// too.
    pub(super) fn new(first: Option<&'g Generated>, recipe: Option<&Recipe<'g>>, items: &'g [Generated]) -> Self {
        let inherited = recipe.into_iter().flat_map(|recipe| &recipe.ingredients);
        let inherited = inherited.filter(|(_, ingredient)| matches!(ingredient.source, Source::Parent(_)));
        let names = inherited.map(|(name, _)| *name);
        let shared: Vec<&str> = names.filter(|name| first.is_some_and(|f| f.values.contains_key(*name))).collect();
        let mut by_value: BTreeMap<Vec<&AttributeValue>, Vec<&Generated>> = BTreeMap::new();
        if !shared.is_empty() {
            for item in items {
                by_value.entry(values(item, &shared)).or_default().push(item);
            }
        }
        Self { shared, by_value, all: items.iter().collect() }
    }

    /// The items that go with one of the first parent; all where none agrees.
    pub(super) fn of(&self, first: Option<&'g Generated>) -> &[&'g Generated] {
        let agreeing = first.and_then(|first| self.by_value.get(&values(first, &self.shared)));
        agreeing.unwrap_or(&self.all)
    }
}

fn values<'i>(item: &'i Generated, names: &[&str]) -> Vec<&'i AttributeValue> {
    names.iter().filter_map(|name| item.values.get(*name)).collect()
}
