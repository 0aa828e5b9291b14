//! The three types that a key attribute can have.

use std::fmt;

use super::AttributeType;

/// The type of a key attribute, as the service knows it.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeDefinition.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Text (`S`).
    String,
    /// A number (`N`).
    Number,
    /// Bytes (`B`).
    Binary,
}

impl KeyType {
    /// The letter that the service's interfaces use.
    pub fn letter(self) -> &'static str {
        match self {
            Self::String => "S",
            Self::Number => "N",
            Self::Binary => "B",
        }
    }

    /// The type of a letter.
    pub fn from_letter(letter: &str) -> Option<Self> {
        match letter {
            "S" => Some(Self::String),
            "N" => Some(Self::Number),
            "B" => Some(Self::Binary),
            _ => None,
        }
    }
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "text",
            Self::Number => "a number",
            Self::Binary => "a binary",
        })
    }
}

impl From<KeyType> for AttributeType {
    fn from(key: KeyType) -> Self {
        match key {
            KeyType::String => Self::String,
            KeyType::Number => Self::Number,
            KeyType::Binary => Self::Binary,
        }
    }
}

impl AttributeType {
    /// The letters by which the service knows the type.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html>
    pub fn letters(self) -> &'static str {
        match self {
            Self::Boolean => "BOOL",
            Self::Null => "NULL",
            Self::List => "L",
            Self::Map => "M",
            Self::StringSet => "SS",
            Self::NumberSet => "NS",
            Self::BinarySet => "BS",
            key => key.as_key().map_or("S", KeyType::letter),
        }
    }

    /// Whether its values are points in time, or days.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Timestamp | Self::Date | Self::Epoch | Self::EpochMs)
    }

    /// Whether its values are identifiers that are unique by the way they are made.
    pub fn is_identifier(self) -> bool {
        matches!(self, Self::Uuid | Self::Ulid | Self::Ksuid)
    }

    /// The type that a key attribute with such values has; nothing where they cannot be a key.
    pub fn as_key(self) -> Option<KeyType> {
        match self {
            Self::String | Self::Uuid | Self::Ulid | Self::Ksuid | Self::Timestamp | Self::Date => {
                Some(KeyType::String)
            }
            Self::Number | Self::Epoch | Self::EpochMs => Some(KeyType::Number),
            Self::Binary => Some(KeyType::Binary),
            Self::Boolean
            | Self::Null
            | Self::List
            | Self::Map
            | Self::StringSet
            | Self::NumberSet
            | Self::BinarySet => None,
        }
    }
}
