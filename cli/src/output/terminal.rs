//! The terminal: its size and the few control sequences of the live region.

use std::os::fd::BorrowedFd;

/// In characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub columns: usize,
    pub rows: usize,
}

const USUAL: Size = Size { columns: 80, rows: 24 };
/// A terminal that claims less is not believed: nothing could be shown.
const LEAST: Size = Size { columns: 20, rows: 5 };

/// What the terminal says, or what terminals usually are.
pub fn size(stream: BorrowedFd<'_>) -> Size {
    let Ok(told) = rustix::termios::tcgetwinsize(stream) else { return USUAL };
    let believed = |told: u16, usual: usize, least: usize| match usize::from(told) {
        0 => usual,
        told => told.max(least),
    };
    Size {
        columns: believed(told.ws_col, USUAL.columns, LEAST.columns),
        rows: believed(told.ws_row, USUAL.rows, LEAST.rows),
    }
}

/// Lines longer than the screen are cut instead of continued, so that a line is a row.
pub const WRAP_OFF: &str = "\x1b[?7l";
pub const WRAP_ON: &str = "\x1b[?7h";
pub const CURSOR_OFF: &str = "\x1b[?25l";
pub const CURSOR_ON: &str = "\x1b[?25h";
/// From the cursor to the end of the screen.
pub const CLEAR_BELOW: &str = "\x1b[J";
pub const CLEAR_REST: &str = "\x1b[K";

/// To the first column of the line `rows` above.
pub fn up(rows: usize) -> String {
    if rows == 0 { "\r".to_owned() } else { format!("\x1b[{rows}F") }
}
