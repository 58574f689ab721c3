use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Need, Rule};

/// Rules of one origin: with `allow`, nothing else is allowed; what `deny` names is not, whatever `allow` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    #[serde(default)]
    allow: Option<Vec<Rule>>,
    #[serde(default)]
    deny: Vec<Rule>,
}

impl Layer {
    /// From rules as people write them: `exec=git,make`, `net`.
    pub fn new<S: AsRef<str>>(allow: &[S], deny: &[S]) -> Result<Self, String> {
        let allow = rules(allow)?;
        Ok(Layer { allow: (!allow.is_empty()).then_some(allow), deny: rules(deny)? })
    }

    /// A layer that allows nothing but what these rules name, even if there is none.
    pub fn only<S: AsRef<str>>(allow: &[S], deny: &[S]) -> Result<Self, String> {
        Ok(Layer { allow: Some(rules(allow)?), deny: rules(deny)? })
    }

    /// Whether it denies nothing.
    pub fn is_open(&self) -> bool {
        self.allow.is_none() && self.deny.is_empty()
    }

    pub fn allows(&self, need: &Need, workdir: &Path) -> bool {
        let allowed = self
            .allow
            .as_ref()
            .is_none_or(|rules| rules.iter().any(|rule| rule.allows(need, workdir)));
        allowed && !self.deny.iter().any(|rule| rule.denies(need, workdir))
    }
}

fn rules<S: AsRef<str>>(texts: &[S]) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for text in texts {
        rules.extend(Rule::parse_all(text.as_ref())?);
    }
    Ok(rules)
}
