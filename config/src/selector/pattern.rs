use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::name::is_name_char;
use crate::{Error, limits};

/// Names by pattern: `*` stands for any characters, as in `web-*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

impl Pattern {
    pub fn new(text: &str) -> Result<Self, Error> {
        let sized = (1..=limits::NAME_BYTES).contains(&text.len());
        if sized && text.chars().all(|c| c == '*' || is_name_char(c)) {
            return Ok(Self(text.into()));
        }
        Err(Error::Pattern(text.into()))
    }

    /// Whether the whole name fits.
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let inner = name.strip_prefix(first).and_then(|name| name.strip_suffix(last));
        inner.is_some_and(|inner| in_order(inner, middle))
    }
}

/// Whether the pieces between stars occur one after the other; the leftmost places leave most room.
fn in_order(mut text: &str, pieces: &str) -> bool {
    pieces.split('*').all(|piece| {
        let found = text.split_once(piece).map(|(_, after)| text = after);
        piece.is_empty() || found.is_some()
    })
}

impl Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::new(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> String {
        pattern.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|skip| naive(rest, &name[skip..])),
            Some((c, rest)) => name.first() == Some(c) && naive(rest, &name[1..]),
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        let web = Pattern::new("web-*").unwrap();
        assert!(web.matches("web-1") && web.matches("web-"));
        assert!(!web.matches("web") && !web.matches("my-web-1"));
        assert!(Pattern::new("a*a").unwrap().matches("aa"));
        assert!(!Pattern::new("a*a").unwrap().matches("a"));
        assert!(Pattern::new("").is_err() && Pattern::new("a b").is_err());
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_definition(pattern in "[ab*]{1,8}", name in "[ab]{0,10}") {
            let matched = Pattern::new(&pattern).unwrap().matches(&name);
            prop_assert_eq!(matched, naive(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
