//! Time buckets in partition keys: which of them a range over the time touches.

use jiff::Span;
use jiff::civil::{Date, DateTime};

use rust_decimal::prelude::ToPrimitive;

use super::ends::how_many;
use super::{Asked, Carry};
use crate::design::{Cut, Part};
use crate::model::Condition;
use crate::plan::is_range;
use crate::units::Portion;
use crate::verify::rows::Row;

/// The most buckets of one call.
const MOST_BUCKETS: usize = 1000;

/// An attribute whose range is split over several partition key values, and these.
#[derive(Debug, Clone)]
pub(super) struct Bucketed {
    pub(super) name: String,
    pub(super) cut: Cut,
    pub(super) buckets: Vec<String>,
}

impl Asked<'_, '_, '_> {
    /// The buckets of a range over a time that the partition key cuts, with the range's ends: as many
    /// buckets as the range is said to span, where the number of items that it is said to match is met
    /// best.
    pub(super) fn window(&self, subject: &Row, carry: &mut Carry) -> Option<(Bucketed, String, String)> {
        let (name, cut, condition) = self.bucketed()?;
        let span = condition.span.map_or(1, |span| {
            let buckets = span.seconds() / rust_decimal::Decimal::from(cut.seconds());
            buckets.ceil().to_usize().unwrap_or(MOST_BUCKETS).clamp(1, MOST_BUCKETS)
        });
        let about = self.candidates(subject, name);
        let mut times: Vec<&str> = about.iter().filter_map(|row| row.value(name)?.text()).collect();
        times.sort_unstable();
        let said = self.evaluates.filter(|_| self.access.over_read.is_empty()).map(Portion::Count);
        let wanted = how_many(name, condition.matches.or(said), times.len(), carry).unwrap_or(times.len());
        let own = subject.value(name).and_then(|value| value.text());
        let from = |start: usize| -> Option<(Vec<String>, usize)> {
            let first = times.get(start)?.get(..cut.length())?;
            let mut buckets = vec![first.to_owned()];
            while buckets.len() < span {
                let next = next_bucket(buckets.last()?, cut)?;
                buckets.push(next);
            }
            let within = times.get(start..)?.iter().take(wanted);
            let last = buckets.last()?.clone();
            Some((
                buckets,
                within.take_while(|time| time.get(..cut.length()).is_some_and(|b| b <= last.as_str())).count(),
            ))
        };
        let best = (0..times.len()).filter_map(|start| Some((start, from(start)?)));
        let best = best.max_by_key(|(start, (_, met))| (*met, std::cmp::Reverse(*start)));
        let (buckets, low, high) = match best {
            Some((start, (buckets, met))) => {
                let low = (*times.get(start)?).to_owned();
                let high =
                    times.get(start + met.saturating_sub(1)).map_or_else(|| low.clone(), |time| (*time).to_owned());
                (buckets, low, high)
            }
            None => {
                let time = own.map(str::to_owned).or_else(|| {
                    let all = self.request.entities.iter().flat_map(|entity| self.rows.of_entity(*entity));
                    all.filter_map(|row| row.value(name)?.text()).next().map(str::to_owned)
                })?;
                let mut buckets = vec![time.get(..cut.length())?.to_owned()];
                while buckets.len() < span {
                    let next = next_bucket(buckets.last()?, cut)?;
                    buckets.push(next);
                }
                (buckets, time.clone(), time)
            }
        };
        Some((Bucketed { name: name.to_owned(), cut, buckets }, low, high))
    }

    /// The attribute that a partition key cuts and that the request gives a range of.
    fn bucketed(&self) -> Option<(&str, Cut, &Condition)> {
        let mut parts = self.access.partition.iter().flat_map(|term| &term.prefix);
        parts.find_map(|part| match part {
            Part::Attribute { name, cut: Some(cut) } => {
                let condition =
                    self.request.conditions.get(&**name).filter(|condition| is_range(condition.operator))?;
                Some((&**name, *cut, condition))
            }
            _ => None,
        })
    }
}

/// The bucket after one: `2026-02` after `2026-01`.
fn next_bucket(bucket: &str, cut: Cut) -> Option<String> {
    // A beginning of an ISO-8601 time, completed.
    let start = format!("{bucket}{}", "0000-01-01T00:00:00".get(bucket.len()..)?);
    let time: DateTime = start.parse().ok()?;
    let span = match cut {
        Cut::Year => Span::new().try_years(1),
        Cut::Month => Span::new().try_months(1),
        Cut::Date => Span::new().try_days(1),
        Cut::Hour => Span::new().try_hours(1),
        Cut::Minute => Span::new().try_minutes(1),
    };
    let next = time.checked_add(span.ok()?).ok().filter(|next| next.date() <= Date::MAX)?;
    next.to_string().get(..cut.length()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_each_other() {
        let after = |bucket, cut| next_bucket(bucket, cut).unwrap();
        assert_eq!(after("2026", Cut::Year), "2027");
        assert_eq!(after("2026-12", Cut::Month), "2027-01");
        assert_eq!(after("2024-02-28", Cut::Date), "2024-02-29");
        assert_eq!(after("2026-12-31T23", Cut::Hour), "2027-01-01T00");
        assert_eq!(after("2026-12-31T23:59", Cut::Minute), "2027-01-01T00:00");
        assert_eq!(next_bucket("soon", Cut::Date), None);
    }
}
