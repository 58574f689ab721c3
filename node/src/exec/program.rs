use std::ffi::{OsStr, OsString};

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
        match dsl::words(line) {
            Some(words) => Self::Words(words.into_iter().map(OsString::from).collect()),
            None => Self::Shell(line.to_owned()),
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
