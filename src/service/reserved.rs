//! The words that an expression must not use as bare attribute names.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>

use std::collections::HashSet;
use std::sync::OnceLock;

/// Whether a name is one of the 573 reserved words, in any case of letters. An item may have such
/// an attribute; only its unaliased use in an expression is rejected.
pub fn is_reserved(name: &str) -> bool {
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| include_str!("reserved_words.txt").split_whitespace().collect());
    words.contains(name.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_published_one() {
        assert_eq!(include_str!("reserved_words.txt").split_whitespace().count(), 573);
        assert!(is_reserved("status") && is_reserved("Name") && is_reserved("STATE"));
        assert!(!is_reserved("metadata") && !is_reserved("customer_id"));
    }
}
