//! Migration: what it takes to bring tables and their items from one version of a design to another.
//!
//! What the service can change in place and what not:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html> and
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html>.

mod attributes;
mod indexes;
mod items;
mod settings;
mod shards;
mod tables;
mod work;

pub use work::{Effort, Pace, Work};

use std::collections::{BTreeMap, BTreeSet};

use super::{Version, renamed};
use crate::design::{EntityDesign, TableDesign};
use crate::prices::PriceBook;
use crate::source::ModelPath;

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A setting of a table that changes while it is in use.
    InPlace,
    /// Existing items are written again.
    RewriteItems,
    /// Several index changes, each in an update of its own.
    OneByOne,
    /// A global secondary index is built.
    NewIndex,
    /// A global secondary index is deleted.
    DropIndex,
    /// Items that nothing uses any more are deleted.
    DeleteItems,
    /// A table is created, empty.
    NewTable,
    /// The items go to a new table, because the old one cannot be changed so.
    ReplaceTable,
    /// A table is deleted.
    DropTable,
}

impl Kind {
    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            Self::InPlace => "in place",
            Self::RewriteItems => "items are written again",
            Self::OneByOne => "one after another",
            Self::NewIndex => "a new index",
            Self::DropIndex => "an index is deleted",
            Self::DeleteItems => "items are deleted",
            Self::NewTable => "a new table",
            Self::ReplaceTable => "a new table and a way over",
            Self::DropTable => "a table is deleted",
        }
    }
}

/// One change, with what it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What kind of change it is.
    pub kind: Kind,
    /// Where it stands in the new model, or in the old one for what is gone.
    pub place: ModelPath,
    /// What changes, in a sentence.
    pub title: String,
    /// Why it is done like this, where that is not obvious.
    pub why: Option<String>,
    /// What is done, in order.
    pub steps: Vec<String>,
    /// What it takes of the service; nothing where nothing is read or written.
    pub work: Option<Work>,
}

impl Step {
    fn new(kind: Kind, place: ModelPath, title: impl Into<String>) -> Self {
        Self { kind, place, title: title.into(), why: None, steps: Vec::new(), work: None }
    }

    fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    fn steps<const N: usize>(mut self, steps: [String; N]) -> Self {
        self.steps.extend(steps);
        self
    }

    fn work(mut self, work: Work) -> Self {
        self.work = Some(work);
        self
    }
}

/// Both versions, with what work is calculated from.
struct Change<'a, 'o, 'n> {
    old: &'a Version<'a, 'o>,
    new: &'a Version<'a, 'n>,
    book: &'a PriceBook,
    pace: Pace,
    /// Entities of the old version by their names in the new one.
    entities: BTreeMap<&'n str, &'a EntityDesign<'o>>,
}

/// A table that both versions have.
struct Both<'a, 'o, 'n> {
    old: &'a TableDesign<'o>,
    new: &'a TableDesign<'n>,
}

impl<'a, 'o, 'n> Change<'a, 'o, 'n> {
    fn tables(&self) -> impl Iterator<Item = Both<'a, 'o, 'n>> {
        let old = self.old.design;
        self.new.design.tables.iter().filter_map(move |new| {
            let old = old.tables.iter().find(|old| old.name == new.name)?;
            Some(Both { old, new })
        })
    }

    fn old_entity(&self, name: &str) -> Option<&'a EntityDesign<'o>> {
        self.entities.get(name).copied()
    }

    /// Deleting every item of an old entity, with its entries in the indexes.
    fn deleted(&self, old: &EntityDesign<'_>) -> Option<Effort> {
        let design = self.old.design;
        let mut paths = design.paths_of(old.table?).filter(|(_, path)| path.is_table() || design.is_in(old, path));
        paths.try_fold(Effort::default(), |sum, (_, path)| {
            let one = work::entries(self.old, old, tables::index_name(path))?;
            Some(Effort { items: old.items?, units: sum.add(one).units })
        })
    }

    /// What some effort on a table of the new version takes.
    fn work(&self, table: &TableDesign<'_>, effort: Option<Effort>) -> Work {
        Work::on(table, self.new, self.book, self.pace, effort)
    }
}

/// The steps from the old version to the new one, in the order in which they are done: what is added
/// first, then the items, then what is no longer needed.
pub(super) fn migration(old: &Version<'_, '_>, new: &Version<'_, '_>, book: &PriceBook, pace: Pace) -> Vec<Step> {
    let renamed = renamed::entities(old, new);
    let old_entities: BTreeMap<&str, &EntityDesign<'_>> = old.design.entities.iter().map(|it| (it.name, it)).collect();
    let entities: BTreeMap<&str, &EntityDesign<'_>> = new
        .design
        .entities
        .iter()
        .filter_map(|it| Some((it.name, *old_entities.get(renamed.get(it.name).copied().unwrap_or(it.name))?)))
        .collect();
    let kept: BTreeSet<&str> = entities.values().map(|entity| entity.name).collect();
    let change = Change { old, new, book, pace, entities };
    let mut steps = Vec::new();
    tables::tables(&change, &mut steps);
    let replaced: Vec<String> = steps
        .iter()
        .filter(|step: &&Step| step.kind == Kind::ReplaceTable)
        .filter_map(|step| match step.place.0.get(1) {
            Some(crate::source::Step::Key(name)) => Some(name.clone()),
            _ => None,
        })
        .collect();
    for both in change.tables() {
        // A new table gets its settings and indexes with its creation, and its items as they are to be.
        if !replaced.iter().any(|name| name == both.new.name) {
            settings::settings(&change, &both, &mut steps);
            indexes::indexes(&change, &both, &mut steps);
            items::items(&change, &both, &mut steps);
            items::left(&change, &both, &kept, &mut steps);
        }
    }
    items::moved(&change, &mut steps);
    steps.sort_by_key(|step| match step.kind {
        Kind::NewTable => 0,
        Kind::InPlace => 1,
        Kind::ReplaceTable => 2,
        Kind::RewriteItems => 3,
        Kind::OneByOne => 4,
        Kind::NewIndex => 5,
        Kind::DropIndex => 6,
        Kind::DeleteItems => 7,
        Kind::DropTable => 8,
    });
    steps
}
