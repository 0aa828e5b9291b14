//! Names that a target's language allows, made from the model's; each is given out once.

use std::collections::BTreeSet;

/// The longest logical id that CloudFormation takes.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const LONGEST: usize = 255;

/// Room that is left for the number that tells two equal names apart.
const NUMBER: usize = 8;

/// The names that were given out.
#[derive(Debug, Default)]
pub(super) struct Identifiers(BTreeSet<String>);

impl Identifiers {
    /// A name that nothing else has: the wanted one, or that with a number.
    pub(super) fn claim(&mut self, wanted: &str) -> String {
        let wanted: String = wanted.chars().take(LONGEST - NUMBER).collect();
        let mut name = wanted.clone();
        let mut number = 2_usize;
        while !self.0.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }
}

/// Letters and digits only, each word beginning with a capital: `online-shop.orders` is
/// `OnlineShopOrders`. What begins with a digit, or has neither, gets a word before it.
pub(super) fn pascal(name: &str, before: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined: String = words.map(|word| in_case(word, char::to_ascii_uppercase)).collect();
    if joined.starts_with(|c: char| c.is_ascii_alphabetic()) { joined } else { format!("{before}{joined}") }
}

/// The same, beginning with a small letter: `onlineShopOrders`.
pub(super) fn camel(name: &str, before: &str) -> String {
    in_case(&pascal(name, before), char::to_ascii_lowercase)
}

/// A word with its first letter in another case.
fn in_case(word: &str, case: fn(&char) -> char) -> String {
    let mut letters = word.chars();
    letters.next().iter().map(case).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        let cases = [
            ("Orders", "Orders", "orders"),
            ("online-shop.orders", "OnlineShopOrders", "onlineShopOrders"),
            ("order_items", "OrderItems", "orderItems"),
            ("2024_events", "Table2024Events", "table2024Events"),
            ("---", "Table", "table"),
            ("", "Table", "table"),
        ];
        for (name, in_pascal, in_camel) in cases {
            assert_eq!((pascal(name, "Table").as_str(), camel(name, "Table").as_str()), (in_pascal, in_camel));
        }
    }

    #[test]
    fn a_name_is_given_out_once() {
        let mut names = Identifiers::default();
        let claimed = ["Orders", "Orders", "Orders2", "Orders"].map(|name| names.claim(name));
        assert_eq!(claimed, ["Orders", "Orders2", "Orders22", "Orders3"]);
        let long = "x".repeat(400);
        let (first, second) = (names.claim(&long), names.claim(&long));
        assert!(first.len() <= LONGEST && second.len() <= LONGEST && first != second);
    }
}
