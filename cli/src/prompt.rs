//! Questions before something is destroyed, and what nobody should see being typed.

use std::io::{self, BufRead, IsTerminal, Read};

use config::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::error::{Error, io as io_error};
use crate::exit::Exit;
use crate::session::Session;

impl Session {
    /// Asks a question that must be answered with yes.
    pub fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.globals.yes {
            return Ok(());
        }
        if self.globals.no_input || !io::stdin().is_terminal() {
            let message = format!("{question}: nobody can be asked here");
            return Err(Error::usage(message).hint("answer with --yes"));
        }
        self.out.draw(&format!("{question}? [y/N] "));
        let mut answer = String::new();
        io::stdin()
            .lock()
            .read_line(&mut answer)
            .map_err(|error| io_error("read the answer", &error))?;
        match is_yes(&answer) {
            true => Ok(()),
            false => Err(Error::new(Exit::Cancelled, "declined, nothing was changed")),
        }
    }
}

impl Session {
    /// Asks for something that is not shown while it is typed.
    pub fn hidden(&self, question: &str) -> Result<Secret, Error> {
        let stdin = io::stdin();
        if self.globals.no_input || !stdin.is_terminal() {
            let message =
                format!("{}: nobody can be asked here", question.trim_end_matches([':', ' ']));
            return Err(Error::usage(message)
                .hint("--from-file FILE, --from-file - or --from-env VARIABLE"));
        }
        let failed = |error: io::Error| io_error("read from the terminal", &error);
        let silent = Silent::begin(&stdin).map_err(|error| failed(error.into()))?;
        self.out.draw(question);
        let typed = typed(&mut stdin.lock());
        drop(silent);
        self.out.draw("\n");
        match typed.map_err(failed)? {
            Some(text) => Ok(Secret::new(text)),
            None => Err(Error::new(Exit::Cancelled, "declined, nothing was changed")),
        }
    }
}

/// The terminal shows nothing and hands on every key, until this is dropped.
struct Silent<'a> {
    terminal: &'a io::Stdin,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn begin(terminal: &'a io::Stdin) -> rustix::io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        // Keys that would end the process are read as well: it must not leave a terminal that shows nothing.
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Silent { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        // What can be done about a terminal that is gone is nothing.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// A line of keys; nothing when it was broken off.
fn typed(keys: &mut impl Read) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut key = [0];
    loop {
        if keys.read(&mut key)? == 0 {
            return Ok((!line.is_empty()).then(|| text(line)));
        }
        match key[0] {
            b'\r' | b'\n' => return Ok(Some(text(line))),
            INTERRUPT => return Ok(None),
            END if line.is_empty() => return Ok(None),
            BACKSPACE | DELETE => {
                // A character may be several bytes.
                while line.pop().is_some_and(|byte: u8| byte & 0xC0 == 0x80) {}
            }
            KILL => line.clear(),
            _ if line.len() >= TYPED_MAX => {}
            byte => line.push(byte),
        }
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Keys as a terminal sends them.
const INTERRUPT: u8 = 3;
const END: u8 = 4;
const BACKSPACE: u8 = 8;
const KILL: u8 = 21;
const DELETE: u8 = 127;
/// Nobody types more, and no node takes more.
const TYPED_MAX: usize = 64 << 10;

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_a_line() {
        let line = |keys: &[u8]| typed(&mut &keys[..]).unwrap();
        assert_eq!(line(b"secret\rmore").as_deref(), Some("secret"));
        assert_eq!(line("n\u{e4}\u{7f}ot\u{8}\n".as_bytes()).as_deref(), Some("no"));
        assert_eq!(line(b"wrong\x15right\n").as_deref(), Some("right"));
        assert_eq!(line(b"abc\x03"), None);
        assert_eq!(line(b"\x04"), None);
        assert_eq!(line(b""), None);
        assert_eq!(line(b"abc").as_deref(), Some("abc"));
    }

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES "));
        assert!(!is_yes("\n") && !is_yes("no") && !is_yes("yep"));
    }
}
