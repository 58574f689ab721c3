//! Editors count lines from 0 and columns in units of UTF-16.

use tower_lsp_server::ls_types::{Position, Range};

/// The byte of a text at a position; one beyond the end of a line is its end.
pub fn byte(text: &str, position: Position) -> usize {
    let line_number = usize::try_from(position.line).unwrap_or(usize::MAX);
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number == line_number {
            return start + within(line, position.character);
        }
        start += line.len();
    }
    text.len()
}

fn within(line: &str, character: u32) -> usize {
    let mut units = 0;
    let end = line.trim_end_matches(['\n', '\r']).len();
    for (byte, c) in line[..end].char_indices() {
        if units >= character as usize {
            return byte;
        }
        units += c.len_utf16();
    }
    end
}

/// The range of `length` characters from a place, counted from 1.
pub fn range(source: &str, line: u32, column: u32, length: u32) -> Range {
    let units = |characters: u32| {
        let counted = source.chars().take(characters as usize).map(char::len_utf16);
        u32::try_from(counted.sum::<usize>()).unwrap_or(u32::MAX)
    };
    let (line, before) = (line.saturating_sub(1), column.saturating_sub(1));
    let at = |character| Position { line, character };
    Range { start: at(units(before)), end: at(units(before.saturating_add(length))) }
}

/// All of a text.
pub fn whole(text: &str) -> Range {
    let lines = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
    let end = Position { line: lines.saturating_add(1), character: 0 };
    Range { start: Position::default(), end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_as_editors_do() {
        let text = "a\n😀é = 1\nend";
        let at = |line, character| byte(text, Position { line, character });
        assert_eq!(&text[at(1, 2)..at(1, 3)], "é");
        assert_eq!(at(1, 99), text.find("\nend").unwrap());
        assert_eq!(at(9, 0), text.len());
        let found = range("😀é = 1", 2, 2, 1);
        assert_eq!((found.start, found.end), (Position::new(1, 2), Position::new(1, 3)));
    }
}
