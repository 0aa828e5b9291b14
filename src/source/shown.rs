//! Text as a terminal may be given it. What a file holds must not steer the terminal of whoever reads
//! about the file: in CI, a model is somebody else's.

/// Whether a sign has no shape of its own and changes how others are shown: control characters, with
/// which a terminal's commands begin, separators of lines, and what turns the direction of text
/// (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
fn steers(sign: char) -> bool {
    let turns = ['\u{61c}', '\u{200e}', '\u{200f}'].contains(&sign) || ('\u{2066}'..='\u{2069}').contains(&sign);
    sign.is_control() || turns || ('\u{2028}'..='\u{202e}').contains(&sign)
}

/// A text whose signs that steer are written out: `\u{1b}`.
pub fn escaped(text: &str) -> String {
    if !text.contains(steers) {
        return text.to_owned();
    }
    text.chars().map(|c| if steers(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// The same for a text of several lines, which stay.
pub fn escaped_lines(text: &str) -> String {
    text.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// The text for an excerpt: signs that steer give way to others of as many bytes, so that places
/// stay where they are; nothing where there are none. Lines and tabs stay.
pub(super) fn stand_in(text: &str) -> Option<String> {
    let is_plain = |byte: u8| (b' '..0x7F).contains(&byte) || matches!(byte, b'\n' | b'\t');
    // In runs, so that many bytes are looked at at once.
    let is_plain_run = |run: &[u8]| run.iter().fold(true, |plain, byte| plain & is_plain(*byte));
    if text.as_bytes().chunks(256).all(is_plain_run) {
        return None;
    }
    let stays = |before_line: bool, sign: char| matches!(sign, '\n' | '\t') || (sign == '\r' && before_line);
    let before_line = |at: usize, sign| sign == '\r' && text.get(at + 1..at + 2) == Some("\n");
    let signs = || text.char_indices().map(|(at, sign)| (stays(before_line(at, sign), sign), sign));
    signs().any(|(stays, sign)| !stays && steers(sign)).then(|| {
        let shown = signs().map(|(stays, sign)| match (stays || !steers(sign), sign.len_utf8()) {
            (true, _) => sign,
            (false, 1) => '?',
            (false, 2) => '¿',
            (false, _) => char::REPLACEMENT_CHARACTER,
        });
        shown.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_that_steer_a_terminal_are_shown_in_as_many_bytes() {
        let text = "a\u{1b}[31m\u{9b}b\u{202e}c\rd\r\n\te";
        assert_eq!(stand_in(text).as_deref(), Some("a?[31m¿b\u{fffd}c?d\r\n\te"));
        assert_eq!(stand_in(text).map(|shown| shown.len()), Some(text.len()));
        assert_eq!(stand_in("plain é 🦀\r\n"), None);
        assert_eq!(escaped_lines("a\u{1b}\nb\u{202e}"), "a\\u{1b}\nb\\u{202e}");
    }
}
