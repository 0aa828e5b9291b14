//! Indexes that nothing uses, or that another one makes needless.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::cost::What;
use crate::design::{AccessPath, EntityDesign, PathId, PathKind};
use crate::lint::amounts::{LEAST_USD, exact, usd};
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Place, Planned, Rule, Together};
use crate::model::{Operation, Operator, Projection};
use crate::plan::{Clause, eventual_query_instead, query_instead};

pub(super) const RULES: &[Rule] = &[
    rule!("unused-index", Indexes, Warning, unused_index),
    rule!("redundant-index", Indexes, Warning, redundant_index),
    rule!("overlapping-index", Indexes, Advice, overlapping_index),
    rule!("unread-entries", Indexes, Advice, unread_entries),
];

fn unused_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    if design.patterns.is_empty() {
        return;
    }
    let mut used: BTreeSet<PathId> = design.patterns.iter().filter_map(|pattern| pattern.via).collect();
    let mut open_tables = BTreeSet::new();
    for pattern in &design.patterns {
        // What is not designed yet may use any index of its entities' tables.
        if pattern.pattern.undecided == Some(true) || !pattern.is_bound {
            open_tables.extend(pattern.entities.iter().filter_map(|id| design.entity(*id)?.table));
            if pattern.entities.is_empty() {
                return;
            }
        }
    }
    for planned in context.requests() {
        if planned.plan.chosen.is_none() {
            // An index that nearly serves an unserved pattern is probably the one it is meant for.
            let near = planned.plan.candidates.iter().filter(|candidate| {
                candidate.outcome.as_ref().is_err_and(|clauses| {
                    !clauses.iter().any(|clause| match clause {
                        Clause::NotMember { .. } | Clause::PartitionUnknown { .. } => true,
                        Clause::ItemOperationOnIndex { .. } => !knows_partition(context, &planned, candidate.path),
                        _ => false,
                    })
                })
            });
            used.extend(near.map(|candidate| candidate.path));
        }
        if let Some((id, access)) = planned.plan.access() {
            used.insert(id);
            // Without a pin, an equally good path may be the one that the application uses; a scan reads
            // its table, where nothing names an index.
            if !planned.plan.is_pinned && planned.operation != Operation::Scan {
                let equal = planned.plan.candidates.iter().filter(|candidate| {
                    candidate.outcome.as_ref().is_ok_and(|other| {
                        other.filters.len() <= access.filters.len()
                            && other.fetch.is_none()
                            && other.caveats.len() <= access.caveats.len()
                    })
                });
                used.extend(equal.map(|candidate| candidate.path));
            }
        }
    }
    let mut unused = Vec::new();
    for (index, path) in design.paths.iter().enumerate() {
        // A table that no pattern touches is not described yet, and neither is what its indexes are for.
        if !design.entities_of(path.table).any(|(id, _)| context.requests_of(id).next().is_some()) {
            continue;
        }
        let has_members = design.entities_of(path.table).any(|(_, entity)| design.is_in(entity, path));
        if !has_members && design.entities_of(path.table).next().is_some() {
            // `unwritten-index-key` and `partial-index-key` say what is wrong with it.
            continue;
        }
        if path.is_table() || used.contains(&PathId(index)) || open_tables.contains(&path.table) {
            continue;
        }
        unused.push((PathId(index), path));
    }
    if unused.is_empty() {
        return;
    }
    let ids: BTreeSet<PathId> = unused.iter().map(|(id, _)| *id).collect();
    let costs = costs_of(context, |id| ids.contains(&id));
    let named = named_for_scans(context);
    for (id, path) in unused {
        let kind = if path.is_global() { "global" } else { "local" };
        let cost = costs.get(&id).copied().unwrap_or_default();
        // Tables may have indexes of one name.
        let is_alone = design.paths.iter().filter(|other| !other.is_table() && other.name == path.name).count() == 1;
        let of = if is_alone { String::new() } else { format!(" of table `{}`", path.table_name) };
        let why = "Every write that touches its keys or projected attributes is written to the index too, and its copy is stored and billed.";
        let finding = Finding::new(
            Place::key(path.place.clone()),
            format!("no access pattern uses the {kind} index `{}`{of}", path.name),
        )
        .label("written and stored for nothing")
        .why(format!("{why}{}", cost.words()))
        .help("drop it, or add the access pattern that it is for (`via` pins a pattern to it)");
        let finding = named
            .iter()
            .filter(|named| named.0 == id)
            .fold(finding, |finding, (_, rule, place)| finding.unless(rule, [place.clone()]));
        found.push(cost.numbers(finding));
    }
}

/// Whether an operation on one item knows the partition key of an index, so that a query of it may be
/// what is meant.
fn knows_partition(context: &Context<'_, '_>, planned: &Planned<'_, '_>, id: PathId) -> bool {
    let entity = context.entity_of(planned.request);
    let Some((entity, path)) = entity.zip(context.design.path(id)) else { return false };
    let is_known = |name: &str| {
        let condition = planned.request.conditions.get(name);
        condition.is_some_and(|condition| condition.operator == Operator::Equals)
    };
    path.partition.iter().all(|key| {
        let filled = entity.fills.get(key).is_some_and(|fill| fill.template.attributes().all(is_known));
        filled || planned.request.key.contains_key(*key)
    })
}

/// The indexes that the rules about scans tell to use, with the rule and its place.
fn named_for_scans(context: &Context<'_, '_>) -> Vec<(PathId, &'static str, Place)> {
    let scans = context.requests().filter(|planned| {
        planned.operation == Operation::Scan && planned.plan.chosen.is_some() && !planned.request.conditions.is_empty()
    });
    let named = scans.filter_map(|planned| {
        let place = Place::value(planned.pattern.place.key("operation"));
        let (pattern, request) = (planned.pattern, planned.request);
        if let Some(id) = query_instead(context.design, pattern, request) {
            return Some((id, "scan-despite-key", place));
        }
        Some((eventual_query_instead(context.design, pattern, request)?, "full-scan", place))
    });
    named.collect()
}

/// What an index costs in a month, as far as it is known.
#[derive(Clone, Copy, Default)]
struct Cost {
    writes: Decimal,
    storage: Decimal,
    lacks_parts: bool,
}

impl Cost {
    fn total(self) -> Decimal {
        self.writes.saturating_add(self.storage)
    }

    /// A sentence for the reason, where there is anything to say.
    fn words(self) -> String {
        if self.total() < LEAST_USD {
            return String::new();
        }
        let at_least = if self.lacks_parts { "at least " } else { "" };
        format!(
            " Here that is {at_least}{} a month: {} for writes, {} for storage.",
            usd(self.total()),
            usd(self.writes),
            usd(self.storage)
        )
    }

    fn numbers(self, finding: Finding) -> Finding {
        if self.total().is_zero() {
            return finding;
        }
        finding.number("writes_usd_per_month", exact(self.writes)).number("storage_usd_per_month", exact(self.storage))
    }
}

/// What some paths cost for writes and storage.
fn costs_of(context: &Context<'_, '_>, wanted: impl Fn(PathId) -> bool) -> BTreeMap<PathId, Cost> {
    let mut costs: BTreeMap<PathId, Cost> = BTreeMap::new();
    let is_of = |what: What, id: PathId| matches!(what, What::IndexWrites | What::Storage) && wanted(id);
    for line in &context.figures.bill.lines {
        let Some(source) = line.source.filter(|source| is_of(line.what, source.path)) else { continue };
        let cost = costs.entry(source.path).or_default();
        let part = if line.what == What::Storage { &mut cost.storage } else { &mut cost.writes };
        *part = part.saturating_add(line.amount);
    }
    for gap in context.figures.bill.gaps.iter().filter(|gap| is_of(gap.what, gap.source.path)) {
        costs.entry(gap.source.path).or_default().lacks_parts = true;
    }
    costs
}

/// Entries of one entity in an index that serves others: no pattern reads this entity through it.
fn unread_entries(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    let design = context.design;
    let costs = context.figures.bill.by(|line| {
        let source = line.source.filter(|_| matches!(line.what, What::IndexWrites | What::Storage))?;
        Some((source.path, source.entity?))
    });
    for (index, path) in design.paths.iter().enumerate().filter(|(_, path)| path.is_global()) {
        let reads = |entity: &EntityDesign<'_>| {
            context.requests_of(entity.id).any(|planned| {
                planned.plan.access().is_some_and(|(id, _)| id == PathId(index))
                    || planned.pattern.via == Some(PathId(index))
                    || (!planned.plan.is_pinned
                        && planned
                            .plan
                            .candidates
                            .iter()
                            .any(|candidate| candidate.path == PathId(index) && candidate.outcome.is_ok()))
            })
        };
        let members: Vec<&EntityDesign<'_>> = design
            .entities_of(path.table)
            .map(|(_, entity)| entity)
            .filter(|entity| design.is_in(entity, path))
            .collect();
        if !members.iter().any(|entity| reads(entity)) {
            continue;
        }
        for entity in members {
            // Only keys made for this index show that the entity is put there on purpose.
            let own = path.keys().find(|key| {
                entity.entity.keys.contains_key(*key)
                    && design.paths_of(path.table).filter(|(_, other)| other.keys().any(|k| k == *key)).count() == 1
            });
            let (Some(key), false) = (own, reads(entity)) else { continue };
            let open = design
                .patterns
                .iter()
                .any(|p| p.entities.contains(&entity.id) && (p.pattern.undecided == Some(true) || !p.is_bound));
            if open {
                continue;
            }
            let cost = costs.get(&(PathId(index), entity.id)).copied().unwrap_or_default();
            let here = match cost >= LEAST_USD {
                true => format!(" Here that is {} a month, as far as it is known.", usd(cost)),
                false => String::new(),
            };
            let finding = Finding::new(
                Place::key(entity.place.key("keys").key(key)),
                format!("no pattern reads `{}` through `{}`", entity.name, path.name),
            )
            .label("its entries are written for nothing")
            .related(Place::key(path.place.clone()), "serves other entities")
            .why(format!(
                "Every write of the entity that touches the index is written to it too, and the entry is stored.{here}"
            ))
            .help(format!("leave `{key}` out of `{}`, or add the pattern that reads it there", entity.name));
            // What costs money is said with its amount.
            let finding = if here.is_empty() { finding.together(unread_together(path, entity)) } else { finding };
            found.push(if cost.is_zero() { finding } else { finding.number("usd_per_month", exact(cost)) });
        }
    }
}

/// The words for several entities whose entries in an index are not read.
fn unread_together(path: &AccessPath<'_>, entity: &EntityDesign<'_>) -> Together {
    Together {
        cause: Place::key(path.place.clone()),
        name: entity.name.to_owned(),
        message: ("no pattern reads ".to_owned(), format!(" through `{}`", path.name)),
        why: "Every write of these entities that touches the index is written to it too, and the entries are stored."
            .to_owned(),
        help: "leave the keys of the index out of them, or add the patterns that read them there".to_owned(),
    }
}

fn is_covered(projection: &Projection, by: &Projection) -> bool {
    match (projection, by) {
        (_, Projection::All) | (Projection::KeysOnly, _) => true,
        (Projection::Include(names), Projection::Include(more)) => names.iter().all(|name| more.contains(name)),
        _ => false,
    }
}

fn redundant_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let paths: Vec<&AccessPath<'_>> = table.paths.iter().filter_map(|id| context.design.path(*id)).collect();
        let Some((base, indexes)) = paths.split_first() else { continue };
        for (position, path) in indexes.iter().enumerate() {
            let same = |other: &AccessPath<'_>| other.partition == path.partition && other.sort == path.sort;
            if same(base) {
                let is_local = matches!(path.kind, PathKind::Local(_));
                let what = if is_local { "sort key" } else { "keys" };
                found.push(
                    Finding::new(Place::key(path.place.clone()), format!("`{}` has the same {what} as its table", path.name))
                        .label("gives no new way to read")
                        .related(Place::key(base.place.clone()), "the same keys")
                        .why("The service accepts it, and bills every write a second time. It serves only to keep readers apart from the table's own throughput.")
                        .help("drop it; if it is a read replica on purpose, accept the finding with that reason"),
                );
                continue;
            }
            if has_values_of_table(context, path, base) {
                found.push(
                    Finding::new(
                        Place::key(path.place.clone()),
                        format!("every entry of `{}` has the same key values as its item in {}", path.name, base.label()),
                    )
                    .label("gives no new way to read")
                    .related(Place::key(base.place.clone()), "the same values under other names")
                    .why("The table answers the same queries, and can be read consistently; the index bills every write a second time.")
                    .help("read the table instead and drop the index, or give the index keys that differ"),
                );
                continue;
            }
            let twin = indexes.iter().take(position).find(|other| same(other) && other.is_global() == path.is_global());
            if let Some(twin) = twin {
                found.push(
                    Finding::new(
                        Place::key(path.place.clone()),
                        format!("`{}` has the same keys as `{}`", path.name, twin.name),
                    )
                    .label("the same keys again")
                    .related(Place::key(twin.place.clone()), "first here")
                    .why("Every write is paid for in both; one index with what both project serves the same patterns.")
                    .help(format!("join them: keep `{}` with the wider projection", twin.name)),
                );
            }
        }
    }
}

/// Whether all that is in an index is in it whole, under key values that it has in the table already.
fn has_values_of_table(context: &Context<'_, '_>, path: &AccessPath<'_>, base: &AccessPath<'_>) -> bool {
    let is_alike = path.is_global()
        && *path.projection == Projection::All
        && path.partition.len() == base.partition.len()
        && path.sort.len() == base.sort.len();
    let mut members = context
        .design
        .entities_of(path.table)
        .map(|(_, entity)| entity)
        .filter(|entity| context.design.is_in(entity, path))
        .peekable();
    let has_same = |entity: &EntityDesign<'_>| {
        path.keys().zip(base.keys()).all(|(index_key, key)| {
            let (there, here) = (entity.fills.get(index_key), entity.fills.get(key));
            there.zip(here).is_some_and(|(there, here)| there.when.is_none() && there.template == here.template)
        })
    };
    is_alike && members.peek().is_some() && members.all(has_same)
}

fn overlapping_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for table in &context.design.tables {
        let indexes: Vec<&AccessPath<'_>> =
            table.paths.iter().filter_map(|id| context.design.path(*id)).filter(|path| path.is_global()).collect();
        for path in &indexes {
            let wider = indexes.iter().find(|other| {
                other.partition == path.partition
                    && other.sort.len() > path.sort.len()
                    && other.sort.starts_with(&path.sort)
                    && is_covered(path.projection, other.projection)
                    && holds_all_members(context, path, other)
            });
            let Some(wider) = wider else { continue };
            found.push(
                Finding::new(Place::key(path.place.clone()), format!("what `{}` serves, `{}` serves too", path.name, wider.name))
                    .label("a beginning of the other's key")
                    .related(Place::key(wider.place.clone()), "begins with the same keys, and holds as much")
                    .why("A query may stop at any attribute of a sort key, so the longer key serves the shorter one's queries; each index is paid for with every write.")
                    .help(format!("move its patterns to `{}` and drop it", wider.name)),
            );
        }
    }
}

/// Whether every item of one index is in the other.
fn holds_all_members(context: &Context<'_, '_>, path: &AccessPath<'_>, other: &AccessPath<'_>) -> bool {
    let mut members = context.design.entities_of(path.table).filter(|(_, entity)| context.design.is_in(entity, path));
    members.all(|(_, entity)| context.design.is_in(entity, other) && !entity.may_be_out_of(other))
}
