//! Questions before something is destroyed.

use std::io::{self, BufRead, IsTerminal};

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

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn only_yes_is_yes() {
        assert!(is_yes("y\n") && is_yes(" YES "));
        assert!(!is_yes("\n") && !is_yes("no") && !is_yes("yep"));
    }
}
