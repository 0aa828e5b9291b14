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
mod comparisons;
mod constant_keys;
mod copies;
mod creations;
mod drift;
mod entity_keys;
mod expenses;
mod expiry;
mod filter_help;
mod filters;
mod fit;
mod global_tables;
mod growing_items;
mod hot_keys;
mod index_costs;
mod index_members;
mod index_use;
mod item_sizes;
mod key_shape;
mod key_statements;
mod key_types;
mod limits;
mod local_collections;
mod long_reads;
mod measures;
mod member_values;
mod model_numbers;
mod needs;
mod neighbours;
mod one_item;
mod orphans;
mod parameters;
mod price_books;
mod projections;
mod protection;
mod range_ends;
mod references;
mod scans;
mod shards;
mod sort_safety;
mod storage_sizes;
mod style;
mod templates;
mod tenancy;
mod throughput;
mod transactions;
mod uniqueness;
mod unserved;
mod usage;
mod waste;
mod write_sizes;

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
    comparisons::RULES,
    constant_keys::RULES,
    copies::RULES,
    creations::RULES,
    drift::RULES,
    entity_keys::RULES,
    expenses::RULES,
    expiry::RULES,
    filters::RULES,
    fit::RULES,
    global_tables::RULES,
    growing_items::RULES,
    hot_keys::RULES,
    index_costs::RULES,
    index_members::RULES,
    index_use::RULES,
    item_sizes::RULES,
    key_shape::RULES,
    key_statements::RULES,
    range_ends::RULES,
    key_types::RULES,
    limits::RULES,
    local_collections::RULES,
    long_reads::RULES,
    measures::RULES,
    model_numbers::RULES,
    needs::RULES,
    neighbours::RULES,
    one_item::RULES,
    orphans::RULES,
    parameters::RULES,
    price_books::RULES,
    projections::RULES,
    protection::RULES,
    references::RULES,
    scans::RULES,
    shards::RULES,
    sort_safety::RULES,
    storage_sizes::RULES,
    style::RULES,
    templates::RULES,
    tenancy::RULES,
    throughput::RULES,
    transactions::RULES,
    uniqueness::RULES,
    unserved::RULES,
    usage::RULES,
    waste::RULES,
    write_sizes::RULES,
];
