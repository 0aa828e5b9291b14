//! Condition expressions: comparisons that are joined by AND.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>

use crate::model::Operator;

/// One comparison of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// The attribute, or its placeholder.
    pub(super) attribute: String,
    /// The comparison.
    pub(super) operator: Operator,
    /// The placeholders of its values.
    pub(super) values: Vec<String>,
}

/// The comparisons of an expression; nothing where it has OR, NOT or anything else than
/// comparisons of an attribute with values.
pub(super) fn comparisons(text: &str) -> Option<Vec<Comparison>> {
    let words = words(text);
    let mut parser = Parser { words: &words, at: 0 };
    let mut found = Vec::new();
    loop {
        // Brackets around all of it or around one comparison say nothing.
        let mut brackets = 0_usize;
        while parser.take_if("(") {
            brackets += 1;
        }
        found.push(parser.comparison()?);
        for _ in 0..brackets {
            if !parser.take_if(")") {
                return None;
            }
        }
        if parser.at == words.len() {
            return Some(found);
        }
        if !parser.take_if("AND") {
            return None;
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | ':' | '.' | '-' | '[' | ']');
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if ["<=", ">=", "<>"].iter().any(|sign| rest.starts_with(sign)) {
            2
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

struct Parser<'w> {
    words: &'w [String],
    at: usize,
}

impl Parser<'_> {
    fn take(&mut self) -> Option<String> {
        let word = self.words.get(self.at)?.clone();
        self.at += 1;
        Some(word)
    }

    fn take_if(&mut self, word: &str) -> bool {
        let is_it = self.words.get(self.at).is_some_and(|found| found.eq_ignore_ascii_case(word));
        self.at += usize::from(is_it);
        is_it
    }

    fn value(&mut self) -> Option<String> {
        self.take().filter(|word| word.starts_with(':'))
    }

    fn name(&mut self) -> Option<String> {
        let starts_name = |word: &String| word.starts_with(|c: char| c.is_alphabetic() || c == '#' || c == '_');
        self.take().filter(starts_name)
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let first = self.name()?;
        let function = match first.to_ascii_lowercase().as_str() {
            "begins_with" => Some((Operator::BeginsWith, true)),
            "contains" => Some((Operator::Contains, true)),
            "attribute_exists" => Some((Operator::Exists, false)),
            "attribute_not_exists" => Some((Operator::Missing, false)),
            _ => None,
        };
        if let Some((operator, has_value)) = function
            && self.take_if("(")
        {
            let attribute = self.name()?;
            let mut values = Vec::new();
            if has_value {
                self.take_if(",").then_some(())?;
                values.push(self.value()?);
            }
            self.take_if(")").then_some(())?;
            return Some(Comparison { attribute, operator, values });
        }
        if self.take_if("BETWEEN") {
            let low = self.value()?;
            self.take_if("AND").then_some(())?;
            let high = self.value()?;
            return Some(Comparison { attribute: first, operator: Operator::Between, values: vec![low, high] });
        }
        if self.take_if("IN") {
            self.take_if("(").then_some(())?;
            let mut values = vec![self.value()?];
            while self.take_if(",") {
                values.push(self.value()?);
            }
            self.take_if(")").then_some(())?;
            return Some(Comparison { attribute: first, operator: Operator::In, values });
        }
        let operator = match self.take()?.as_str() {
            "=" => Operator::Equals,
            "<>" => Operator::NotEquals,
            "<" => Operator::LessThan,
            "<=" => Operator::AtMost,
            ">" => Operator::GreaterThan,
            ">=" => Operator::AtLeast,
            _ => return None,
        };
        Some(Comparison { attribute: first, operator, values: vec![self.value()?] })
    }
}

/// The attributes that an update sets, removes and adds to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Update {
    /// In `SET`, `ADD` and `DELETE`.
    pub(super) sets: Vec<String>,
    /// In `REMOVE`.
    pub(super) removes: Vec<String>,
}

/// Reads an update expression: the name at the start of each part.
pub(super) fn update(text: &str) -> Update {
    let mut update = Update::default();
    let (mut clause, mut depth, mut is_start) = (String::new(), 0_usize, false);
    for word in words(text) {
        match word.to_ascii_uppercase().as_str() {
            "SET" | "REMOVE" | "ADD" | "DELETE" => {
                clause = word.to_ascii_uppercase();
                is_start = true;
            }
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 0 => is_start = true,
            _ if is_start => {
                is_start = false;
                // A part of a map is a change of the map.
                let name = word.split(['.', '[']).next().unwrap_or_default().to_owned();
                let list = if clause == "REMOVE" { &mut update.removes } else { &mut update.sets };
                if !list.contains(&name) {
                    list.push(name);
                }
            }
            _ => {}
        }
    }
    update
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Vec<(String, Operator, usize)>> {
        let all = comparisons(text)?;
        Some(all.into_iter().map(|c| (c.attribute, c.operator, c.values.len())).collect())
    }

    #[test]
    fn comparisons_are_read_and_or_is_not() {
        assert_eq!(
            read("#pk = :a AND begins_with(sk, :b) and (#n BETWEEN :c AND :d)"),
            Some(vec![
                ("#pk".to_owned(), Operator::Equals, 1),
                ("sk".to_owned(), Operator::BeginsWith, 1),
                ("#n".to_owned(), Operator::Between, 2)
            ])
        );
        assert_eq!(read("#s IN (:a, :b) AND attribute_exists(x)").map(|all| all.len()), Some(2));
        for text in ["", "a = :b OR c = :d", "NOT a = :b", "a", "a =", "size(a) > :b", "(a = :b", "a = :b AND"] {
            assert_eq!(comparisons(text), None, "{text}");
        }
    }

    #[test]
    fn updates_name_what_they_change() {
        let read = update("SET #a = if_not_exists(b, :c), d.e = :f REMOVE g, h[0] ADD i :one");
        assert_eq!(
            (read.sets, read.removes),
            (vec!["#a".into(), "d".into(), "i".into()], vec!["g".into(), "h".into()])
        );
    }
}
