//! Key templates as languages: which strings a template can make, and whether two of them can
//! make the same one, or one the beginning of the other.
//!
//! A plain `string` attribute is taken not to hold the delimiters of its table's templates (the
//! characters beside attributes, such as `#`); that is the convention which lets such keys be told
//! apart at all. Formats (`uuid`, `ulid`, `timestamp`, …) have their own alphabet and length, and
//! listed `values` are exactly these.

use super::template::{Cut, Part, Template};
use crate::model::{Attribute, AttributeType};

/// A set of bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Alphabet([u64; 4]);

impl Alphabet {
    /// Every byte.
    const ANY: Self = Self([u64::MAX; 4]);

    const DIGITS: Self = Self::of(b"0123456789");
    const NUMBER: Self = Self::of(b"0123456789-.+eE");
    const ULID_START: Self = Self::of(b"01234567");
    const HEXADECIMAL: Self = Self::of(b"0123456789abcdefABCDEF-");
    const ALPHANUMERIC: Self = Self::of(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    #[allow(clippy::indexing_slicing)] // a constant function knows no iterators; the bounds are its own
    const fn of(bytes: &[u8]) -> Self {
        let mut set = [0_u64; 4];
        let mut index = 0;
        while index < bytes.len() {
            set[(bytes[index] >> 6) as usize] |= 1 << (bytes[index] & 63);
            index += 1;
        }
        Self(set)
    }

    fn without(self, bytes: &[u8]) -> Self {
        let Self(mut set) = self;
        let Self(remove) = Self::of(bytes);
        for (word, remove) in set.iter_mut().zip(remove) {
            *word &= !remove;
        }
        Self(set)
    }

    fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).any(|(a, b)| a & b != 0)
    }

    fn lowest(self) -> Option<u32> {
        (0_u32..).zip(self.0).find(|(_, bits)| *bits != 0).map(|(word, bits)| word * 64 + bits.trailing_zeros())
    }

    fn highest(self) -> Option<u32> {
        let last = (0_u32..).zip(self.0).filter(|(_, bits)| *bits != 0).last();
        last.map(|(word, bits)| word * 64 + 63 - bits.leading_zeros())
    }
}

/// One position of a string: a byte of the alphabet, once or any number of times.
#[derive(Clone, Copy)]
struct Token {
    alphabet: Alphabet,
    repeats: bool,
}

/// The strings that a template can make, as alternatives of token sequences.
#[derive(Clone)]
pub struct Language(Vec<Vec<Token>>);

/// Alternatives of listed values beyond this number are treated as free text.
const MOST_ALTERNATIVES: usize = 64;

/// Twice the bytes of the longest key.
const MOST_TOKENS: usize = 4_096;

/// The delimiters of a set of templates: the punctuation that stands beside attributes.
pub fn delimiters<'t>(templates: impl IntoIterator<Item = &'t Template>) -> Vec<u8> {
    let mut found: Vec<u8> = Vec::new();
    for template in templates {
        let has_attribute = !template.is_constant();
        for part in template.parts.iter() {
            let Part::Text(text) = part else { continue };
            let ends = [text.bytes().next(), text.bytes().last()];
            for byte in ends.into_iter().flatten() {
                if has_attribute
                    && byte.is_ascii_punctuation()
                    && !matches!(byte, b'_' | b'-')
                    && !found.contains(&byte)
                {
                    found.push(byte);
                }
            }
        }
    }
    found.sort_unstable();
    found
}

impl Language {
    /// The strings of a template, given what is known of the attributes.
    pub fn of<'a>(template: &Template, attribute: impl Fn(&str) -> Option<&'a Attribute>, delimiters: &[u8]) -> Self {
        let mut language = Self(vec![Vec::new()]);
        for part in template.parts.iter() {
            match part {
                Part::Text(text) => language.append(&[once(text.bytes())]),
                Part::Attribute { name, cut } => language.append(&value_tokens(attribute(name), *cut, delimiters)),
            }
        }
        language
    }

    /// All strings.
    pub fn anything() -> Self {
        Self(vec![vec![Token { alphabet: Alphabet::ANY, repeats: true }]])
    }

    /// The strings that begin with one of these.
    pub fn and_more(mut self) -> Self {
        for sequence in &mut self.0 {
            sequence.push(Token { alphabet: Alphabet::ANY, repeats: true });
        }
        self
    }

    fn append(&mut self, alternatives: &[Vec<Token>]) {
        if self.0.len().saturating_mul(alternatives.len()) > MOST_ALTERNATIVES {
            let any =
                [Token { alphabet: Alphabet::ANY, repeats: false }, Token { alphabet: Alphabet::ANY, repeats: true }];
            for sequence in &mut self.0 {
                sequence.extend(any);
            }
            return;
        }
        self.0 = self
            .0
            .iter()
            .flat_map(|head| alternatives.iter().map(move |tail| head.iter().chain(tail).copied().collect()))
            .collect();
    }

    /// Whether every string of this sorts before every one of the other, as bytes.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.iter().all(|a| other.0.iter().all(|b| sequence_is_below(a, b)))
    }

    /// Whether some string belongs to both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|a| other.0.iter().any(|b| sequences_meet(a, b)))
    }
}

fn once(bytes: impl Iterator<Item = u8>) -> Vec<Token> {
    bytes.map(|byte| Token { alphabet: Alphabet::of(&[byte]), repeats: false }).collect()
}

/// Bytes of `alphabet`, from `least` to `most` of them; without `most`, any number.
fn run(alphabet: Alphabet, least: usize, most: Option<usize>) -> Vec<Vec<Token>> {
    let exact = vec![Token { alphabet, repeats: false }; least];
    match most {
        Some(most) => (least..=most).map(|length| vec![Token { alphabet, repeats: false }; length]).collect(),
        None => {
            let mut tokens = exact;
            tokens.push(Token { alphabet, repeats: true });
            vec![tokens]
        }
    }
}

/// A sequence that begins with some bytes of one alphabet and goes on with another, of a fixed length.
fn in_two(start: Alphabet, begins: usize, rest: Alphabet, length: usize) -> Vec<Vec<Token>> {
    let alphabet = |index| if index < begins { start } else { rest };
    vec![(0..length).map(|index| Token { alphabet: alphabet(index), repeats: false }).collect()]
}

/// An ISO-8601 time, or the beginning of one: any digits in the places of its digits.
fn time(length: usize) -> Vec<Vec<Token>> {
    let alphabet = |byte: &u8| if byte.is_ascii_digit() { Alphabet::DIGITS } else { Alphabet::of(&[*byte]) };
    let form = b"0000-00-00T00:00:00.000Z".iter().take(length);
    vec![form.map(|byte| Token { alphabet: alphabet(byte), repeats: false }).collect()]
}

fn value_tokens(attribute: Option<&Attribute>, cut: Option<Cut>, delimiters: &[u8]) -> Vec<Vec<Token>> {
    if let Some(cut) = cut {
        return time(cut.length());
    }
    let Some(attribute) = attribute else {
        return run(Alphabet::ANY.without(delimiters), 1, None);
    };
    if let Some(values) = &attribute.values
        && values.0.len() <= MOST_ALTERNATIVES
    {
        return values.0.keys().map(|value| once(value.text().bytes())).collect();
    }
    match attribute.kind {
        AttributeType::Uuid => run(Alphabet::HEXADECIMAL, 36, Some(36)),
        // 128 bits in 26 digits of 5 bits leave 3 bits to the first.
        AttributeType::Ulid => in_two(Alphabet::ULID_START, 1, Alphabet::ALPHANUMERIC, 26),
        AttributeType::Ksuid => run(Alphabet::ALPHANUMERIC, 27, Some(27)),
        AttributeType::Timestamp => time(24),
        AttributeType::Date => time(10),
        AttributeType::Epoch => run(Alphabet::DIGITS, 10, Some(10)),
        AttributeType::EpochMs => run(Alphabet::DIGITS, 13, Some(13)),
        AttributeType::Boolean => vec![once("true".bytes()), once("false".bytes())],
        AttributeType::Number => match (attribute.padded, attribute.digits) {
            (Some(true), Some(width)) if width <= 38 => run(Alphabet::DIGITS, width as usize, Some(width as usize)),
            _ => run(Alphabet::NUMBER, 1, None),
        },
        _ => run(Alphabet::ANY.without(delimiters), 1, None),
    }
}

/// Decided at the first position where the bytes can differ; a sequence that ends or repeats there
/// leaves it open.
fn sequence_is_below(a: &[Token], b: &[Token]) -> bool {
    for (a, b) in a.iter().zip(b) {
        let (Some(low), Some(high)) = (b.alphabet.lowest(), a.alphabet.highest()) else { return false };
        if a.repeats || b.repeats {
            return false;
        }
        if high < low {
            return true;
        }
        if a.alphabet != b.alphabet || a.alphabet.lowest() != Some(high) {
            return false;
        }
    }
    false
}

/// Walks both sequences together. The number of visited pairs bounds the time.
fn sequences_meet(a: &[Token], b: &[Token]) -> bool {
    // A key holds 2,048 bytes at most; `key-too-long` speaks of templates that make more.
    if a.len().max(b.len()) > MOST_TOKENS {
        return false;
    }
    let width = b.len() + 1;
    let mut seen = vec![false; (a.len() + 1) * width];
    let mut queue = vec![(0, 0)];
    while let Some((i, j)) = queue.pop() {
        match seen.get_mut(i * width + j) {
            Some(done) if !*done => *done = true,
            _ => continue,
        }
        if i == a.len() && j == b.len() {
            return true;
        }
        let (x, y) = (a.get(i), b.get(j));
        if x.is_some_and(|token| token.repeats) {
            queue.push((i + 1, j));
        }
        if y.is_some_and(|token| token.repeats) {
            queue.push((i, j + 1));
        }
        if let (Some(x), Some(y)) = (x, y)
            && x.alphabet.meets(y.alphabet)
        {
            queue.push((if x.repeats { i } else { i + 1 }, if y.repeats { j } else { j + 1 }));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Literal;

    fn language(text: &str) -> Language {
        let template = Template::compile(&Literal::Text(text.to_owned())).unwrap();
        let uuid = Attribute { kind: AttributeType::Uuid, ..Attribute::default() };
        let uuid: &'static Attribute = Box::leak(Box::new(uuid));
        Language::of(&template, |name| (name == "uuid").then_some(uuid), b"#")
    }

    #[test]
    fn delimiters_keep_plain_strings_apart() {
        assert!(language("USER#{id}").meets(&language("USER#{name}")));
        assert!(!language("SESSION#{id}").meets(&language("SESSION#{id}#TRACK#{t}")));
        assert!(language("SESSION#").and_more().meets(&language("SESSION#{id}#TRACK#{t}")));
        assert!(language("ORDER").and_more().meets(&language("ORDERITEM#{id}")));
        assert!(!language("ORDER#").and_more().meets(&language("ORDERITEM#{id}")));
    }

    #[test]
    fn languages_are_below_one_another_where_no_string_is_not() {
        assert!(language("#META").is_below(&language("{uuid}")));
        assert!(language("INVOICE#{id}").is_below(&language("ORDER#{uuid}")));
        assert!(language("A#{uuid}").is_below(&language("A#~")));
        assert!(!language("ORDER").is_below(&language("ORDER#{id}")));
        assert!(!language("{uuid}").is_below(&language("ALARM#{id}")));
        assert!(!language("{id}").is_below(&language("~")));
    }

    #[test]
    fn times_have_their_signs_in_their_places() {
        let attribute = |kind| Attribute { kind, ..Attribute::default() };
        let (time, day) = (attribute(AttributeType::Timestamp), attribute(AttributeType::Date));
        let holds = |attribute: &Attribute, beginning: &str| {
            let template = Template::compile(&Literal::Text("{at}".to_owned())).unwrap();
            let values = Language::of(&template, |_| Some(attribute), b"#");
            language(beginning).and_more().meets(&values)
        };
        assert!(holds(&time, "2026-01") && holds(&time, "2026-01-31T23:59:59.999Z") && holds(&day, "2026-01-31"));
        assert!(!holds(&time, "17000") && !holds(&time, "2026/01") && !holds(&day, "2026-01-31T"));
    }

    #[test]
    fn formats_have_their_own_alphabet_and_length() {
        assert!(!language("{uuid}").meets(&language("PROFILE")));
        assert!(language("{name}").meets(&language("PROFILE")));
        assert!(!language("{uuid}").meets(&language("USER#{id}")));
    }
}
