//! Which items are in which index.

use crate::design::{AccessPath, EntityDesign, Part};
use crate::lint::registry::rule;
use crate::lint::wording::quoted_list;
use crate::lint::{Context, Finding, Place, Planned, Rule};
use crate::plan::Caveat;

pub(super) const RULES: &[Rule] = &[
    rule!("unwritten-index-key", Indexes, Warning, unwritten_index_key),
    rule!("partial-index-key", Indexes, Warning, partial_index_key),
    rule!("partial-index", Coverage, Warning, partial_index),
];

/// An index key attribute that no entity of the table ever has.
fn unwritten_index_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for path in context.design.paths.iter().filter(|path| !path.is_table()) {
        let mut entities = context.design.entities_of(path.table).map(|(_, entity)| entity).peekable();
        if entities.peek().is_none() {
            continue;
        }
        let entities: Vec<&EntityDesign<'_>> = entities.collect();
        // A model without attributes says nothing about what items hold.
        if entities.iter().any(|entity| !entity.is_closed() && entity.entity.keys.is_empty()) {
            continue;
        }
        let filled = |key: &str| {
            entities.iter().any(|entity| entity.fills.contains_key(key) || entity.entity.keys.contains_key(key))
        };
        let stated = |key: &str| {
            entities.iter().any(|e| context.requests_of(e.id).any(|planned| planned.request.key.contains_key(key)))
        };
        let unwritten: Vec<&str> = path.keys().filter(|key| !filled(key) && !stated(key)).collect();
        let Some(first) = unwritten.first() else { continue };
        // An entity that gives the other key attributes lacks this one; `partial-index-key` says so.
        let partly = entities
            .iter()
            .any(|entity| path.keys().any(|key| entity.entity.keys.contains_key(key) && only_here(context, path, key)));
        if partly {
            continue;
        }
        let is_path_key =
            |name: &str| context.design.paths_of(path.table).any(|(_, other)| other.keys().any(|key| key == name));
        let known = entities.iter().flat_map(|entity| entity.entity.attributes.keys()).map(String::as_str);
        let nearest = crate::source::nearest(first, known.filter(|name| !is_path_key(name)));
        let field = if path.partition.contains(first) { "partition_key" } else { "sort_key" };
        let names = quoted_list(unwritten.iter().copied());
        let finding = Finding::new(
            Place::value(path.place.key(field)),
            format!("no entity of table `{}` has {names}, so index `{}` stays empty", path.table_name, path.name),
        )
        .label("never written")
        .why("An item is in an index only if it has every key attribute of it.");
        found.push(match nearest {
            Some(nearest) => finding.help(format!("did you mean `{nearest}`?")),
            None => finding.help(format!("say how entities fill it (`keys: {{{first}: …}}`), or drop the index")),
        });
    }
}

/// An entity that gives some key attributes of an index and lacks another: it is never in it.
fn partial_index_key(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for path in context.design.paths.iter().filter(|path| path.is_global()) {
        let base: Vec<&str> =
            context.design.base_path(path.table).map(|base| base.keys().collect()).unwrap_or_default();
        for (_, entity) in context.design.entities_of(path.table) {
            let has = |key: &str| entity.fills.contains_key(key) || entity.entity.keys.contains_key(key);
            // Only key attributes that exist for this index say that the entity is meant to be in it.
            let given: Vec<&str> = path
                .keys()
                .filter(|key| {
                    entity.entity.keys.contains_key(*key) && !base.contains(key) && only_here(context, path, key)
                })
                .collect();
            let missing: Vec<&str> = path.keys().filter(|key| !has(key)).collect();
            if given.is_empty() || missing.is_empty() {
                continue;
            }
            let Some(first) = given.first() else { continue };
            found.push(
                Finding::new(
                    Place::key(entity.place.key("keys").key(first)),
                    format!("`{}` gives {} of `{}` but not {}", entity.name, quoted_list(given.iter().copied()), path.name, quoted_list(missing.iter().copied())),
                )
                .label("so its items are never in the index")
                .related(Place::key(path.place.clone()), format!("its key is {}", quoted_list(path.keys())))
                .why("An item is in an index only if it has every key attribute of it, the sort key too; queries of the index will miss these items silently.")
                .help(format!("give it {} as well, or drop {} if it is not meant to be there", quoted_list(missing.iter().copied()), quoted_list(given.iter().copied()))),
            );
        }
    }
}

/// Whether a key attribute belongs to this path alone.
fn only_here(context: &Context<'_, '_>, path: &AccessPath<'_>, key: &str) -> bool {
    context.design.paths_of(path.table).filter(|(_, other)| other.keys().any(|k| k == key)).count() == 1
}

/// Whether updates add or remove the attribute, so that the index is sparse on purpose and a pattern
/// pinned to it wants just what is in it.
fn is_moved_in_and_out(context: &Context<'_, '_>, entity: &str, attribute: &str) -> bool {
    let Some(entity) = context.design.entities.iter().find(|e| e.name == entity) else { return false };
    context.requests_of(entity.id).any(|planned| {
        let (adds, removes) = match planned.request.action {
            Some(action) => (&action.adds, &action.removes),
            None => (&planned.pattern.pattern.adds, &planned.pattern.pattern.removes),
        };
        adds.iter().chain(removes.iter()).any(|name| name == attribute)
    })
}

/// Whether what the pattern does next adds the attribute, which is absent before: then the items that
/// it looks for do not have it yet.
fn adds_afterwards(context: &Context<'_, '_>, planned: &Planned<'_, '_>, attribute: &str) -> bool {
    planned.pattern.next.iter().filter_map(|(next, _)| context.design.patterns.get(*next)).any(|next| {
        next.pattern.adds.iter().any(|name| name == attribute)
            && next.entities.iter().any(|entity| planned.pattern.entities.contains(entity))
    })
}

/// Where items lack several attributes, those that have the rarest are in the index.
fn rarest<'c>(first: &'c Caveat, all: &'c [Caveat]) -> &'c Caveat {
    let share = |caveat: &Caveat| match caveat {
        Caveat::OnlyWith { share, .. } => *share,
        Caveat::OnlyWhere { .. } => None,
    };
    let known = all.iter().filter(|caveat| share(first).is_some() && share(caveat).is_some());
    known.min_by_key(|caveat| share(caveat)).unwrap_or(first)
}

/// Whether the code states the key value that only these items have: then it asks for just them. The
/// value says so where it is always the same, or where it holds the words of the `when`.
fn states_it(context: &Context<'_, '_>, planned: &Planned<'_, '_>, path: &AccessPath<'_>, caveat: &Caveat) -> bool {
    let Caveat::OnlyWhere { entity, attribute, .. } = caveat else { return false };
    let Some(entity) = context.design.entities.iter().find(|e| e.name == entity) else { return false };
    path.keys().any(|key| {
        let Some(fill) = entity.fills.get(key) else { return false };
        let Some(values) = fill.when.and_then(|when| when.get(attribute)) else { return false };
        let text = Part::join(&fill.template.parts).to_lowercase();
        let says = fill.template.is_constant()
            || values.0.iter().all(|value| !value.text().is_empty() && text.contains(&value.text().to_lowercase()));
        says && planned.request.key.get(key).is_some_and(|statement| statement.equals.is_some())
    })
}

/// A pattern that wants all items of an entity and reads a path that holds only some.
fn partial_index(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some((path, access)) = planned.read(context.design) else { continue };
        let Some(caveat) = access.caveats.first() else { continue };
        let is_on_purpose = |caveat: &Caveat| match caveat {
            Caveat::OnlyWith { entity, attribute, .. } => {
                is_moved_in_and_out(context, entity, attribute) && !adds_afterwards(context, &planned, attribute)
            }
            Caveat::OnlyWhere { .. } => false,
        };
        if access.caveats.iter().all(|caveat| states_it(context, &planned, path, caveat)) {
            continue;
        }
        let caveat = rarest(caveat, &access.caveats);
        let is_sparse = matches!(caveat, Caveat::OnlyWith { .. });
        if planned.plan.is_pinned && is_sparse && access.caveats.iter().any(is_on_purpose) {
            continue;
        }
        let finding = match caveat {
            Caveat::OnlyWith { entity, key, attribute, share } => {
                let field = context
                    .design
                    .entities
                    .iter()
                    .find(|e| e.name == entity)
                    .map(|e| e.place.key("attributes").key(attribute));
                let some = share.as_ref().map_or("those".to_owned(), |share| format!("the {share}"));
                let mut finding = Finding::new(
                    Place::key(planned.pattern.place.clone()),
                    format!("`{}` finds only {some} `{entity}` items that have `{attribute}`", planned.pattern.name),
                )
                .label(format!("reads {}", path.label()))
                .related(
                    Place::key(path.place.clone()),
                    if key == attribute {
                        format!("its key needs `{key}`")
                    } else {
                        format!("its key `{key}` needs `{attribute}`")
                    },
                );
                if let Some(place) = field {
                    finding = finding.related(Place::key(place), "not on every item");
                }
                finding
                    .why("Items that lack a key attribute of an index are not in it; a new item without it is silently missed.")
                    .help(format!("give every item a value from the start, take `{attribute}` out of the index key, or say that the pattern wants only these: `where: {{{attribute}: exists}}`"))
            }
            Caveat::OnlyWhere { entity, attribute, values } => Finding::new(
                Place::key(planned.pattern.place.clone()),
                format!("`{}` finds only `{entity}` items whose `{attribute}` is {values}", planned.pattern.name),
            )
            .label(format!("reads {}", path.label()))
            .related(Place::key(path.place.clone()), "holds no others")
            .why("The entity's `when` lets only these items into the index.")
            .help(format!("say that the pattern wants only these: `where: {{{attribute}: {{is: equals, value: …}}}}`")),
        };
        found.push(finding);
    }
}
