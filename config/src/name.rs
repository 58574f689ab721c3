use std::borrow::Borrow;
use std::fmt::{self, Debug, Display};
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Error, limits};

/// Text that was checked once; cheap to clone, ordered and compared as text.
macro_rules! checked_text {
    ($(#[$doc:meta])* $type:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            pub fn new(text: &str) -> Result<Self, Error> {
                if $check(text) { Ok(Self(text.into())) } else { Err(Error::$type(text.into())) }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $type {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Debug::fmt(&self.0, f)
            }
        }

        impl PartialEq<str> for $type {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $type {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $type {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::new(&text)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> String {
                name.as_str().into()
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_from(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }
    };
}

checked_text! {
    /// A name of a node, label, namespace and the like: `[A-Za-z0-9._-]{1,63}`, first alphanumeric.
    Name, is_name
}

checked_text! {
    /// A name of a task or workflow: 1 to 128 bytes of UTF-8 without control characters.
    TaskName, is_task_name
}

impl Name {
    /// The nearest name to a machine's host name; `node` when nothing of it is usable.
    pub fn from_host(host: &str) -> Self {
        let first = host.split('.').next().unwrap_or_default();
        let usable: String = first
            .chars()
            .map(|c| if is_name_char(c) { c } else { '-' })
            .skip_while(|c| !c.is_ascii_alphanumeric())
            .take(limits::NAME_BYTES)
            .collect();
        Self::new(usable.trim_end_matches('-')).unwrap_or_else(|_| Self("node".into()))
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= limits::NAME_BYTES
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(is_name_char)
}

/// Whether a name may contain this character.
pub(crate) fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')
}

fn is_task_name(text: &str) -> bool {
    (1..=limits::TASK_NAME_BYTES).contains(&text.len()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_short_words() {
        for text in ["a", "web-1", "A.b_c-9", &"x".repeat(63)] {
            assert_eq!(Name::new(text).unwrap(), text);
        }
        for text in ["", "-a", ".a", "a b", "a/b", "é", &"x".repeat(64)] {
            assert!(Name::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn task_names_are_a_line_of_text() {
        for text in ["a", "build the site — é", &"x".repeat(128)] {
            assert_eq!(TaskName::new(text).unwrap(), text);
        }
        for text in ["", "a\nb", "a\u{85}", &"x".repeat(129), &"é".repeat(65)] {
            assert!(TaskName::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn unchecked_text_does_not_come_in_by_serde() {
        assert!(serde_json::from_str::<Name>("\"a b\"").is_err());
        assert!(serde_json::from_str::<TaskName>("\"\"").is_err());
        assert_eq!(serde_json::from_str::<Name>("\"a\"").unwrap(), "a");
    }

    #[test]
    fn host_names_become_names() {
        assert_eq!(Name::from_host("web-1.example.org"), "web-1");
        assert_eq!(Name::from_host("Bob's laptop"), "Bob-s-laptop");
        assert_eq!(Name::from_host("(none)"), "none");
        assert_eq!(Name::from_host("--"), "node");
        assert_eq!(Name::from_host(""), "node");
    }

    proptest! {
        #[test]
        fn names_read_back(text in "[A-Za-z0-9][A-Za-z0-9._-]{0,62}") {
            let name = Name::new(&text).unwrap();
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<Name>(&json).unwrap(), name);
        }

        #[test]
        fn every_host_gives_a_name(host in ".{0,100}") {
            prop_assert!(is_name(&Name::from_host(&host)));
        }
    }
}
