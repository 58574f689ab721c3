use std::ffi::{OsStr, OsString};

use super::keywords::needs_shell;

/// What to execute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A program and its arguments, looked up in the `PATH` of the command's environment.
    Words(Vec<OsString>),
    /// A line for `bash -c`, or `sh -c` where there is no bash.
    Shell(String),
}

impl Program {
    /// Plain words are executed directly, which saves a shell; any other line is bash's.
    pub fn line(line: &str) -> Self {
        let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
        match words.first() {
            Some(first)
                if line.chars().all(is_plain) && !first.contains('=') && !needs_shell(first) =>
            {
                Self::Words(words.into_iter().map(OsString::from).collect())
            }
            _ => Self::Shell(line.to_owned()),
        }
    }

    /// The word that messages name.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Words(words) => {
                words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
            }
            Self::Shell(_) => "bash".to_owned(),
        }
    }
}

impl<S: AsRef<OsStr>> FromIterator<S> for Program {
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        Self::Words(words.into_iter().map(|word| word.as_ref().to_owned()).collect())
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_@%+=:,./- \t".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_need_no_shell() {
        let words = |line: &str| matches!(Program::line(line), Program::Words(_));
        for line in [
            "true",
            " ls  -l\t/tmp",
            "echo a=b",
            "/bin/x --flag=1 user@host:22",
            "./run.sh",
            "time-it",
        ] {
            assert!(words(line), "{line}");
        }
        for line in [
            "",
            " ",
            "A=1 env",
            "cd /tmp",
            ": x",
            ". file",
            "ls | wc",
            "echo $HOME",
            "a\nb",
            "echo 'x'",
            "é",
        ] {
            assert!(!words(line), "{line}");
        }
        assert_eq!(Program::line(" ls \t-l "), ["ls", "-l"].into_iter().collect());
    }
}
