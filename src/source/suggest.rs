//! "Did you mean": the name that was probably meant.

/// What people write, by the names of the service, its SDKs or habit, and the word of the model
/// format for it. Kept sorted by the first column, in lower case without `_`, `-` and spaces.
const SYNONYMS: &[(&str, &str)] = &[
    ("!=", "not_equals"),
    ("<", "less_than"),
    ("<=", "at_most"),
    ("<>", "not_equals"),
    ("=", "equals"),
    ("==", "equals"),
    (">", "greater_than"),
    (">=", "at_least"),
    ("after", "greater_than"),
    ("any", "in"),
    ("array", "list"),
    ("attributeexists", "exists"),
    ("attributenotexists", "missing"),
    ("b", "binary"),
    ("batchgetitem", "batch_get"),
    ("batchwriteitem", "batch_write"),
    ("before", "less_than"),
    ("beginswith", "begins_with"),
    ("billingmode", "billing"),
    ("bool", "boolean"),
    ("cardinality", "distinct"),
    ("conditioncheck", "condition_check"),
    ("count", "items"),
    ("datetime", "timestamp"),
    ("decimal", "number"),
    ("deleteitem", "delete"),
    ("double", "number"),
    ("enum", "values"),
    ("eq", "equals"),
    ("filter", "where"),
    ("float", "number"),
    ("ge", "at_least"),
    ("getitem", "get"),
    ("globalsecondaryindex", "global_indexes"),
    ("globalsecondaryindexes", "global_indexes"),
    ("gsi", "global_indexes"),
    ("gsis", "global_indexes"),
    ("gt", "greater_than"),
    ("gte", "at_least"),
    ("guid", "uuid"),
    ("hashkey", "partition_key"),
    ("include", "projection"),
    ("index", "via"),
    ("indexname", "via"),
    ("int", "number"),
    ("integer", "number"),
    ("is", "equals"),
    ("iso8601", "timestamp"),
    ("items", "actions"),
    ("json", "map"),
    ("le", "at_most"),
    ("length", "size"),
    ("localsecondaryindex", "local_indexes"),
    ("localsecondaryindexes", "local_indexes"),
    ("long", "number"),
    ("lsi", "local_indexes"),
    ("lsis", "local_indexes"),
    ("lt", "less_than"),
    ("lte", "at_most"),
    ("n", "number"),
    ("ne", "not_equals"),
    ("neq", "not_equals"),
    ("notequals", "not_equals"),
    ("object", "map"),
    ("patterns", "access_patterns"),
    ("payperrequest", "on_demand"),
    ("pitr", "point_in_time_recovery"),
    ("pk", "partition_key"),
    ("putitem", "put"),
    ("rangekey", "sort_key"),
    ("s", "string"),
    ("sk", "sort_key"),
    ("standardia", "standard_infrequent_access"),
    ("startswith", "begins_with"),
    ("text", "string"),
    ("transactgetitems", "transact_get"),
    ("transaction", "transact_write"),
    ("transactwriteitems", "transact_write"),
    ("ttl", "time_to_live"),
    ("unixtime", "epoch"),
    ("updateitem", "update"),
];

fn folded(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Comparing more names than this for one slip would take longer than it helps.
const MOST_NAMES: usize = 1_000;

/// Longer words than this are not typed by hand.
const LONGEST_NAME: usize = 100;

/// The name of `names` nearest to a word, if one is near enough to have been meant.
pub fn nearest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = folded(word);
    let mut best: Option<(f64, &'n str)> = None;
    for name in names.into_iter().take(MOST_NAMES) {
        // Names of very different lengths are not slips of each other, unless one goes on from the other.
        let differ = name.len().abs_diff(word.len());
        let unlike = differ > word.len() / 2 + 4 && !name.starts_with(word) && !word.starts_with(name);
        if name == word || unlike || name.len() > LONGEST_NAME || word.len() > LONGEST_NAME {
            continue;
        }
        let candidate = folded(name);
        let score = if candidate == wanted {
            1.0
        } else {
            let longest = wanted.chars().count().max(candidate.chars().count());
            let distance = strsim::damerau_levenshtein(&wanted, &candidate);
            // One slip in four letters is a slip; more is another word, unless one goes on from the other.
            let shortest = wanted.chars().count().min(candidate.chars().count());
            let goes_on = shortest >= 4 && (candidate.starts_with(&wanted) || wanted.starts_with(&candidate));
            if longest < 3 || (distance * 4 > longest + 2 && !goes_on) {
                continue;
            }
            0.99 - distance as f64 / (longest as f64 + 1.0)
        };
        if best.is_none_or(|(top, _)| score > top) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The word of a closed vocabulary that was meant: by likeness, or by another name for it.
pub fn word_for<'n>(word: &str, vocabulary: &[&'n str]) -> Option<&'n str> {
    let key = folded(word);
    let synonym = SYNONYMS.iter().find(|(known, _)| *known == key).map(|(_, meant)| *meant);
    synonym
        .and_then(|meant| vocabulary.iter().copied().find(|name| *name == meant))
        .or_else(|| nearest(word, vocabulary.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let names = ["customer_id", "placed_at", "status"];
        assert_eq!(nearest("custmer_id", names), Some("customer_id"));
        assert_eq!(nearest("customerId", names), Some("customer_id"));
        assert_eq!(nearest("total", names), None);
        assert_eq!(word_for("GetItem", &["get", "query"]), Some("get"));
        assert_eq!(word_for(">=", &["at_least", "at_most"]), Some("at_least"));
    }
}
