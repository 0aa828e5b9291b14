//! Parameters that an operation does not have, or does not take like this.

use rust_decimal::Decimal;

use crate::design::Request;
use crate::lint::registry::rule;
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::{Names, Operation, Operator, Updates};
use crate::plan::operation_name;

pub(super) const RULES: &[Rule] = &[
    rule!("rejected-parameter", Coverage, Error, rejected_parameter),
    rule!("several-keys", Coverage, Error, several_keys),
    rule!("filter-on-get", Coverage, Warning, filter_on_get),
    rule!("overlapping-updates", Coverage, Error, overlapping_updates),
];

fn rejected_parameter(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Put) {
        // The parts in the order of the model.
        let mut parts: Vec<&str> =
            changes(planned.pattern.pattern, planned.request).into_iter().map(|(p, _)| p).collect();
        parts.dedup();
        found.extend(parts.into_iter().map(|part| update_of_put(planned.pattern.name, planned.request, part)));
    }
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let Some(operation) = pattern.pattern.operation else { continue };
        let name = pattern.name;
        if pattern.pattern.limit.is_some_and(|limit| limit.0 < Decimal::ONE) {
            found.push(
                Finding::new(Place::value(pattern.place.key("limit")), format!("`{name}` has a limit below 1"))
                    .label("at least 1")
                    .why("The service rejects a `Limit` below 1 (ValidationException).")
                    .help("leave `limit` out to read every match; to ask whether there is any item, write `limit: 1`"),
            );
        }
        if pattern.pattern.segments.is_some() && operation != Operation::Scan {
            let is = operation_name(operation);
            found.push(
                Finding::new(
                    Place::key(pattern.place.key("segments")),
                    format!("`{name}` is a {is}, which has no segments"),
                )
                .label("only a scan has segments")
                .why("`Segment` and `TotalSegments` are parameters of Scan alone; a query reads one partition key value.")
                .help("leave `segments` out, or spread the items over shards and query each"),
            );
        }
    }
}

/// A part of an update that a put says.
fn update_of_put(name: &str, request: &Request<'_>, part: &str) -> Finding {
    Finding::new(Place::key(request.place.key(part)), format!("`{name}` is a put, which takes no `{part}`"))
        .at_most(Level::Warning)
        .label("part of an update")
        .why("A put writes a whole item: what it does not carry is gone, and nothing is added to what was there. So this changes no number.")
        .help("say in `where` what the new item has of the keys of indexes (`status: {is: equals, value: open}`, `exists`, `missing`) and leave this out; or write `operation: update`")
}

/// An operation on one item that is to take several keys.
fn several_keys(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let Some((_, access)) = planned.access(context.design) else { continue };
        let help = match planned.operation {
            Operation::Get => "write `operation: batch_get`, which takes up to 100 keys",
            Operation::Update => {
                "write one key, `equals`, and give `rate` as the number of updates; or make it one of the `actions` of a `transact_write`"
            }
            Operation::Delete => {
                "write `operation: batch_write` with a `delete` among its `actions`, or one key, `equals`, and `rate` as the number of deletes"
            }
            _ => continue,
        };
        let is_list = planned.request.conditions.values().any(|condition| condition.operator == Operator::In);
        // A batch or transaction holds one request for each key.
        if planned.request.action.is_some() || !is_list || access.queries == Some(Decimal::ONE) {
            continue;
        }
        let is = operation_name(planned.operation);
        found.push(
            Finding::new(
                Place::key(planned.request.place.key("where")),
                format!("`{}` is one {is} for several keys", planned.pattern.name),
            )
            .label("takes one key")
            .why(format!("{is} takes the key of one item; there is no call of it for a list of keys."))
            .help(help),
        );
    }
}

/// What a get asks for beside the key, which it cannot.
fn filter_on_get(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests() {
        let is_get = matches!(planned.operation, Operation::Get | Operation::BatchGet | Operation::TransactGet);
        let Some((_, access)) = planned.access(context.design).filter(|_| is_get) else { continue };
        for filter in &access.filters {
            let name = &filter.attribute;
            found.push(
                Finding::new(
                    Place::key(planned.request.place.key("where").key(name)),
                    format!("`{}` is a get with a condition on `{name}`", planned.pattern.name),
                )
                .label("no part of the key")
                .why("A get has no filter and no condition: the item comes back, and is billed, whatever the attribute is.")
                .help("leave it out and let the application look at the item; or make it a `query` with the whole key, which filters but bills the same"),
            );
        }
    }
}

/// An attribute that one update changes in two ways.
fn overlapping_updates(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let changes = changes(planned.pattern.pattern, planned.request);
        for (index, (part, name)) in changes.iter().enumerate() {
            let earlier = changes.iter().take(index).find(|(_, same)| same == name);
            let Some((other, _)) = earlier else { continue };
            let place = |part| Place::value(planned.request.place.key(part));
            let message = match part == other {
                true => format!("`{}` names `{name}` twice in `{part}`", planned.pattern.name),
                false => format!("`{}` names `{name}` in both `{other}` and `{part}`", planned.pattern.name),
            };
            found.push(
                Finding::new(place(part), message)
                    .label("changed twice")
                    .related(place(other), "first here")
                    .why("An update expression names each attribute once. The service rejects it otherwise: \"Two document paths overlap\" (ValidationException).")
                    .help("keep the one that is meant: `adds` for what was absent before, `appends` for what gets longer, `sets` for the rest"),
            );
        }
    }
}

/// The attributes that an update names, each with the part that names it.
fn changes<'m>(pattern: &'m crate::model::AccessPattern, request: &Request<'m>) -> Vec<(&'static str, &'m str)> {
    let (sets, lists): (&Updates, [(&'static str, &Names); 3]) = match request.action {
        Some(action) => {
            (&action.sets, [("adds", &action.adds), ("removes", &action.removes), ("appends", &action.appends)])
        }
        None => {
            (&pattern.sets, [("adds", &pattern.adds), ("removes", &pattern.removes), ("appends", &pattern.appends)])
        }
    };
    let set = sets.0.keys().map(|name| ("sets", name.as_str()));
    let listed = lists.into_iter().flat_map(|(part, names)| names.iter().map(move |name| (part, name.as_str())));
    set.chain(listed).collect()
}
