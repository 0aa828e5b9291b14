//! The rules. One file holds one rule or one tight family; each rule has a page in `rules/`.

mod acceptances;
mod aggregates;
mod batch_gets;
mod budgets;
mod capacity;
mod chains;
mod cheaper;
mod churn;
mod collisions;
mod constant_keys;
mod copies;
mod entity_keys;
mod expenses;
mod filters;
mod growing_items;
mod index_costs;
mod index_members;
mod index_use;
mod key_shape;
mod key_statements;
mod key_types;
mod limits;
mod model_numbers;
mod needs;
mod neighbours;
mod price_books;
mod projections;
mod references;
mod scans;
mod sort_safety;
mod style;
mod templates;
mod tenancy;
mod transactions;
mod uniqueness;
mod unserved;
mod usage;
mod waste;

use super::Rule;

/// Every family's rules.
pub(super) const FAMILIES: &[&[Rule]] = &[
    acceptances::RULES,
    aggregates::RULES,
    batch_gets::RULES,
    budgets::RULES,
    capacity::RULES,
    chains::RULES,
    cheaper::RULES,
    churn::RULES,
    collisions::RULES,
    constant_keys::RULES,
    copies::RULES,
    entity_keys::RULES,
    expenses::RULES,
    filters::RULES,
    growing_items::RULES,
    index_costs::RULES,
    index_members::RULES,
    index_use::RULES,
    key_shape::RULES,
    key_statements::RULES,
    key_types::RULES,
    limits::RULES,
    model_numbers::RULES,
    needs::RULES,
    neighbours::RULES,
    price_books::RULES,
    projections::RULES,
    references::RULES,
    scans::RULES,
    sort_safety::RULES,
    style::RULES,
    templates::RULES,
    tenancy::RULES,
    transactions::RULES,
    uniqueness::RULES,
    unserved::RULES,
    usage::RULES,
    waste::RULES,
];
