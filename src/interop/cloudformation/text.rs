//! Text with holes: `${…}` as `Fn::Sub` and Serverless write it.

/// A text of which parts may be open, such as `${AWS::StackName}-orders`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    /// The text; open parts stand as `${name}`.
    pub(super) text: String,
    /// Why the first open part is open; nothing where the text is known.
    pub(super) open: Option<String>,
}

impl Pattern {
    /// A text that is known.
    pub(super) fn known(text: impl Into<String>) -> Self {
        Self { text: text.into(), open: None }
    }

    /// A part that is not known, as it is written.
    pub(super) fn open(text: impl Into<String>, why: impl Into<String>) -> Self {
        Self { text: text.into(), open: Some(why.into()) }
    }

    /// Adds a part at the end.
    pub(super) fn push(&mut self, part: &Self) {
        self.text.push_str(&part.text);
        if self.open.is_none() {
            self.open.clone_from(&part.open);
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text as it stands.
    Literal(&'t str),
    /// What stands between `${` and its `}`.
    Hole(&'t str),
}

/// Cuts a text into literal parts and holes. Holes may hold holes; what is not closed is literal.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some(end) = end_of_hole(after) else { break };
        let (Some(inside), Some(behind)) = (after.get(..end), after.get(end + 1..)) else { break };
        if !before.is_empty() {
            found.push(Piece::Literal(before));
        }
        found.push(Piece::Hole(inside));
        rest = behind;
    }
    if !rest.is_empty() {
        found.push(Piece::Literal(rest));
    }
    found
}

/// Where the `}` is that closes a hole.
fn end_of_hole(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '{' if before == '$' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        before = character;
    }
    None
}

/// Splits a variable's alternatives at its commas, not at those within holes, quotes or brackets.
pub(super) fn alternatives(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{' | '(') => depth += 1,
            (None, '}' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                found.extend(text.get(start..at).map(str::trim));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..).map(str::trim));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_within_holes_belong_to_the_outer_one() {
        assert_eq!(
            pieces("a-${self:custom.${opt:stage}.x}-b"),
            [Piece::Literal("a-"), Piece::Hole("self:custom.${opt:stage}.x"), Piece::Literal("-b")]
        );
        assert_eq!(pieces("${a}${b"), [Piece::Hole("a"), Piece::Literal("${b")]);
    }

    #[test]
    fn commas_within_something_do_not_split() {
        assert_eq!(alternatives("opt:x, ${self:a, 'b'}, 'c,d'"), ["opt:x", "${self:a, 'b'}", "'c,d'"]);
    }
}
