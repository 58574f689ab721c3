//! Lua 5.4 patterns over bytes. The language's own matcher cannot be interrupted; this one counts its steps.

mod class;
mod matcher;

pub use matcher::{Capture, Match, Matcher};

const ESCAPE: u8 = b'%';
/// Bytes of a pattern that mean something other than themselves.
const SPECIALS: &[u8] = b"^$*+?.([%-";

/// Why a pattern could not be matched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("malformed pattern ({0})")]
    Malformed(&'static str),
    #[error("{0}")]
    Invalid(String),
    #[error("pattern too complex after {steps} steps")]
    TooComplex { steps: u64 },
    #[error("pattern too complex: more than {0} nested items")]
    TooDeep(usize),
}

impl Fault {
    fn malformed(what: &'static str) -> Self {
        Fault::Malformed(what)
    }
}

/// Whether the pattern stands for itself.
pub fn is_plain(pattern: &[u8]) -> bool {
    !pattern.iter().any(|byte| SPECIALS.contains(byte))
}

/// The pattern without its leading `^`, and whether it had one.
pub fn anchored(pattern: &[u8]) -> (bool, &[u8]) {
    match pattern {
        [b'^', rest @ ..] => (true, rest),
        all => (false, all),
    }
}
