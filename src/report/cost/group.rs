//! A bill's lines, summed up by what they have in common.

use crate::IndexMap;
use rust_decimal::Decimal;

use crate::cost::{Bill, Source, What};
use crate::design::Design;

/// What lines are summed up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum By {
    /// The table.
    Table,
    /// The table or index.
    Index,
    /// The entity whose items it is about.
    Entity,
    /// The access pattern.
    Pattern,
    /// What it is for: reads, writes, storage …
    What,
    /// The Region.
    Region,
}

impl By {
    /// The head of the column.
    pub(super) fn head(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "table / index",
            Self::Entity => "entity",
            Self::Pattern => "access pattern",
            Self::What => "what for",
            Self::Region => "Region",
        }
    }

    /// The name of what something belongs to; in brackets where it belongs to none.
    fn name(self, design: &Design<'_>, source: Option<&Source<'_>>, what: What, region: &str) -> String {
        let none = || format!("({})", what.words());
        let Some(source) = source else {
            return if self == Self::Region { region.to_owned() } else { none() };
        };
        match self {
            Self::Table => design.table(source.table).map(|table| table.name.to_owned()),
            Self::Index => design.path(source.path).map(|path| match path.is_table() {
                true => path.table_name.to_owned(),
                false => format!("{} / {}", path.table_name, path.name),
            }),
            Self::Entity => source.entity.and_then(|id| design.entity(id)).map(|entity| entity.name.to_owned()),
            Self::Pattern => source.pattern.and_then(|at| design.patterns.get(at)).map(|p| p.name.to_owned()),
            Self::What => Some(what.words().to_owned()),
            Self::Region => Some(region.to_owned()),
        }
        .unwrap_or_else(none)
    }
}

/// Lines that have something in common.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report) struct Group {
    pub(in crate::report) name: String,
    pub(in crate::report) reads: Decimal,
    pub(in crate::report) writes: Decimal,
    pub(in crate::report) storage: Decimal,
    pub(in crate::report) other: Decimal,
    pub(in crate::report) total: Decimal,
    pub(in crate::report) unknown: usize,
}

/// The groups of a bill, the dearest first.
pub(in crate::report) fn groups(design: &Design<'_>, bill: &Bill<'_>, by: By) -> Vec<Group> {
    let mut all: IndexMap<String, Group> = IndexMap::default();
    for line in &bill.lines {
        let name = by.name(design, line.source.as_ref(), line.what, line.region);
        let group = all.entry(name).or_default();
        let part = match line.what {
            What::Reads | What::SecondReads => &mut group.reads,
            What::Writes | What::IndexWrites | What::ReplicatedExpiry => &mut group.writes,
            What::Storage => &mut group.storage,
            _ => &mut group.other,
        };
        *part = part.saturating_add(line.amount);
        group.total = group.total.saturating_add(line.amount);
    }
    for gap in &bill.gaps {
        let name = by.name(design, Some(&gap.source), gap.what, gap.source.region);
        all.entry(name).or_default().unknown += 1;
    }
    let mut groups: Vec<Group> = all.into_iter().map(|(name, group)| Group { name, ..group }).collect();
    groups.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.name.cmp(&b.name)));
    groups
}
