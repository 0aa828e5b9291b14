//! Fingerprints: what tells a finding from others, whatever line it stands on.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::check::CheckedFile;
use crate::lint::Finding;
use crate::source::Step;

/// A finding's identity within its file: its rule, its path in the model, and the names that its
/// message quotes.
///
/// Lines, positions in lists and numbers are no part of it, so it stays when the text is formatted
/// anew, when things are moved about, and when a number in the message grows. Findings that are
/// alike in all of this share a fingerprint and are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The one before all others.
    pub(super) const FIRST: Self = Self(0);

    /// The fingerprint of a finding.
    pub fn of(finding: &Finding) -> Self {
        let mut hash = Fnv::default();
        hash.part(finding.rule);
        for step in &finding.place.path.0 {
            match step {
                Step::Key(key) => hash.part(key),
                Step::Index(_) => hash.part("[]"),
            }
        }
        hash.part("");
        // What stands between a pair of backticks is a name; the rest is words and numbers.
        for name in finding.message.split('`').skip(1).step_by(2) {
            hash.part(name);
        }
        Self(hash.0)
    }

    /// The same in one file of several, for programs that want one that occurs only once: with how
    /// many findings like it stand before it.
    pub fn within(self, file: &str, occurrence: usize) -> Self {
        let mut hash = Fnv(self.0);
        hash.part(file);
        if occurrence > 0 {
            hash.part(&occurrence.to_string());
        }
        Self(hash.0)
    }

    /// The fingerprint of something that is no finding of a rule.
    pub fn of_words(words: &[&str]) -> Self {
        let mut hash = Fnv::default();
        for word in words {
            hash.part(word);
        }
        Self(hash.0)
    }
}

/// The fingerprints of a file's findings, in their order, each with how many like it stand before.
pub fn fingerprints(file: &CheckedFile) -> Vec<(Fingerprint, usize)> {
    let mut seen: BTreeMap<Fingerprint, usize> = BTreeMap::new();
    file.findings
        .iter()
        .map(|located| {
            let fingerprint = Fingerprint::of(&located.finding);
            let count = seen.entry(fingerprint).or_default();
            *count += 1;
            (fingerprint, *count - 1)
        })
        .collect()
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u64::from_str_radix(text, 16).ok().filter(|_| is_hex);
        number.map(Self).ok_or_else(|| format!("`{text}` is no fingerprint (16 hexadecimal digits)"))
    }
}

/// FNV-1a: the same on every machine and in every version, which std's hasher does not promise.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes in a text, with its end.
    fn part(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Place;
    use crate::source::ModelPath;

    fn of(path: ModelPath, message: &str) -> Fingerprint {
        Fingerprint::of(&Finding::new(Place::value(path), message))
    }

    #[test]
    fn numbers_and_positions_are_no_part_of_it() {
        let path = || ModelPath::of(["access_patterns", "p", "actions"]);
        let first = of(path().index(0), "`p` reads 12 items of 1.5 KB from `T`");
        assert_eq!(first, of(path().index(3), "`p` reads 1 item of 2 MB from `T`"));
        assert_ne!(first, of(path(), "`p` reads 12 items of 1.5 KB from `T`"));
        assert_ne!(first, of(path().index(0), "`p` reads 12 items of 1.5 KB from `U`"));
        assert_eq!(first.to_string().parse(), Ok(first));
        assert_ne!(first.within("a", 0), first.within("a", 1));
        assert!("12".parse::<Fingerprint>().is_err() && "+123456789abcdef".parse::<Fingerprint>().is_err());
    }
}
