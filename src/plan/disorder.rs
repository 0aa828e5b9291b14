//! Why a key does not give the order that is asked for although it holds the attribute, and what would
//! make it give that order.

use std::fmt;

/// What is in the way of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disorder {
    /// A number stands in text without leading zeros.
    Unpadded,
    /// Something else than a time is cut.
    NoTime,
    /// The key keeps only the beginning of a time.
    Cut {
        /// What it keeps.
        word: &'static str,
        /// The attribute.
        attribute: String,
    },
    /// Of two listed values, what follows in the key turns the order round.
    Longer {
        /// The value that the other begins with.
        value: String,
        /// The longer value.
        longer: String,
        /// What follows in the key.
        after: String,
    },
    /// Attributes are asked for in different directions.
    Directions {
        /// The attribute of the other direction.
        attribute: String,
    },
    /// Entities stand in the key one kind after the other.
    Kinds {
        /// One of them, with the beginning of its keys.
        one: String,
        /// The other.
        other: String,
        /// The attribute that is asked for first.
        attribute: String,
    },
}

impl Disorder {
    /// What would give the order, for an attribute that a key holds.
    pub fn remedy(&self, attribute: &str) -> String {
        match self {
            Self::Unpadded => format!(
                "pad `{attribute}` with zeros to a fixed width and say so (`padded: true` with `digits`): then the key gives the order"
            ),
            Self::NoTime | Self::Cut { .. } => format!(
                "write all of `{attribute}` into the key, `{{{attribute}}}` in place of the part that is cut: then the key gives the order"
            ),
            Self::Longer { value, longer, .. } => {
                let goes_on = longer.strip_prefix(value.as_str()).and_then(|rest| rest.chars().next());
                match goes_on.filter(|next| *next > '#') {
                    Some(_) => format!("write `#` after `{attribute}` in the key, which sorts before what `{longer}` goes on with"),
                    None => format!("choose values of `{attribute}` of which none begins another, as `{value}` does `{longer}`"),
                }
            }
            Self::Directions { .. } => {
                "ask for one direction throughout, or keep in the key a number that counts down (such as the largest possible value less the real one) for what is to run the other way".to_owned()
            }
            Self::Kinds { attribute, .. } => format!(
                "let the sort keys of both kinds begin alike up to `{attribute}`, and tell the kinds apart behind it; or make one query for each kind and merge them"
            ),
        }
    }
}

impl fmt::Display for Disorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpadded => {
                f.write_str("numbers inside text sort as text, so 10 comes before 9; pad them with zeros")
            }
            Self::NoTime => f.write_str("only an ISO-8601 time can be cut so that it sorts"),
            Self::Cut { word, attribute } => write!(f, "the key keeps only the {word} of `{attribute}`"),
            Self::Longer { value, longer, after } => {
                write!(f, "`{longer}` sorts before `{value}{after}`, though it comes after `{value}`")
            }
            Self::Directions { attribute } => {
                write!(f, "one query reads in one direction, and `{attribute}` asks for the other")
            }
            Self::Kinds { one, other, .. } => write!(f, "{one} and {other} stand in the key one kind after the other"),
        }
    }
}
