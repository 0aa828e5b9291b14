//! One run: tables, items, patterns.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::context::{CallError, Context};
use super::difference::knows_multi_attribute_keys;
use super::engine::{Engine, EngineError, EngineKind};
use super::items::value::item_to_json;
use super::items::{Generator, ItemsError, Scaled};
use super::pattern::{PatternRun, Planned, Written};
use super::rows::{Row, Rows};
use super::tables::{Existing, Tables};
use super::verdict::Verdict;
use crate::design::{Design, EntityId, PatternDesign, TableId};
use crate::load::{Load, Traffic};
use crate::model::Model;
use crate::plan::Plans;

/// How a run is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the items are drawn with.
    pub seed: u64,
    /// How many calls are made of each case of a pattern.
    pub repeat: usize,
    /// The beginning of the tables' names.
    pub prefix: String,
    /// What becomes of tables that have these names.
    pub existing: Existing,
    /// The patterns that are run, by their positions; all where absent.
    pub patterns: Option<Vec<usize>>,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    /// So many of all items are loaded.
    Loaded(usize, usize),
    /// So many of all patterns are done; the next is named.
    Pattern(usize, usize, &'s str),
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Verification {
    /// The engine.
    pub engine: EngineKind,
    /// How many items each entity had.
    pub entities: Vec<(String, usize)>,
    /// Tables and items that the engine refuses.
    pub refused: Vec<String>,
    /// Items whose keys others have.
    pub collisions: Vec<String>,
    /// What came of every pattern that was asked for, in the model's order.
    pub patterns: Vec<PatternRun>,
}

impl Verification {
    /// Whether nothing disagrees.
    pub fn agrees(&self) -> bool {
        let taken = self.refused.is_empty() && self.collisions.is_empty();
        taken && self.patterns.iter().all(|pattern| pattern.verdict != Verdict::Differs)
    }

    /// How many patterns came out so, of those that were run.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.patterns.iter().filter(|pattern| pattern.not_run.is_none() && pattern.verdict == verdict).count()
    }
}

/// Why a run came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No items can be made.
    #[error(transparent)]
    Items(#[from] ItemsError),
    /// The engine refuses a table, or does not answer.
    #[error("{0}")]
    Engine(EngineError),
    /// Someone stopped it.
    #[error("stopped; the tables of the run are removed")]
    Stopped,
}

impl From<EngineError> for VerifyError {
    fn from(error: EngineError) -> Self {
        if error.code == EngineError::STOPPED { Self::Stopped } else { Self::Engine(error) }
    }
}

/// An engine that is not asked any more once someone has stopped the run.
struct Watched<'e> {
    engine: &'e dyn Engine,
    stop: &'e AtomicBool,
}

impl Engine for Watched<'_> {
    fn call(&self, operation: &str, body: &Value) -> Result<Value, EngineError> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(EngineError::new(EngineError::STOPPED, "stopped"));
        }
        self.engine.call(operation, body)
    }
}

/// Runs a model, scaled down, on an engine. `stop` ends it early; the tables are removed in any case.
///
/// # Errors
/// When no items can be made, or the engine does not take the tables or stops answering.
pub fn verify(
    (model, scaled): (&Model, &Scaled),
    options: &Options,
    (engine, kind): (&dyn Engine, EngineKind),
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Verification, VerifyError> {
    let design = Design::new(&scaled.model);
    let plans = Plans::new(&design);
    let load = Load::new(&design, &plans, Traffic::default());
    let as_written = Design::new(model);
    let (written_plans, written_load) = {
        let plans = Plans::new(&as_written);
        let load = Load::new(&as_written, &plans, Traffic::default());
        (plans, load)
    };
    let generator = Generator::new(&design, options.seed)?;
    let watched = Watched { engine, stop };
    let names: Vec<String> = design.tables.iter().map(|table| format!("{}-{}", options.prefix, table.name)).collect();
    let tables = Tables::create(&design, &names, (&watched, engine, kind), options.existing)?;
    let rows = Rows::new(&design);
    let mut context =
        Context { design: &design, generator: &generator, rows, engine: &watched, kind, names, repeat: options.repeat };
    let mut refused: Vec<String> = Vec::new();
    for (table, why) in design.tables.iter().zip(&tables.refused) {
        refused.extend(why.iter().map(|why| format!("table `{}`: {why}", table.name)));
    }
    let collisions = fill(&mut context, &tables, &mut refused, progress)?;
    let wanted: Vec<usize> = match &options.patterns {
        Some(chosen) => chosen.clone(),
        None => (0..design.patterns.len()).collect(),
    };
    let serial = Cell::new(0);
    let mut patterns = Vec::with_capacity(wanted.len());
    for (done, index) in wanted.iter().enumerate() {
        let found = (design.patterns.get(*index), load.patterns.get(*index), written_load.patterns.get(*index));
        let (Some(pattern), Some(consumed), Some(told)) = found else { continue };
        progress(Step::Pattern(done, wanted.len(), pattern.name));
        let (context, plans) = (&context, plans.of(*index));
        let left_out = if let Some(other) = &pattern.pattern.served_by {
            Some(format!("{other} answers it"))
        } else if pattern.pattern.undecided == Some(true) {
            Some("it is not designed yet".to_owned())
        } else if !pattern.is_bound {
            Some("it names what the model does not have".to_owned())
        } else if let Some(name) = refused_table(&design, &tables, pattern) {
            Some(format!("the engine refuses the table `{name}`"))
        } else {
            without_index(&design, kind, plans)
        };
        let run = match left_out {
            Some(why) => PatternRun::not_run(pattern, *index, why),
            None => {
                let written = Written { plans: written_plans.of(*index), load: told };
                let load = consumed;
                let planned = Planned { context, index: *index, pattern, plans, load, written, serial: &serial };
                planned.run().map_err(|error| match error {
                    CallError::Engine(error) => VerifyError::from(error),
                    other => VerifyError::Engine(EngineError::new(EngineError::UNREACHABLE, other.to_string())),
                })?
            }
        };
        patterns.push(run);
    }
    progress(Step::Pattern(wanted.len(), wanted.len(), ""));
    let entities = design.entities.iter();
    let entities = entities.map(|entity| (entity.name.to_owned(), context.rows.of_entity(entity.id).count()));
    Ok(Verification { engine: kind, entities: entities.collect(), refused, collisions, patterns })
}

/// A table of a pattern that the engine does not take.
fn refused_table<'m>(design: &Design<'m>, tables: &Tables<'_>, pattern: &PatternDesign<'m>) -> Option<&'m str> {
    let entities = pattern.requests.iter().flat_map(|request| &request.entities);
    let mut of = entities.filter_map(|id| design.entity(*id)?.table);
    let table = of.find(|table| tables.refused.get(table.0).is_some_and(Option::is_some))?;
    Some(design.table(table)?.name)
}

/// Why an engine that has not every index cannot run a pattern.
fn without_index(design: &Design<'_>, kind: EngineKind, plans: &[crate::plan::Plan<'_>]) -> Option<String> {
    let paths = plans.iter().filter_map(|plan| design.path(plan.access()?.0));
    let mut lacking = paths.filter(|path| path.is_global() && (path.partition.len() > 1 || path.sort.len() > 1));
    let path = lacking.next().filter(|_| !knows_multi_attribute_keys(kind))?;
    Some(format!("{} has no keys of several attributes, such as those of {}", kind.name(), path.label()))
}

/// Puts every item, each only where no other has its key. Items that collide, in words.
fn fill(
    context: &mut Context<'_, '_>,
    tables: &Tables<'_>,
    refused: &mut Vec<String>,
    progress: &mut dyn FnMut(Step<'_>),
) -> Result<Vec<String>, EngineError> {
    let mut refused_of: Vec<EntityId> = Vec::new();
    let dataset = context.generator.dataset();
    let name = |entity: EntityId| context.design.entity(entity).map_or("", |entity| entity.name);
    let mut collisions: Vec<String> = dataset
        .collisions
        .iter()
        .map(|collision| {
            let (first, second) = (name(collision.first), name(collision.second));
            let key = Value::Object(item_to_json(&collision.key));
            format!(
                "{} items of `{second}` have primary keys of `{first}`, such as {key}: they would overwrite each other",
                Decimal::from(collision.items)
            )
        })
        .collect();
    let (all, mut done) = (dataset.len(), 0);
    for (position, table) in context.design.tables.iter().enumerate() {
        let id = TableId(position);
        if tables.refused.get(position).is_some_and(Option::is_some) {
            continue;
        }
        let key = table.table.partition_key.0.first().cloned().unwrap_or_default();
        for made in dataset.tables.get(table.name).map(Vec::as_slice).unwrap_or_default() {
            let body = json!({
                "TableName": context.name_of(id),
                "Item": item_to_json(&made.item),
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": { "#key": key },
            });
            match context.engine.call("PutItem", &body) {
                Ok(_) => {
                    let row: Row = made.clone();
                    if context.rows.add(id, row).is_err() {
                        collisions.push(format!("an item of `{}` has no primary key, or another's", name(made.entity)));
                    }
                }
                Err(error) if error.is_failed_condition() => {
                    collisions.push(format!("an item of `{}` has the primary key of another", name(made.entity)));
                }
                Err(error) if error.is_unreachable() => return Err(error),
                // Of each entity the first says enough.
                Err(error) if !refused_of.contains(&made.entity) => {
                    refused_of.push(made.entity);
                    refused.push(format!("items of `{}`: {error}", name(made.entity)));
                }
                Err(_) => {}
            }
            done += 1;
            if done % 64 == 0 || done == all {
                progress(Step::Loaded(done, all));
            }
        }
    }
    collisions.truncate(MOST_COLLISIONS);
    Ok(collisions)
}

/// The most collisions that are told one by one.
const MOST_COLLISIONS: usize = 20;
