//! Queries and scans, run as planned, beside what the items say that they should find.

use serde_json::{Map, Value, json};

use super::bind::{Asked, Bound};
use super::condition::{KeyCondition, compare};
use super::context::{CallError, Context, Filled, fill};
use super::figures::{Counts, Expected};
use super::items::value::{Attributes, item_from_json, item_to_json};
use super::part::{PageEnd, Part, Range, Sent, Size};
use super::rows::Row;
use crate::design::PatternDesign;
use crate::model::{Consistency, Pages};
use crate::plan::{Expressions, consistency};
use crate::service::capacity::ReadMode;
use crate::service::limits::BATCH_GET_ITEMS;

/// The most pages of one query, whatever the plan says.
const MOST_PAGES: u64 = 100_000;

/// One call of a pattern that queries or scans.
pub(super) struct RangeCall<'c, 'a, 'd, 'm> {
    pub context: &'c Context<'d, 'm>,
    pub pattern: &'c PatternDesign<'m>,
    pub asked: &'c Asked<'a, 'd, 'm>,
    pub printed: &'c Expressions,
}

impl<'m> RangeCall<'_, '_, '_, 'm> {
    /// Runs the call.
    ///
    /// # Errors
    /// When a value is missing, or the engine refuses.
    pub(super) fn run(&self, bound: &Bound<'_>) -> Result<(Counts, Expected), CallError> {
        let mut seen = Counts::default();
        let mut expected = Expected { is_exact: true, ..Expected::default() };
        for texts in &bound.queries {
            let filled = fill(self.asked, bound.subject, texts, self.printed)?;
            let found = self.should_find(bound.subject, texts, &filled, &mut expected)?;
            let mut returned = Vec::new();
            let segments = self.pattern.pattern.segments.filter(|_| self.asked.access.is_scan).unwrap_or(1).max(1);
            for segment in 0..segments {
                let mut body = self.body(&filled);
                if segments > 1 {
                    body.insert("Segment".to_owned(), json!(segment));
                    body.insert("TotalSegments".to_owned(), json!(segments));
                }
                self.pages(body, &mut seen, &mut returned)?;
            }
            expected.counts.queries += u64::from(segments);
            if segments > 1 {
                // How the items fall into segments is the engine's own.
                expected.is_exact = false;
            }
            self.second_read(&returned, &found, &mut seen, &mut expected)?;
        }
        if self.printed.limit.is_none() {
            expected.meant = self.asked.meant(bound);
        }
        Ok((seen, expected))
    }

    fn most_pages(&self) -> Option<u64> {
        match self.pattern.pattern.pages {
            Some(Pages::All) => None,
            Some(Pages::Some(pages)) => Some(pages.ceil()),
            None => self.pattern.pattern.limit.map(|_| 1),
        }
    }

    fn mode(&self) -> ReadMode {
        match consistency(self.context.design, self.pattern) {
            Consistency::Strong => ReadMode::Strong,
            Consistency::Eventual => ReadMode::Eventual,
        }
    }

    fn body(&self, filled: &Filled) -> Map<String, Value> {
        let mut body = filled.parameters.clone();
        body.insert("TableName".to_owned(), json!(self.context.name_of(self.asked.path.table)));
        if let Some(index) = &self.printed.index_name {
            body.insert("IndexName".to_owned(), json!(index));
        }
        if let Some(forward) = self.printed.scan_index_forward.filter(|_| !self.asked.access.is_scan) {
            body.insert("ScanIndexForward".to_owned(), json!(forward));
        }
        if let Some(limit) = self.printed.limit {
            body.insert("Limit".to_owned(), json!(limit));
        }
        if let Some(strong) = self.printed.consistent_read {
            body.insert("ConsistentRead".to_owned(), json!(strong));
        }
        if let Some(select) = self.printed.select {
            body.insert("Select".to_owned(), json!(select));
        }
        body
    }

    fn pages(
        &self,
        mut body: Map<String, Value>,
        seen: &mut Counts,
        returned: &mut Vec<Attributes>,
    ) -> Result<(), CallError> {
        let operation = if self.asked.access.is_scan { "Scan" } else { "Query" };
        let most = self.most_pages().unwrap_or(MOST_PAGES).min(MOST_PAGES);
        seen.queries += 1;
        for _ in 0..most {
            let mut response = self.context.measured(operation, body.clone(), false, seen)?;
            let number = |name: &str| response.get(name).and_then(Value::as_u64).unwrap_or(0);
            seen.pages += 1;
            seen.evaluated += number("ScannedCount");
            seen.returned += number("Count");
            let items = response.get("Items").and_then(Value::as_array).into_iter().flatten();
            returned.extend(items.filter_map(|item| item_from_json(item.as_object()?)));
            let Some(last) = response.get_mut("LastEvaluatedKey").map(Value::take) else { break };
            body.insert("ExclusiveStartKey".to_owned(), last);
        }
        Ok(())
    }

    /// The items that one query should find, in the order in which it reads them, with what reading
    /// them should consume.
    fn should_find(
        &self,
        subject: &Row,
        texts: &std::collections::BTreeMap<String, String>,
        filled: &Filled,
        expected: &mut Expected,
    ) -> Result<Vec<Attributes>, CallError> {
        let (path, access) = (self.asked.path, self.asked.access);
        let alias =
            |name: &str| self.printed.expression_attribute_names.get(name).map_or(name, String::as_str).to_owned();
        let condition = match &self.printed.key_condition_expression {
            Some(text) => {
                Some(KeyCondition::read(text, alias, &filled.values).ok_or_else(|| CallError::NoValue(text.clone()))?)
            }
            None => None,
        };
        let rows = self.context.rows.of_table(path.table).iter();
        let mut found: Vec<(&Row, Attributes)> = rows
            .filter(|row| condition.as_ref().is_none_or(|condition| condition.holds(&row.item)))
            .filter_map(|row| Some((row, self.context.rows.entry(path, &row.item)?)))
            .collect();
        if !access.is_scan {
            found.sort_by(|(a, _), (b, _)| {
                let orders = path.sort.iter().filter_map(|key| compare(a.item.get(*key)?, b.item.get(*key)?));
                orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
            if self.printed.scan_index_forward == Some(false) {
                found.reverse();
            }
        }
        let range = Range {
            entries: found.iter().map(|(_, entry)| Size::of(entry)).collect(),
            items: found.iter().map(|(row, _)| Size::of(&row.item)).collect(),
            fetches: access.fetch.is_some() && !path.is_table() && !path.is_global(),
            projects: self.printed.projection_expression.is_some(),
            is_scan: access.is_scan,
            is_index: !path.is_table(),
            limit: self.printed.limit,
            most_pages: self.most_pages(),
            mode: self.mode(),
        };
        let pages = range.pages(|size| size.bytes, PageEnd::AfterCrossing);
        let read = pages.last().map_or(0, |page| page.end);
        expected.counts.pages += pages.len() as u64;
        expected.counts.evaluated += read as u64;
        expected.is_exact &= range.is_exact();
        let late: &[String] = access.fetch.as_ref().map_or(&[], |fetch| &fetch.filtered);
        let is_kept = |row: &Row| {
            access.filters.iter().filter(|filter| !late.contains(&filter.attribute)).all(|filter| {
                let operands = self.asked.operands(subject, texts, &filter.attribute, filter.condition);
                self.asked.is_kept(row.item.get(&filter.attribute), (&filter.attribute, filter.condition), &operands)
            })
        };
        found.truncate(read);
        found.retain(|(row, _)| is_kept(row));
        expected.counts.returned += found.len() as u64;
        let is_wanted = |row: &Row| self.asked.request.entities.contains(&row.entity);
        expected.unwanted += found.iter().filter(|(row, _)| !is_wanted(row)).count() as u64;
        expected.charge(self.context.design, path.id, Part::Range(range));
        Ok(found.into_iter().map(|(row, _)| row.item.clone()).collect())
    }

    /// Reads the items behind a global index's entries by their keys, where the plan says that the
    /// application has to.
    fn second_read(
        &self,
        returned: &[Attributes],
        found: &[Attributes],
        seen: &mut Counts,
        expected: &mut Expected,
    ) -> Result<(), CallError> {
        let path = self.asked.path;
        if !path.is_global() || self.asked.access.fetch.is_none() {
            return Ok(());
        }
        let Some(base) = self.context.design.base_path(path.table) else { return Ok(()) };
        for item in found {
            let part = Part::Item { size: Some(Size::of(item)), mode: self.mode(), sent: Sent::Batch };
            expected.charge(self.context.design, base.id, part);
        }
        let keys: Vec<Value> = returned
            .iter()
            .filter_map(|item| Some(item_to_json(&self.context.rows.key(path.table, item)?).into()))
            .collect();
        for keys in keys.chunks(BATCH_GET_ITEMS as usize) {
            let mut left = Some(json!({
                self.context.name_of(path.table): { "Keys": keys, "ConsistentRead": self.mode() == ReadMode::Strong }
            }));
            while let Some(items) = left.take() {
                let body = Map::from_iter([("RequestItems".to_owned(), items)]);
                let response = self.context.measured("BatchGetItem", body, false, seen)?;
                left = unprocessed(&response, "UnprocessedKeys");
            }
        }
        Ok(())
    }
}

/// What a batch left undone.
pub(super) fn unprocessed(response: &Value, name: &str) -> Option<Value> {
    response.get(name).filter(|left| left.as_object().is_some_and(|left| !left.is_empty())).cloned()
}
