//! What a bill would need and does not have. It is listed and counted, never taken as zero.

use crate::design::{Design, EntityId, PathId, TableId};
use crate::load::Unknown;
use crate::source::ModelPath;

/// What is missing for a part of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing<'a> {
    /// Something that the load needs.
    Load(Unknown<'a>),
    /// The provisioned capacity of a table or index, in reads or writes.
    Capacity {
        /// The table or index.
        path: PathId,
        /// Whether it is the write capacity.
        is_write: bool,
    },
    /// How fast an entity's items come, and so expire.
    Growth(EntityId),
    /// How many backups are taken, or how long they are kept.
    Backups(TableId),
    /// How often a stream is read by what is not Lambda.
    StreamReads(TableId),
    /// The price of an item in a Region.
    Price {
        /// The Region.
        region: &'a str,
        /// The item's name in the price book.
        item: &'static str,
    },
}

impl Missing<'_> {
    /// Where it would be said, and how.
    pub fn describe(&self, design: &Design<'_>) -> (ModelPath, String) {
        match self {
            Self::Load(unknown) => load(*unknown, design),
            Self::Capacity { path, is_write } => {
                let (place, label) = path_of(design, *path);
                let direction = if *is_write { "write" } else { "read" };
                (
                    place,
                    format!(
                        "the provisioned {direction} capacity of {label} is not given (`capacity: {{{direction}: 100}}`)"
                    ),
                )
            }
            Self::Growth(entity) => {
                let (place, name) = entity_of(design, *entity);
                (place, format!("how fast `{name}` items come, and so expire, is not given (`growth: 80k/day`)"))
            }
            Self::Backups(table) => {
                let place = table_of(design, *table).key("backups");
                (place, "how many backups are taken and how long they are kept is not given (`backups: {per_month: 4, keep: 30d}`)".to_owned())
            }
            Self::StreamReads(table) => {
                let place = table_of(design, *table).key("stream");
                (
                    place,
                    "how often readers other than Lambda ask the stream for records is not given (`reads: 4/s`)"
                        .to_owned(),
                )
            }
            Self::Price { region, item } => {
                (ModelPath::of(["region"]), format!("the price book has no `{item}` in {region}"))
            }
        }
    }
}

fn load(unknown: Unknown<'_>, design: &Design<'_>) -> (ModelPath, String) {
    let pattern = |index: usize, what: &str| {
        let found = design.patterns.get(index);
        let name = found.map_or("", |pattern| pattern.name);
        (found.map(|p| p.place.clone()).unwrap_or_default(), what.replace("{}", &format!("`{name}`")))
    };
    match unknown {
        Unknown::Size { entity, attribute } => {
            let (place, name) = entity_of(design, entity);
            (
                place.key("attributes").key(attribute),
                format!("the size of `{attribute}` of `{name}` is not given (`size: 120`)"),
            )
        }
        Unknown::Presence { entity, attribute } => {
            let (place, name) = entity_of(design, entity);
            (
                place.key("attributes").key(attribute),
                format!(
                    "the share of `{name}` items that have `{attribute}` is not given (`present: 10%`, or shares of its `values`)"
                ),
            )
        }
        Unknown::Membership { entity, path } => {
            let (_, name) = entity_of(design, entity);
            let (place, label) = path_of(design, path);
            (
                place,
                format!(
                    "how often an update brings a `{name}` into {label} or out of it is not given; name the index key in `adds` or `removes` of the update"
                ),
            )
        }
        Unknown::NewMembers { entity, path, attribute } => {
            let (_, name) = entity_of(design, entity);
            let (place, label) = path_of(design, path);
            (
                place,
                format!(
                    "how many new `{name}` items come into {label} is not known: it hangs on `{attribute}`, of which the share of all items says little here; say it in `where` of the put (`{attribute}: equals` with its `value`, `exists` or `missing`)"
                ),
            )
        }
        Unknown::Items(entity) => {
            let (place, name) = entity_of(design, entity);
            (place, format!("how many `{name}` items there are is not given (`items: 2M`, or `belongs_to`)"))
        }
        Unknown::Evaluated(index) => pattern(
            index,
            "how many items a call of {} reads is not known (`evaluates: 20`, or `matches`, `distinct` and `items` behind it)",
        ),
        Unknown::Kinds(index) => pattern(
            index,
            "how many of the items that a call of {} reads are of each entity, which differ in size, is not known (`items` and `distinct`, or `belongs_to` with counts, for each of them)",
        ),
        Unknown::Returned(index) => pattern(
            index,
            "how many items a call of {} returns is not known (`returns: 20`, or `matches` on its filters)",
        ),
        Unknown::Queries(index) => pattern(
            index,
            "how many queries a call of {} takes is not known (`count` of its `in`, `span` of its range)",
        ),
        Unknown::Rate(index) => pattern(index, "how often {} is called on average is not given (`rate: 120/s`)"),
        Unknown::Peak(index) => {
            pattern(index, "the peak of {} is not given (`peak: 900/s`, or `defaults: {peak_to_average: 4}`)")
        }
        Unknown::Unserved(index) => pattern(index, "no path serves {}, so what it takes is not known"),
        Unknown::Undecided(index) => pattern(index, "{} is not designed yet"),
        Unknown::Skew { pattern: index, .. } => pattern(
            index,
            "how the calls of {} spread over the key values is not given (`hottest: 2%`, or `items` and `distinct` of what the key is made of)",
        ),
    }
}

fn entity_of(design: &Design<'_>, id: EntityId) -> (ModelPath, String) {
    design.entity(id).map(|entity| (entity.place.clone(), entity.name.to_owned())).unwrap_or_default()
}

fn path_of(design: &Design<'_>, id: PathId) -> (ModelPath, String) {
    design.path(id).map(|path| (path.place.clone(), path.label())).unwrap_or_default()
}

fn table_of(design: &Design<'_>, id: TableId) -> ModelPath {
    design.base_path(id).map(|path| path.place.clone()).unwrap_or_default()
}
