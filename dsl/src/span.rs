//! Lua tells lines; the place within the line is found in the text.

use std::sync::{Arc, PoisonError, RwLock};

/// A piece of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// As diagnostics show it.
    pub file: Arc<str>,
    /// Of that file, from 1.
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

/// Longer chunk names are cut by Lua, which would hide positions.
const CHUNK_NAME_MAX: usize = 50;

/// The texts of one load: the file, and what it imports. Lines of all of them are numbered through, so that one
/// number is a place. Cheap to clone, and every clone sees what is added.
#[derive(Clone)]
pub struct Text(Arc<RwLock<Vec<Piece>>>);

/// One file's text with its lines counted once.
#[derive(Clone)]
struct Piece {
    /// As diagnostics show it.
    name: Arc<str>,
    /// As Lua's messages show it; no two are the same.
    chunk: Arc<str>,
    text: Arc<str>,
    /// Where each line begins.
    starts: Arc<[usize]>,
    /// Lines of the pieces before it.
    before: u32,
}

impl Text {
    /// The text of the file itself.
    pub fn new(name: &str, text: &str) -> Self {
        let all = Text(Arc::default());
        all.add(name, text);
        all
    }

    /// Adds the text of an import; the name of its chunk.
    pub fn add(&self, name: &str, text: &str) -> Arc<str> {
        let mut pieces = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let breaks = text.match_indices('\n').map(|(byte, _)| byte + 1);
        let piece = Piece {
            name: name.into(),
            chunk: chunk_name(name, &pieces),
            text: text.into(),
            starts: std::iter::once(0).chain(breaks).collect(),
            before: pieces.last().map_or(0, |last| last.before + last.starts.len() as u32),
        };
        let chunk = piece.chunk.clone();
        pieces.push(piece);
        chunk
    }

    /// The name of the file's own chunk.
    pub fn chunk(&self) -> Arc<str> {
        self.piece(1).0.chunk
    }

    /// The first place of `name` as a whole word at or soon after `line`; the start of that line if there is none.
    pub fn find(&self, line: u32, name: &str) -> Span {
        let (piece, index) = self.piece(line);
        (index..index + SEARCH_LINES)
            .find_map(|index| {
                let content = piece.line(index)?;
                Some(piece.span(index, content, word(content, name)?, name))
            })
            .unwrap_or_else(|| piece.start(index))
    }

    /// The first character of the line that is no blank.
    pub fn at(&self, line: u32) -> Span {
        let (piece, index) = self.piece(line);
        piece.start(index)
    }

    /// The line where `find` finds the name, numbered through.
    pub fn line_of(&self, line: u32, name: &str) -> u32 {
        let (piece, _) = self.piece(line);
        piece.before + self.find(line, name).line
    }

    /// The place of a chunk's own line, if the chunk is one of these texts.
    pub fn place(&self, chunk: &str, line: u32) -> Option<u32> {
        let pieces = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let piece = pieces.iter().find(|piece| &*piece.chunk == chunk)?;
        Some(piece.before + line)
    }

    /// Splits `chunk:line: message`.
    pub fn position<'a>(&self, text: &'a str) -> (Option<u32>, &'a str) {
        let split = || {
            let (chunk, rest) = text.split_once(':')?;
            let (line, rest) = rest.split_once(':')?;
            Some((self.place(chunk, line.parse().ok()?)?, rest.trim_start()))
        };
        split().map_or((None, text), |(line, rest)| (Some(line), rest))
    }

    /// `file:line`, as people read it.
    pub fn shown(&self, line: u32) -> String {
        let (piece, index) = self.piece(line);
        format!("{}:{}", piece.name, index + 1)
    }

    /// `chunk:line`, as Lua writes it.
    pub fn in_lua(&self, line: u32) -> String {
        let (piece, index) = self.piece(line);
        format!("{}:{}", piece.chunk, index + 1)
    }

    /// A sentence about a line, as warnings say it.
    pub fn say(&self, line: u32, what: &str) -> String {
        let Span { file, line, .. } = self.at(line);
        format!("{file}:{line}: {what}")
    }

    /// The line within its own file.
    pub fn own_line(&self, line: u32) -> u32 {
        self.piece(line).1 as u32 + 1
    }

    /// The piece a line belongs to, and the line's index in it.
    fn piece(&self, line: u32) -> (Piece, usize) {
        let pieces = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let line = line.max(1);
        let place = pieces.partition_point(|piece| piece.before < line).saturating_sub(1);
        let piece = pieces[place].clone();
        let index = (line - piece.before) as usize - 1;
        (piece, index)
    }
}

impl Piece {
    fn line(&self, index: usize) -> Option<&str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        Some(self.text[start..end].trim_end_matches('\r'))
    }

    fn start(&self, index: usize) -> Span {
        let content = self.line(index).unwrap_or_default();
        let byte = content.len() - content.trim_start().len();
        self.span(index, content, byte, content.trim())
    }

    fn span(&self, index: usize, content: &str, byte: usize, name: &str) -> Span {
        let column = content[..byte].chars().count() + 1;
        let shown = column < LINE_MAX;
        let length = name.chars().count().clamp(1, LINE_MAX - column.min(LINE_MAX - 1));
        Span {
            file: self.name.clone(),
            line: index as u32 + 1,
            column: column as u32,
            length: if shown { length as u32 } else { 1 },
            source: if shown { content.chars().take(LINE_MAX).collect() } else { String::new() },
        }
    }
}

/// The last part of the file's name, as much of its path as tells it from the others, or a number.
fn chunk_name(name: &str, others: &[Piece]) -> Arc<str> {
    let free = |name: &str| others.iter().all(|other| &*other.chunk != name);
    let fits = |name: &&str| {
        !name.is_empty()
            && name.len() <= CHUNK_NAME_MAX
            && !name.contains(['\n', ':'])
            && free(name)
    };
    let ends = name.rmatch_indices('/').map(|(byte, _)| &name[byte + 1..]);
    match ends.chain([name]).find(fits) {
        Some(name) => name.into(),
        None if others.is_empty() => "workflow".into(),
        None => format!("import {}", others.len()).into(),
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
        let text = Text::new("a", "task(\"a\")\n  :timeouts(1)\n  :timeout(\"5x\")");
        let found = text.find(1, "timeout");
        assert_eq!((found.line, found.column, found.length), (3, 4, 7));
        assert_eq!(text.line_of(1, "timeout"), 3);
    }

    #[test]
    fn an_absent_name_marks_the_line() {
        let found = Text::new("a", "  x = 1").find(1, "y");
        assert_eq!((found.line, found.column, found.length), (1, 3, 5));
    }

    #[test]
    fn lines_beyond_the_end_and_very_long_lines_are_no_trouble() {
        assert_eq!(Text::new("a", "").at(9).line, 9);
        let long = Text::new("a", &format!("{}name", " ".repeat(10_000)));
        assert_eq!(long.find(1, "name").length, 1);
    }

    #[test]
    fn a_line_of_an_import_is_a_place_of_its_own() {
        let text = Text::new("dir/main.sloth", "one\ntwo\n");
        let chunk = text.add("dir/lib/main.sloth", "alpha\nbeta");
        assert_eq!(&*chunk, "lib/main.sloth");
        let place = text.place(&chunk, 2).unwrap();
        assert_eq!(text.shown(place), "dir/lib/main.sloth:2");
        assert_eq!(text.in_lua(place), "lib/main.sloth:2");
        let span = text.find(place, "beta");
        assert_eq!((&*span.file, span.line, &*span.source), ("dir/lib/main.sloth", 2, "beta"));
        assert_eq!(text.shown(text.place("main.sloth", 2).unwrap()), "dir/main.sloth:2");
        assert_eq!(text.place("other", 1), None);
    }

    #[test]
    fn a_message_is_split_at_a_position_that_is_one() {
        let text = Text::new("a.sloth", "1\n2\n3");
        text.add("import: odd", "x");
        assert_eq!(text.position("a.sloth:3: boom: x"), (Some(3), "boom: x"));
        assert_eq!(text.position("a.sloth:2:tight"), (Some(2), "tight"));
        assert_eq!(text.position("import 1:1: odd"), (Some(4), "odd"));
        for plain in ["boom", "b.sloth:3: boom", "a.sloth: 3: boom", "a: b: c"] {
            assert_eq!(text.position(plain).0, None, "{plain}");
        }
    }
}
