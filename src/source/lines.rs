//! From byte offsets to lines and columns.

/// Where the lines of a text start.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes a text, once.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        // A line ends with a line feed, a carriage return, or both, as in YAML.
        let is_both = |at: usize| bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
        let mut starts = vec![0];
        starts.extend(memchr::memchr2_iter(b'\n', b'\r', bytes).filter(|at| !is_both(*at)).map(|at| at + 1));
        Self { starts }
    }

    /// The line (from 0) that holds a byte.
    pub fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The byte where a line (from 0) starts; the end of the text past the last one.
    pub fn start_of(&self, line: usize, text: &str) -> usize {
        self.starts.get(line).copied().unwrap_or(text.len())
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: even an empty text has a line.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    pub fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let offset = offset.min(text.len());
        let line = self.line_of(offset);
        let start = self.start_of(line, text);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count());
        (line + 1, column + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_usual_way() {
        for text in ["a\nbc\nd", "a\r\nbc\r\nd", "a\rbc\rd"] {
            let lines = LineIndex::new(text);
            let place = |needle| lines.position(text, text.find(needle).unwrap_or_default());
            assert_eq!((lines.len(), place("c"), place("d")), (3, (2, 2), (3, 1)), "{text:?}");
        }
    }
}
