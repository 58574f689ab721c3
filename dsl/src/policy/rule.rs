use std::fmt;
use std::path::Path;

use config::suggest::nearest;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use super::{Need, Object};
use crate::registry::function::Capability;

/// A capability, perhaps only for what a pattern names: `net`, `exec=git`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    capability: Capability,
    pattern: Option<Pattern>,
}

impl Rule {
    /// One rule for each of the patterns after the `=`.
    pub fn parse_all(text: &str) -> Result<Vec<Rule>, String> {
        match text.split_once('=') {
            Some((word, patterns)) => {
                patterns.split(',').map(|pattern| Rule::new(word, Some(pattern))).collect()
            }
            None => Ok(vec![Rule::new(text, None)?]),
        }
    }

    fn new(word: &str, pattern: Option<&str>) -> Result<Rule, String> {
        let word = word.trim();
        let Some(capability) = Capability::parse(word) else {
            let words = || Capability::ALL.iter().map(|capability| capability.word());
            return Err(match nearest(word, words()) {
                Some(meant) => format!("there is no capability `{word}`, did you mean `{meant}`?"),
                None => {
                    let words: Vec<&str> = words().collect();
                    format!("there is no capability `{word}`: there are {}", words.join(", "))
                }
            });
        };
        let pattern =
            pattern.map(|pattern| Pattern::new(capability, pattern.trim())).transpose()?;
        Ok(Rule { capability, pattern })
    }

    /// Whether all of what is needed falls under this rule.
    pub fn allows(&self, need: &Need, workdir: &Path) -> bool {
        self.capability == need.capability
            && match (&self.pattern, &need.object) {
                (None, _) | (Some(_), Object::Something) => true,
                (Some(pattern), Object::This(object)) => pattern.matches(object, workdir),
                (Some(_), Object::Everything) => false,
            }
    }

    /// Whether anything of what is needed falls under this rule.
    pub fn denies(&self, need: &Need, workdir: &Path) -> bool {
        self.capability == need.capability
            && match (&self.pattern, &need.object) {
                (None, _) | (Some(_), Object::Everything) => true,
                (Some(pattern), Object::This(object)) => pattern.matches(object, workdir),
                (Some(_), Object::Something) => false,
            }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.capability.word())?;
        match &self.pattern {
            Some(pattern) => write!(f, "={pattern}"),
            None => Ok(()),
        }
    }
}

impl TryFrom<String> for Rule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('=') {
            Some((word, pattern)) => Rule::new(word, Some(pattern)),
            None => Rule::new(&text, None),
        }
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> Self {
        rule.to_string()
    }
}
