//! Lua tells lines; the place within the line is found in the text.

use std::sync::Arc;

/// A piece of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// In characters, at least 1.
    pub length: u32,
    /// The text of the line, cut if very long.
    pub source: String,
}

/// How far below the reported line a name is looked for: statements span lines.
const SEARCH_LINES: usize = 40;

/// A longer line is shown cut.
const LINE_MAX: usize = 200;

/// A text with its lines counted once. Cheap to clone.
#[derive(Clone)]
pub struct Text {
    text: Arc<str>,
    /// Where each line begins.
    starts: Arc<[usize]>,
}

impl Text {
    pub fn new(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(byte, _)| byte + 1);
        Text { text: text.into(), starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// The first place of `name` as a whole word at or soon after `line`; the start of that line if there is none.
    pub fn find(&self, line: u32, name: &str) -> Span {
        let start = line.max(1) as usize - 1;
        (start..start + SEARCH_LINES)
            .find_map(|index| {
                let content = self.line(index)?;
                Some(span(index, content, word(content, name)?, name))
            })
            .unwrap_or_else(|| self.at(line))
    }

    /// The first character of the line that is no blank.
    pub fn at(&self, line: u32) -> Span {
        let index = line.max(1) as usize - 1;
        let content = self.line(index).unwrap_or_default();
        let byte = content.len() - content.trim_start().len();
        span(index, content, byte, content.trim())
    }

    fn line(&self, index: usize) -> Option<&str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        Some(self.text[start..end].trim_end_matches('\r'))
    }
}

fn span(index: usize, content: &str, byte: usize, name: &str) -> Span {
    let column = content[..byte].chars().count() + 1;
    let shown = column < LINE_MAX;
    let length = name.chars().count().clamp(1, LINE_MAX - column.min(LINE_MAX - 1));
    Span {
        line: index as u32 + 1,
        column: column as u32,
        length: if shown { length as u32 } else { 1 },
        source: if shown { content.chars().take(LINE_MAX).collect() } else { String::new() },
    }
}

fn word(content: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let part = |c: char| c.is_alphanumeric() || c == '_';
    content.match_indices(name).map(|(byte, _)| byte).find(|byte| {
        let before = content[..*byte].chars().next_back();
        let after = content[byte + name.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_a_whole_word_on_a_later_line() {
        let text = Text::new("task(\"a\")\n  :timeouts(1)\n  :timeout(\"5x\")");
        let found = text.find(1, "timeout");
        assert_eq!((found.line, found.column, found.length), (3, 4, 7));
    }

    #[test]
    fn an_absent_name_marks_the_line() {
        let found = Text::new("  x = 1").find(1, "y");
        assert_eq!((found.line, found.column, found.length), (1, 3, 5));
    }

    #[test]
    fn lines_beyond_the_end_and_very_long_lines_are_no_trouble() {
        assert_eq!(Text::new("").at(9).line, 9);
        let long = Text::new(&format!("{}name", " ".repeat(10_000)));
        assert_eq!(long.find(1, "name").length, 1);
    }
}
