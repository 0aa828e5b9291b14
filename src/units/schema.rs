//! How quantities appear in files: decoding, encoding and JSON Schema, one implementation for all.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Bytes, Count, Duration, Hottest, Money, Portion, QuantityError, Rate, Share};

/// The schema keyword that names the kind of a quantity; the shape check reads it to test the
/// text with the very code that decodes it.
pub const QUANTITY_KEYWORD: &str = "x-keyplan-quantity";

/// Reads text and numbers alike, through the type's `FromStr`.
struct Text<T>(std::marker::PhantomData<T>);

impl<T: FromStr<Err = QuantityError>> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! quantities {
    ($($type:ident, $kind:literal, $types:tt, $pattern:literal, [$($example:literal),+], $describe:literal;)+) => {
        /// Tests a scalar's text against the kind that a schema names with [`QUANTITY_KEYWORD`].
        ///
        /// # Errors
        /// The message of the failed reading; an unknown kind is accepted.
        pub fn check_quantity(kind: &str, text: &str) -> Result<(), QuantityError> {
            match kind {
                $($kind => text.parse::<$type>().map(|_| ()),)+
                _ => Ok(()),
            }
        }

        $(
            impl<'de> Deserialize<'de> for $type {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    deserializer.deserialize_any(Text(std::marker::PhantomData))
                }
            }

            impl Serialize for $type {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    // What is written into files is without separators of thousands.
                    let text = self.to_string().replace(',', "");
                    match text.parse::<u64>() {
                        Ok(number) => serializer.serialize_u64(number),
                        Err(_) => serializer.serialize_str(&text),
                    }
                }
            }

            impl JsonSchema for $type {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($type).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({
                        "type": $types,
                        "pattern": $pattern,
                        "minimum": 0,
                        "description": $describe,
                        "examples": [$($example),+],
                        (QUANTITY_KEYWORD): $kind,
                    })
                }
            }
        )+
    };
}

quantities! {
    Bytes, "bytes", ["integer", "number", "string"], r"^[0-9.][0-9._,]*(e[0-9]+)? *([kKmMgGtT]?[iI]?[bB]?|bytes?)$", ["850", "1.5 KB", "60 KB"],
        "A size in bytes; `KB` and `MB` count in 1024s.";
    Count, "count", ["integer", "number", "string"], r"^[0-9.][0-9._,]*(e[0-9]+)? *(k|K|M|m|B|G|T|bn|thousand|million|billion|trillion)?$", ["1200", "80k", "2M"],
        "A number of things, such as `1200`, `80k` or `2M`.";
    Share, "share", ["string"], r"^[0-9.][0-9.]* *%$", ["5%", "0.5%", "70%"],
        "A part of the whole, written with its percent sign.";
    Portion, "portion", ["integer", "number", "string"], r"^[0-9.][0-9._,]*(e[0-9]+)? *(%|k|K|M|m|B|G|T|bn|thousand|million|billion|trillion)?$", ["10%", "3"],
        "With `%` a share of the items, without it a number of items.";
    Rate, "rate", ["string"], r"^[0-9.][0-9._,]*(e[0-9]+)? *(k|K|M|m|B|G|T|bn|thousand|million|billion|trillion)? *((/|per ) *[A-Za-z]+|[rtq]ps)$", ["120/s", "30/min", "5M/day"],
        "So many in a period, such as `120/s`, `30/min` or `5M/day`.";
    Duration, "duration", ["string"], r"^[0-9.][0-9._,]* *[A-Za-z]+$", ["7d", "24h", "2y"],
        "A length of time, such as `24h`, `30d` or `2y`.";
    Money, "money", ["string"], r"^(\$ *[0-9.][0-9._,]*[kKM]?( *USD)?|[0-9.][0-9._,]* *[kKM]? *USD)$", ["900 USD"],
        "US dollars, such as `900 USD`.";
    Hottest, "hottest", ["string"], r"^[0-9.][0-9._,]* *(k|K|M|m|B|G|T)? *(%|(/|per ) *[A-Za-z]+|[rtq]ps)$", ["2%", "40/s"],
        "Traffic on the busiest key value: a share of the peak (`2%`) or a rate (`40/s`).";
}
