use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};

use super::color::{Choice, Paint};
use super::terminal;

/// Standard output or standard error.
pub struct Stream {
    pub paint: Paint,
    pub is_terminal: bool,
    /// The cursor can be moved.
    pub redraws: bool,
    target: Target,
    closed: AtomicBool,
}

#[derive(Clone, Copy)]
enum Target {
    Results,
    Remarks,
}

impl Stream {
    pub fn results(color: Choice) -> Self {
        Self::new(Target::Results, io::stdout().is_terminal(), color)
    }

    pub fn remarks(color: Choice) -> Self {
        Self::new(Target::Remarks, io::stderr().is_terminal(), color)
    }

    fn new(target: Target, is_terminal: bool, color: Choice) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let paint = Paint::decide(color, is_terminal, variable);
        let plain = variable("CI").is_some() || variable("TERM").is_none_or(|term| term == "dumb");
        let closed = AtomicBool::new(false);
        Self { paint, is_terminal, redraws: is_terminal && !plain, target, closed }
    }

    /// Columns of the terminal, if it is one.
    pub fn width(&self) -> Option<usize> {
        let size = || match self.target {
            Target::Results => terminal::size(io::stdout().as_fd()),
            Target::Remarks => terminal::size(io::stderr().as_fd()),
        };
        self.is_terminal.then(|| size().columns)
    }

    pub fn write_line(&self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// Writes at once. A reader that has gone away is a normal end: the rest is dropped.
    pub fn write(&self, text: &str) {
        if self.is_closed() {
            return;
        }
        let written = match self.target {
            Target::Results => whole(&mut io::stdout().lock(), text),
            Target::Remarks => whole(&mut io::stderr().lock(), text),
        };
        if written.is_err_and(|error| error.kind() != ErrorKind::Interrupted) {
            self.closed.store(true, Ordering::Relaxed);
        }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }
}

fn whole(writer: &mut dyn Write, text: &str) -> io::Result<()> {
    writer.write_all(text.as_bytes())?;
    writer.flush()
}
