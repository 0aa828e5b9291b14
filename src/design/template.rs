//! Key templates: how an entity makes the value of a key attribute from its own attributes.

use std::fmt;
use std::sync::Arc;

use crate::model::Literal;

/// A compiled template such as `ORDER#{placed_at}#{order_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Template {
    /// Its parts, from left to right; texts are never empty and never adjacent.
    pub parts: Arc<[Part]>,
    /// Whether the value is a number literal, so that the key attribute is a number.
    pub is_number: bool,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Text that every value has.
    Text(Arc<str>),
    /// The value of an attribute, or a time cut short.
    Attribute {
        /// The attribute's name.
        name: Arc<str>,
        /// Where a time is cut.
        cut: Option<Cut>,
    },
}

/// How much of a time a template keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cut {
    /// `2026`
    Year,
    /// `2026-03`
    Month,
    /// `2026-03-01`
    Date,
    /// `2026-03-01T12`
    Hour,
    /// `2026-03-01T12:00`
    Minute,
}

impl Cut {
    /// The word for it in a template.
    pub fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Date => "date",
            Self::Hour => "hour",
            Self::Minute => "minute",
        }
    }

    /// Characters of an ISO-8601 time that it keeps.
    pub fn length(self) -> usize {
        match self {
            Self::Year => 4,
            Self::Month => 7,
            Self::Date => 10,
            Self::Hour => 13,
            Self::Minute => 16,
        }
    }

    /// Seconds of one bucket; a month counts 30 days and a year 365.
    pub fn seconds(self) -> u32 {
        match self {
            Self::Year => 31_536_000,
            Self::Month => 2_592_000,
            Self::Date => 86_400,
            Self::Hour => 3_600,
            Self::Minute => 60,
        }
    }

    /// The cut of a word in a template.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "year" => Self::Year,
            "month" => Self::Month,
            "date" | "day" => Self::Date,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            _ => return None,
        })
    }
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace has no partner.
    #[error("a brace has no partner")]
    UnbalancedBrace,
    /// `{}` names nothing.
    #[error("`{{}}` names no attribute")]
    EmptyName,
    /// The word after the colon is no cut.
    #[error("`{0}` does not cut a time; write `year`, `month`, `date`, `hour` or `minute`")]
    UnknownCut(String),
    /// A key cannot be a boolean.
    #[error("a key cannot be true or false; quote it to make it text")]
    Boolean,
    /// A key cannot be empty.
    #[error("a key value cannot be empty")]
    Empty,
}

impl Template {
    /// The template of a natural key: the attribute itself.
    pub fn attribute(name: &str) -> Self {
        Self { parts: [Part::Attribute { name: name.into(), cut: None }].into(), is_number: false }
    }

    /// The template of a value that is the same for every item.
    pub fn fixed(text: &str) -> Self {
        Self { parts: [Part::Text(text.into())].into(), is_number: false }
    }

    /// Compiles a template.
    ///
    /// # Errors
    /// A brace without a partner, an unknown cut, an empty or boolean value.
    pub fn compile(literal: &Literal) -> Result<Self, TemplateError> {
        let text = match literal {
            Literal::Boolean(_) => return Err(TemplateError::Boolean),
            Literal::Number(digits) => {
                return Ok(Self { parts: [Part::Text(digits.as_str().into())].into(), is_number: true });
            }
            Literal::Text(text) if text.is_empty() => return Err(TemplateError::Empty),
            Literal::Text(text) => text,
        };
        let mut parts = Vec::new();
        let mut rest = text.as_str();
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(brace);
            if !before.is_empty() {
                parts.push(Part::Text(before.into()));
            }
            let inside = from.strip_prefix('{').ok_or(TemplateError::UnbalancedBrace)?;
            let (name, after) = inside.split_once('}').ok_or(TemplateError::UnbalancedBrace)?;
            parts.push(Self::variable(name.trim())?);
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Ok(Self { parts: parts.into(), is_number: false })
    }

    fn variable(inside: &str) -> Result<Part, TemplateError> {
        let (name, cut) = match inside.split_once(':') {
            Some((name, word)) => {
                let cut =
                    Cut::from_word(word.trim()).ok_or_else(|| TemplateError::UnknownCut(word.trim().to_owned()))?;
                (name.trim(), Some(cut))
            }
            None => (inside, None),
        };
        if name.is_empty() {
            return Err(TemplateError::EmptyName);
        }
        if name.contains('{') {
            return Err(TemplateError::UnbalancedBrace);
        }
        Ok(Part::Attribute { name: name.into(), cut })
    }

    /// The names of the attributes, from left to right.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Attribute { name, .. } => Some(&**name),
            Part::Text(_) => None,
        })
    }

    /// Whether an attribute is a part of it.
    pub fn uses(&self, attribute: &str) -> bool {
        self.attributes().any(|name| name == attribute)
    }

    /// The text before the first attribute.
    pub fn leading_text(&self) -> &str {
        match self.parts.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether every item gets the same value.
    pub fn is_constant(&self) -> bool {
        self.attributes().next().is_none()
    }

    /// The attribute that the value is a plain copy of.
    pub fn copied(&self) -> Option<&str> {
        match &*self.parts {
            [Part::Attribute { name, cut: None }] => Some(name),
            _ => None,
        }
    }
}

impl Part {
    /// The text of several parts in a row.
    pub fn join(parts: &[Self]) -> String {
        parts.iter().map(Self::to_string).collect()
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts.iter() {
            part.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Attribute { name, cut: None } => write!(f, "{{{name}}}"),
            Self::Attribute { name, cut: Some(cut) } => write!(f, "{{{name}:{}}}", cut.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compile(text: &str) -> Result<Template, TemplateError> {
        Template::compile(&Literal::Text(text.to_owned()))
    }

    #[test]
    fn templates_read_back_as_written() {
        for text in ["ORDER#{placed_at}#{order_id}", "PROFILE", "{a}{b}", "{placed_at:month}#x"] {
            assert_eq!(compile(text).map(|t| t.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn broken_templates_say_why() {
        assert_eq!(compile("A#{b"), Err(TemplateError::UnbalancedBrace));
        assert_eq!(compile("A#b}"), Err(TemplateError::UnbalancedBrace));
        assert_eq!(compile("{}"), Err(TemplateError::EmptyName));
        assert_eq!(compile("{t:fortnight}"), Err(TemplateError::UnknownCut("fortnight".into())));
        assert_eq!(compile(""), Err(TemplateError::Empty));
    }
}
