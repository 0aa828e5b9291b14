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
    const ULID_START: Self = Self::of(b"01234567");
    const HEXADECIMAL: Self = Self::of(b"0123456789abcdefABCDEF");
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

    fn or(self, other: Self) -> Self {
        let Self(mut set) = self;
        for (word, more) in set.iter_mut().zip(other.0) {
            *word |= more;
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

/// One position of a string: a byte of the alphabet, as many times as it says.
#[derive(Clone, Copy)]
struct Token {
    alphabet: Alphabet,
    times: Times,
}

/// How many times a byte stands in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    AtMostOnce,
    Any,
}

impl Token {
    const fn once(alphabet: Alphabet) -> Self {
        Self { alphabet, times: Times::Once }
    }

    const fn at_most_once(alphabet: Alphabet) -> Self {
        Self { alphabet, times: Times::AtMostOnce }
    }

    const fn any(alphabet: Alphabet) -> Self {
        Self { alphabet, times: Times::Any }
    }
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
        Self(vec![vec![Token::any(Alphabet::ANY)]])
    }

    /// The strings that begin with one of these.
    pub fn and_more(mut self) -> Self {
        for sequence in &mut self.0 {
            sequence.push(Token::any(Alphabet::ANY));
        }
        self
    }

    fn append(&mut self, alternatives: &[Vec<Token>]) {
        if self.0.len().saturating_mul(alternatives.len()) > MOST_ALTERNATIVES {
            let any = [Token::once(Alphabet::ANY), Token::any(Alphabet::ANY)];
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

    /// Whether every string of this sorts before every one of the other, as bytes, and stays before it
    /// whatever it goes on with.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.iter().all(|a| other.0.iter().all(|b| sequence_is_below(a, b, true)))
    }

    /// The same of whole strings: the beginning of another one comes before it.
    pub fn comes_before(&self, other: &Self) -> bool {
        self.0.iter().all(|a| other.0.iter().all(|b| sequence_is_below(a, b, false)))
    }

    /// Whether some string belongs to both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().any(|a| other.0.iter().any(|b| sequences_meet(a, b)))
    }
}

fn once(bytes: impl Iterator<Item = u8>) -> Vec<Token> {
    bytes.map(|byte| Token::once(Alphabet::of(&[byte]))).collect()
}

/// Bytes of `alphabet`, from `least` to `most` of them; without `most`, any number.
fn run(alphabet: Alphabet, least: usize, most: Option<usize>) -> Vec<Vec<Token>> {
    let exact = vec![Token::once(alphabet); least];
    match most {
        Some(most) => (least..=most).map(|length| vec![Token::once(alphabet); length]).collect(),
        None => {
            let mut tokens = exact;
            tokens.push(Token::any(alphabet));
            vec![tokens]
        }
    }
}

/// A sequence that begins with some bytes of one alphabet and goes on with another, of a fixed length.
fn in_two(start: Alphabet, begins: usize, rest: Alphabet, length: usize) -> Vec<Vec<Token>> {
    let alphabet = |index| if index < begins { start } else { rest };
    vec![(0..length).map(|index| Token::once(alphabet(index))).collect()]
}

/// The strings of a form: any of the alphabet in the places of its zeros, else the signs that it has.
fn form(form: &[u8], alphabet: Alphabet) -> Vec<Vec<Token>> {
    let token = |byte: &u8| Token::once(if *byte == b'0' { alphabet } else { Alphabet::of(&[*byte]) });
    vec![form.iter().map(token).collect()]
}

/// An ISO-8601 time, or the beginning of one: any digits in the places of its digits.
fn time(length: usize) -> Vec<Vec<Token>> {
    let whole = b"0000-00-00T00:00:00.000Z";
    form(whole.get(..length).unwrap_or(whole), Alphabet::DIGITS)
}

/// A number as text: digits, before them a minus sign, behind them a point and more digits, and where
/// it is very large or small an exponent, as the service takes it and as languages write it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn number() -> Vec<Vec<Token>> {
    const SIGN: Alphabet = Alphabet::of(b"+-");
    let digits = || [Token::once(Alphabet::DIGITS), Token::any(Alphabet::DIGITS)].into_iter();
    let fraction = [Token::at_most_once(Alphabet::of(b".")), Token::any(Alphabet::DIGITS)];
    let plain: Vec<Token> =
        std::iter::once(Token::at_most_once(Alphabet::of(b"-"))).chain(digits()).chain(fraction).collect();
    let exponent = [Token::once(Alphabet::of(b"eE")), Token::at_most_once(SIGN)].into_iter().chain(digits());
    vec![plain.clone(), plain.into_iter().chain(exponent).collect()]
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
        // https://www.rfc-editor.org/rfc/rfc9562#section-4
        AttributeType::Uuid => form(b"00000000-0000-0000-0000-000000000000", Alphabet::HEXADECIMAL),
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
            _ => number(),
        },
        _ => run(Alphabet::ANY.without(delimiters), 1, None),
    }
}

/// Decided at the first position where no byte of the one comes after any of the other, and where they
/// differ. A sequence that ends there is left `open`, or comes before what goes on.
fn sequence_is_below(mut a: &[Token], mut b: &[Token], open: bool) -> bool {
    while let (Some(high), Some(low)) = (next(a).and_then(Alphabet::highest), next(b).and_then(Alphabet::lowest)) {
        if high < low {
            return true;
        }
        let ([x, rest_of_a @ ..], [y, rest_of_b @ ..]) = (a, b) else { return false };
        if high > low || x.times != Times::Once || y.times != Times::Once {
            return false;
        }
        (a, b) = (rest_of_a, rest_of_b);
    }
    !open && a.is_empty() && next(b).is_some()
}

/// The bytes that a sequence can begin with; nothing where it can be empty.
fn next(sequence: &[Token]) -> Option<Alphabet> {
    let position = sequence.iter().position(|token| token.times == Times::Once)?;
    let begins = sequence.iter().take(position.saturating_add(1));
    Some(begins.fold(Alphabet::of(b""), |either, token| either.or(token.alphabet)))
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
        if x.is_some_and(|token| token.times != Times::Once) {
            queue.push((i + 1, j));
        }
        if y.is_some_and(|token| token.times != Times::Once) {
            queue.push((i, j + 1));
        }
        if let (Some(x), Some(y)) = (x, y)
            && x.alphabet.meets(y.alphabet)
        {
            let step = |token: &Token| usize::from(token.times != Times::Any);
            queue.push((i + step(x), j + step(y)));
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
    fn the_beginning_of_a_string_comes_before_it() {
        assert!(language("ORDER").comes_before(&language("ORDER#{id}")));
        assert!(!language("ORDER#{id}").comes_before(&language("ORDER")));
        assert!(!language("ORDER").comes_before(&language("ORDER")));
        // Every digit is at least the `0` that the one ends with.
        let padded =
            Attribute { kind: AttributeType::Number, padded: Some(true), digits: Some(3), ..Attribute::default() };
        let template = Template::compile(&Literal::Text("V#{n}".to_owned())).unwrap();
        let versions = Language::of(&template, |_| Some(&padded), b"#");
        assert!(language("V#0").comes_before(&versions) && !language("V#1").comes_before(&versions));
        assert!(versions.comes_before(&language("V#A")));
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
    fn numbers_have_one_sign_and_one_point() {
        let of = |kind| {
            let attribute = Attribute { kind, ..Attribute::default() };
            Language::of(&Template::attribute("it"), |_| Some(&attribute), b"#")
        };
        let number = of(AttributeType::Number);
        for text in ["7", "-7", "0.25", "-12.5", "1e+21", "1E-130", "-1.5e7"] {
            assert!(number.meets(&language(text)), "{text}");
        }
        for text in ["2026-01-31", "2026-01", "1.2.3", "--1", "-", ".", "e5", "1e", "7-"] {
            assert!(!number.meets(&language(text)), "{text}");
        }
        for kind in [AttributeType::Date, AttributeType::Timestamp, AttributeType::Uuid] {
            assert!(!number.meets(&of(kind)), "{kind:?}");
        }
        assert!(number.meets(&of(AttributeType::Epoch)) && number.meets(&of(AttributeType::String)));
        assert!(language("#META").is_below(&number) && number.is_below(&language("A")));
        assert!(!language("0").is_below(&number) && !number.is_below(&language("5")));
    }

    #[test]
    fn formats_have_their_own_alphabet_and_length() {
        assert!(!language("{uuid}").meets(&language("PROFILE")));
        assert!(language("{name}").meets(&language("PROFILE")));
        assert!(!language("{uuid}").meets(&language("USER#{id}")));
    }
}
