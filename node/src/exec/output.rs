use std::mem;
use std::sync::Arc;

/// A longer line is handed on in pieces, so that no program can make the node hold its output.
pub(super) const LINE_MAX: usize = 64 * 1024;

/// One of the two streams a process writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// Whoever gets the lines of a process, without their ends, and whether the line ends with this piece of it; called on
/// the runtime, so it must not block.
pub type Sink = Arc<dyn Fn(Stream, &str, bool) + Send + Sync>;

/// What is kept of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first bytes, as many as the command asked for.
    pub bytes: Vec<u8>,
    /// All bytes that were written.
    pub total: u64,
    /// The last line that is not blank (at most 64 KiB of it), also when `bytes` ends earlier.
    pub last_line: String,
}

impl Captured {
    /// Whether more was written than kept.
    pub fn truncated(&self) -> bool {
        self.total > self.bytes.len() as u64
    }

    /// The kept bytes as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Cuts one stream into lines, keeping its head.
pub(super) struct Lines {
    stream: Stream,
    sink: Sink,
    keep: usize,
    captured: Captured,
    pending: Vec<u8>,
}

impl Lines {
    pub(super) fn new(stream: Stream, sink: Sink, keep: usize) -> Self {
        Self { stream, sink, keep, captured: Captured::default(), pending: Vec::new() }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        let room = self.keep.saturating_sub(self.captured.bytes.len()).min(chunk.len());
        self.captured.bytes.extend_from_slice(&chunk[..room]);
        self.captured.total += chunk.len() as u64;
        for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.piece(piece);
        }
    }

    pub(super) fn finish(&mut self) -> Captured {
        if !self.pending.is_empty() {
            self.emit_pending(true);
        }
        mem::take(&mut self.captured)
    }

    /// Takes bytes of which only the last may end the line.
    fn piece(&mut self, piece: &[u8]) {
        let ended = piece.ends_with(b"\n");
        let mut text = if ended { &piece[..piece.len() - 1] } else { piece };
        while self.pending.len() + text.len() > LINE_MAX {
            let (now, later) = text.split_at(LINE_MAX - self.pending.len());
            self.pending.extend_from_slice(now);
            text = later;
            self.emit_full();
        }
        self.pending.extend_from_slice(text);
        if ended {
            if self.pending.last() == Some(&b'\r') {
                self.pending.pop();
            }
            self.emit_pending(true);
        }
    }

    /// Hands on a line that is too long, but keeps back a character that is still incomplete.
    fn emit_full(&mut self) {
        let whole = whole_characters(&self.pending);
        let rest = self.pending.split_off(whole);
        self.emit_pending(false);
        self.pending = rest;
    }

    fn emit_pending(&mut self, ends: bool) {
        let mut bytes = mem::take(&mut self.pending);
        let line = String::from_utf8_lossy(&bytes);
        if !line.trim().is_empty() {
            self.captured.last_line.clear();
            self.captured.last_line.push_str(&line);
        }
        (self.sink)(self.stream, &line, ends);
        drop(line);
        bytes.clear();
        self.pending = bytes;
    }
}

/// Length without a UTF-8 character that is cut off at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    let Some(start) = bytes.iter().rposition(|byte| byte & 0xC0 != 0x80) else {
        return bytes.len();
    };
    let cut = std::str::from_utf8(&bytes[start..]).is_err_and(|error| error.error_len().is_none());
    if cut { start } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn lines_of(chunks: &[&[u8]], keep: usize) -> (Vec<String>, Captured) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink: Sink = Arc::new({
            let seen = seen.clone();
            move |_, line: &str, _| seen.lock().unwrap().push(line.to_owned())
        });
        let mut lines = Lines::new(Stream::Stdout, sink, keep);
        chunks.iter().for_each(|chunk| lines.push(chunk));
        let captured = lines.finish();
        let seen = seen.lock().unwrap().clone();
        (seen, captured)
    }

    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = "one\ntwo\r\n\nümlaut\nlast".as_bytes();
        let expected = ["one", "two", "", "ümlaut", "last"];
        for size in 1..text.len() {
            let chunks: Vec<&[u8]> = text.chunks(size).collect();
            let (lines, captured) = lines_of(&chunks, 5);
            assert_eq!(lines, expected);
            assert_eq!((captured.text().as_str(), captured.truncated()), ("one\nt", true));
            assert_eq!(captured.last_line, "last");
        }
    }

    #[test]
    fn a_long_line_comes_in_pieces_that_split_no_character() {
        let text = "ü".repeat(LINE_MAX);
        let (lines, captured) = lines_of(&[b"x", text.as_bytes(), b"\nend\n\n"], 0);
        assert!(lines.iter().all(|line| line.len() <= LINE_MAX && !line.contains('\u{fffd}')));
        let whole: String = lines[..lines.len() - 2].concat();
        assert_eq!(whole, format!("x{text}"));
        assert_eq!((captured.last_line.as_str(), captured.total), ("end", 2 * LINE_MAX as u64 + 7));
    }

    #[test]
    fn a_line_of_exactly_the_limit_stays_whole() {
        let text = "a".repeat(LINE_MAX);
        let (lines, _) = lines_of(&[text.as_bytes(), b"\nb"], 0);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [LINE_MAX, 1]);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_line_by_line() {
        let (lines, captured) = lines_of(&[b"\xff\nok\n\xc3"], 10);
        assert_eq!(lines, ["\u{fffd}", "ok", "\u{fffd}"]);
        assert_eq!(captured.bytes, b"\xff\nok\n\xc3");
        assert!(!captured.truncated());
    }
}
