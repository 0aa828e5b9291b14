//! Parameters that an operation does not have, or does not take like this.

use rust_decimal::Decimal;

use super::entity_keys::written;
use crate::design::PatternDesign;
use crate::lint::registry::rule;
use crate::lint::wording::{and_list, with_article};
use crate::lint::{Context, Finding, Level, Place, Rule};
use crate::model::{AccessPattern, AttributeType, Operation, Operator};
use crate::plan::operation_name;

pub(super) const RULES: &[Rule] = &[
    rule!("rejected-parameter", Coverage, Error, rejected_parameter),
    rule!("several-keys", Coverage, Error, several_keys),
    rule!("filter-on-get", Coverage, Warning, filter_on_get),
    rule!("overlapping-updates", Coverage, Error, overlapping_updates),
];

/// A part of a pattern, whether it is given, and the operations that it says something of.
type Parameter = (&'static str, fn(&AccessPattern) -> bool, &'static [Operation]);

/// Parts that only some operations have.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html>
const PARAMETERS: [Parameter; 13] = {
    use Operation::{
        BatchGet, BatchWrite, ConditionCheck, Delete, Get, Put, Query, Scan, TransactGet, TransactWrite, Update,
    };
    const READS: &[Operation] = &[Get, BatchGet, Query, Scan, TransactGet];
    const UPDATES: &[Operation] = &[Update, TransactWrite];
    [
        ("limit", |it| it.limit.is_some(), &[Query, Scan]),
        ("pages", |it| it.pages.is_some(), &[Query, Scan]),
        ("select", |it| it.select.is_some(), READS),
        ("consistency", |it| it.consistency.is_some(), READS),
        ("sets", |it| !it.sets.0.is_empty(), UPDATES),
        ("adds", |it| !it.adds.0.is_empty(), UPDATES),
        ("removes", |it| !it.removes.0.is_empty(), UPDATES),
        ("appends", |it| !it.appends.0.is_empty(), UPDATES),
        ("creates", |it| it.creates.is_some(), UPDATES),
        ("replaces", |it| it.replaces.is_some(), &[Put, BatchWrite, TransactWrite]),
        (
            "misses",
            |it| it.misses.is_some(),
            &[Get, BatchGet, TransactGet, Update, Delete, ConditionCheck, BatchWrite, TransactWrite],
        ),
        ("repeats", |it| it.repeats.is_some(), &[TransactWrite]),
        ("batch", |it| it.batch.is_some(), &[BatchGet, BatchWrite, TransactGet, TransactWrite]),
    ]
};

/// What is given although the operation has no such thing, so that it says nothing.
fn of_other_operations(pattern: &PatternDesign<'_>, operation: Operation, found: &mut Vec<Finding>) {
    let is = with_article(operation_name(operation));
    for (part, is_given, operations) in PARAMETERS {
        // Parts of an update in a put are a finding of their own.
        let is_said = operation == Operation::Put && matches!(part, "sets" | "adds" | "removes" | "appends");
        if !is_given(pattern.pattern) || operations.contains(&operation) || is_said {
            continue;
        }
        let takes = operations.iter().map(|operation| operation_name(*operation));
        found.push(
            Finding::new(
                Place::key(pattern.place.key(part)),
                format!("`{}` is {is}, which has no `{part}`", pattern.name),
            )
            .label("says nothing here")
            .why("It changes neither the request nor its cost, so what it was to say is not in the model.")
            .help(format!("leave it out, or correct the operation: it is for {}", and_list(takes.map(str::to_owned))))
            .at_most(Level::Warning),
        );
    }
}

/// What is to get longer although its type cannot.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html>
fn appends_to_scalar(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    use AttributeType::{Boolean, Epoch, EpochMs, Null, Number};
    for planned in context.requests().filter(|planned| planned.operation == Operation::Update) {
        let Some(entity) = context.entity_of(planned.request) else { continue };
        for (part, name) in written(&planned).into_iter().filter(|(part, _)| *part == "appends") {
            if !matches!(entity.kind_of(name), Boolean | Epoch | EpochMs | Null | Number) {
                continue;
            }
            found.push(
                Finding::new(
                    Place::value(planned.request.place.key(part)),
                    format!("`{}` appends to `{name}`, which does not get longer", planned.pattern.name),
                )
                .label("not a list, a map, a set or text")
                .related(Place::key(entity.place.key("attributes").key(name)), "its type")
                .why("`list_append` takes lists; the service rejects an operand of another type (ValidationException).")
                .help(format!("write `sets: [{name}]`, also for a counter")),
            );
        }
    }
}

fn rejected_parameter(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    appends_to_scalar(context, found);
    updates_of_puts(context, found);
    for pattern in context.design.patterns.iter().filter(|pattern| super::super::is_judged(pattern)) {
        let Some(operation) = pattern.pattern.operation else { continue };
        let name = pattern.name;
        of_other_operations(pattern, operation, found);
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

/// Parts of an update that a put says, by itself or as an action.
fn updates_of_puts(context: &Context<'_, '_>, found: &mut Vec<Finding>) {
    for planned in context.requests().filter(|planned| planned.operation == Operation::Put) {
        let mut parts: Vec<&str> = written(&planned).into_iter().map(|(part, _)| part).collect();
        parts.dedup();
        for part in parts {
            let message = format!("`{}` is a put, which takes no `{part}`", planned.pattern.name);
            found.push(
                Finding::new(Place::key(planned.request.place.key(part)), message)
                    .at_most(Level::Warning)
                    .label("part of an update")
                    .why("A put writes a whole item: what it does not carry is gone, and nothing is added to what was there. So this changes no number.")
                    .help("say in `where` what the new item has of the keys of indexes (`status: {is: equals, value: open}`, `exists`, `missing`) and leave this out; or write `operation: update`"),
            );
        }
    }
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
        let changes = written(&planned);
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
