//! Key templates as sample rows show them: `c#12345` is `c#{c_id}`, and `SKU#999` in a row whose
//! `sku` is 999 is `SKU#{sku}`.

use indexmap::IndexSet;

use crate::IndexMap;

use super::samples::{Row, looks_like_time};

/// A key attribute, and what people call its parts, where a file says so.
pub(super) struct KeyColumn<'a> {
    /// The attribute's name.
    pub(super) name: String,
    /// Its name in a view of the table, such as `SubId#SKU`.
    pub(super) alias: Option<&'a str>,
}

/// What the rows of one kind of items show of their keys.
#[derive(Debug, Default)]
pub(super) struct Guess {
    /// Templates of the key attributes that are not an attribute of their own.
    pub(super) templates: IndexMap<String, String>,
    /// The attributes that were made up for parts of keys, with their values in the rows.
    pub(super) parts: IndexMap<String, Vec<String>>,
    /// What is doubtful, in sentences.
    pub(super) doubts: Vec<String>,
    /// Attributes that templates name.
    copied: IndexSet<String>,
    /// What other kinds of items call parts of their keys.
    habits: Habits,
}

/// Attributes that tell kinds of items apart; a key does not begin with their value by chance.
const KINDS: [&str; 9] =
    ["type", "_type", "entity", "entitytype", "entity_type", "itemtype", "item_type", "kind", "__typename"];

/// Whether an attribute's name says that it tells kinds of items apart.
pub(super) fn names_a_kind(name: &str) -> bool {
    KINDS.contains(&name.to_ascii_lowercase().as_str())
}

/// Names of parts of keys by the text before them, as the kinds of items that were read before call
/// them: `BOOK#` is followed by `isbn`.
pub(super) type Habits = IndexMap<String, String>;

/// Reads the templates of `columns` off `rows`, and adds their names to the habits.
pub(super) fn guess(rows: &[&Row], columns: &[KeyColumn<'_>], habits: &mut Habits) -> Guess {
    let mut guess = Guess { habits: habits.clone(), ..Guess::default() };
    for (own, column) in columns.iter().enumerate() {
        // What stands in another key's template stays an attribute.
        if guess.copied.contains(&column.name) {
            continue;
        }
        let values: Vec<Option<&str>> =
            rows.iter().map(|row| row.get(&column.name).and_then(|cell| cell.text.as_deref())).collect();
        let is_text = rows
            .iter()
            .filter_map(|row| row.get(&column.name))
            .all(|cell| cell.kind == crate::model::AttributeType::String && !cell.is_placeholder);
        if rows.is_empty() {
            // Without rows, an alias with braces is a template that somebody wrote.
            if let Some(alias) =
                column.alias.filter(|alias| is_template(alias) && **alias != format!("{{{}}}", column.name))
            {
                guess.templates.insert(column.name.clone(), alias.to_owned());
            }
            continue;
        }
        if !is_text || values.iter().all(Option::is_none) {
            continue;
        }
        read_column(&mut guess, rows, columns, own, &values);
    }
    for template in guess.templates.values() {
        if let Some((text, rest)) = template.split_once('{')
            && let Some((name, _)) = rest.split_once('}')
            && !text.is_empty()
            && !is_time(&guess, rows, name)
        {
            habits.entry(text.to_owned()).or_insert_with(|| name.to_owned());
        }
    }
    guess
}

/// Whether the values of an attribute, or of a part that was made up, are times.
fn is_time(guess: &Guess, rows: &[&Row], name: &str) -> bool {
    match guess.parts.get(name) {
        Some(values) => values.iter().any(|value| looks_like_time(value)),
        None => rows.iter().filter_map(|row| row.get(name)?.text.as_deref()).any(looks_like_time),
    }
}

fn is_template(text: &str) -> bool {
    let literal = crate::model::Literal::Text(text.to_owned());
    crate::design::Template::compile(&literal).is_ok_and(|template| !template.is_constant())
}

/// The values of one position in a key, row by row; nothing for rows that lack it or differ.
struct Position<'v> {
    values: Vec<Option<&'v str>>,
}

impl<'v> Position<'v> {
    fn some(&self) -> impl Iterator<Item = &'v str> {
        self.values.iter().flatten().copied()
    }

    /// The value that all rows share.
    fn constant(&self) -> Option<&'v str> {
        let mut all = self.some();
        let first = all.next()?;
        all.all(|value| value == first).then_some(first)
    }
}

fn read_column(guess: &mut Guess, rows: &[&Row], columns: &[KeyColumn<'_>], own: usize, values: &[Option<&str>]) {
    let Some(column) = columns.get(own) else { return };
    let delimiter = delimiter(values);
    let segments: Vec<Option<Vec<&str>>> =
        values.iter().map(|value| value.map(|text| split(text, delimiter))).collect();
    let count = usual_length(&segments);
    let other: Vec<&str> = values
        .iter()
        .zip(&segments)
        .filter(|(_, segments)| segments.as_ref().is_some_and(|segments| segments.len() != count))
        .filter_map(|(value, _)| *value)
        .collect();
    if let Some(first) = other.first() {
        let (number, total) = (other.len(), values.iter().flatten().count());
        guess.doubts.push(format!(
            "{number} of {total} sample values of `{}` have another shape than the others, such as `{first}`",
            column.name
        ));
    }
    let present = values.iter().flatten().count();
    let names = part_names(column, delimiter, count);
    let mut template = String::new();
    let mut label: Option<&str> = None;
    let mut is_plain = false;
    for index in 0..count {
        let position = Position {
            values: segments
                .iter()
                .map(|row| row.as_ref().filter(|row| row.len() == count).and_then(|row| row.get(index).copied()))
                .collect(),
        };
        if index > 0 {
            template.extend(delimiter);
        }
        if position.constant() == Some("") {
            continue;
        }
        let attribute = same_attribute(guess, rows, columns, (own, count == 1), &position);
        let fixed = position
            .constant()
            .filter(|text| is_fixed(text, index, count, present) && (count > 1 || is_generic(&column.name)));
        match (attribute, fixed) {
            (Some((name, differing)), fixed) if fixed.is_none() || !names_a_kind(name) => {
                if differing > 0 {
                    guess.doubts.push(format!(
                        "`{}` has the value of `{name}` in it, but not in {differing} of {present} sample rows",
                        column.name
                    ));
                }
                guess.copied.insert(name.to_owned());
                template.push_str(&format!("{{{name}}}"));
                label = None;
            }
            (_, Some(text)) => {
                template.push_str(text);
                label = Some(text);
            }
            _ if count == 1 && names.first().is_none_or(Option::is_none) => match letter_prefix(&position) {
                Some(prefix) if is_generic(&column.name) => {
                    let wanted = format!("{}_id", prefix.trim_end_matches(['-', '_']).to_lowercase());
                    let wanted = guess.habits.get(prefix).cloned().unwrap_or(wanted);
                    let numbers = position.values.iter().map(|value| value.and_then(|v| v.strip_prefix(prefix)));
                    let name = part(guess, rows, wanted, &Position { values: numbers.collect() });
                    template.push_str(&format!("{prefix}{{{name}}}"));
                }
                _ => is_plain = true,
            },
            _ => {
                let is_time = position.some().all(looks_like_time);
                let habit = guess.habits.get(&template).filter(|_| !is_time).cloned();
                let named = names.get(index).cloned().flatten().or(habit).or_else(|| named_by(label, &position));
                let name =
                    part(guess, rows, named.unwrap_or_else(|| format!("{}_{}", column.name, index + 1)), &position);
                template.push_str(&format!("{{{name}}}"));
                label = None;
            }
        }
    }
    // A value without any shape is an attribute of its own.
    if is_plain {
        return;
    }
    if values.iter().flatten().any(|value| value.contains(['{', '}'])) {
        guess.doubts.push(format!("values of `{}` have braces, which a template cannot have as text", column.name));
        return;
    }
    if present < rows.len() {
        guess.doubts.push(format!(
            "{present} of {} sample rows have `{}`; the template takes it to be on all items",
            rows.len(),
            column.name
        ));
    }
    guess.templates.insert(column.name.clone(), template);
}

fn split(text: &str, delimiter: Option<char>) -> Vec<&str> {
    delimiter.map_or_else(|| vec![text], |delimiter| text.split(delimiter).collect())
}

/// What stands between the parts of a key's values.
fn delimiter(values: &[Option<&str>]) -> Option<char> {
    let some = || values.iter().flatten();
    ['#', '|', '/'].into_iter().find(|delimiter| some().any(|value| value.contains(*delimiter))).or_else(|| {
        // Colons stand in times as well.
        let colon = |value: &&str| value.split_once(':').is_some_and(|(first, _)| is_label(first));
        some().all(colon).then_some(':').filter(|_| some().next().is_some())
    })
}

/// Whether a key attribute's name says nothing of its values: `PK`, `GSI1SK`, `sort_key`.
fn is_generic(name: &str) -> bool {
    let name = name.to_lowercase();
    ["pk", "sk", "hash", "range", "key"].iter().any(|word| name.ends_with(word) || name.starts_with(word))
}

/// The letters that all values share before a number: `C` of `C1` and `C17`.
fn letter_prefix<'v>(position: &Position<'v>) -> Option<&'v str> {
    let split = |value: &'v str| {
        let number = value.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_split = number.len() < value.len() && is_label(number);
        is_split.then_some(number)
    };
    let first = position.some().next().and_then(split)?;
    position.some().all(|value| split(value) == Some(first)).then_some(first)
}

/// The number of parts that most values have; of equally many, the first.
fn usual_length(segments: &[Option<Vec<&str>>]) -> usize {
    let mut counts: IndexMap<usize, usize> = IndexMap::default();
    for row in segments.iter().flatten() {
        *counts.entry(row.len()).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    counts.into_iter().find(|(_, times)| *times == most).map_or(1, |(length, _)| length)
}

/// Names of the parts from the alias or the attribute's own name, `State#Date`.
fn part_names(column: &KeyColumn<'_>, delimiter: Option<char>, count: usize) -> Vec<Option<String>> {
    let names = |text: &str| -> Option<Vec<Option<String>>> {
        let parts = split(text, delimiter);
        (parts.len() == count).then(|| parts.into_iter().map(name_in).collect())
    };
    let alias = column.alias.filter(|alias| *alias != column.name).and_then(names);
    alias.or_else(|| if count > 1 { names(&column.name) } else { None }).unwrap_or_default()
}

/// A part of an alias as a name: `playerID`, `<email>`.
fn name_in(part: &str) -> Option<String> {
    let name = part.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    is_name.then(|| name.to_owned())
}

/// Letters only, as the names of kinds in keys are.
pub(super) fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphabetic() || c == '_' || c == '-')
}

/// Whether a text that all rows share belongs to the template. With few rows a value can be the
/// same by chance: `PROFILE` is no such value, `alice` at the end of a key may be one.
fn is_fixed(text: &str, index: usize, count: usize, rows: usize) -> bool {
    let is_upper = !text.chars().any(char::is_lowercase);
    is_label(text) && (is_upper || (count > 1 && (index + 1 < count || rows > 1)))
}

/// The attribute that has the value of a part in every row, or in most of them: then in how many
/// it has not.
fn same_attribute<'r>(
    guess: &Guess,
    rows: &[&'r Row],
    columns: &[KeyColumn<'_>],
    (index, is_whole): (usize, bool),
    position: &Position<'_>,
) -> Option<(&'r str, usize)> {
    // Single short values agree by chance.
    if position.constant().is_some_and(|value| value.len() < 3) {
        return None;
    }
    let with: Vec<(&'r Row, &str)> =
        rows.iter().zip(&position.values).filter_map(|(row, value)| Some((*row, (*value)?))).collect();
    let (first, _) = with.first()?;
    let differing = |name: &str| {
        let is_same =
            |(row, value): &&(&Row, &str)| row.get(name).is_some_and(|cell| cell.text.as_deref() == Some(*value));
        with.len() - with.iter().filter(is_same).count()
    };
    let names = first.keys().map(String::as_str).filter(|name| {
        let is_open = match columns.iter().position(|column| column.name == *name) {
            // Two keys that are equal: the later one is a copy.
            Some(place) => place != index && (place < index || !is_whole) && !guess.templates.contains_key(*name),
            None => true,
        };
        is_open && !name.contains(['{', '}', ':'])
    });
    let (name, differing) = names.map(|name| (name, differing(name))).min_by_key(|(_, differing)| *differing)?;
    (differing * 4 <= with.len()).then_some((name, differing))
}

/// A name from the text before a part: `USER#` gives `user_id`, and `user_at` where it is a time.
fn named_by(label: Option<&str>, position: &Position<'_>) -> Option<String> {
    let label = label?.to_lowercase().replace('-', "_");
    let end = if position.some().all(looks_like_time) { "_at" } else { "_id" };
    Some(if label.ends_with(end) || label == "id" { label } else { format!("{label}{end}") })
}

/// The attribute for a part: one that was made up before and has the same values, or a new one.
fn part(guess: &mut Guess, rows: &[&Row], wanted: String, position: &Position<'_>) -> String {
    let values: Vec<String> = position.values.iter().map(|value| value.unwrap_or_default().to_owned()).collect();
    // A row that lacks one of the two keys says nothing.
    let agree = |(one, other): (&String, &String)| one.is_empty() || other.is_empty() || one == other;
    let is_taken = |name: &str, guess: &Guess| match guess.parts.get(name) {
        Some(before) => !before.iter().zip(&values).all(agree),
        None => rows.iter().any(|row| row.contains_key(name)),
    };
    // Values that are equal in rows that differ are one attribute.
    let differ = position.constant().is_none();
    if differ && let Some((name, _)) = guess.parts.iter().find(|(_, before)| **before == values) {
        return name.clone();
    }
    let wanted = wanted.replace(['{', '}', ':'], "_");
    let mut name = wanted.clone();
    let mut number = 2_usize;
    while is_taken(&name, guess) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    guess.parts.entry(name.clone()).or_insert(values);
    name
}
