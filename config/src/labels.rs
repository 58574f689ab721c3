use std::collections::BTreeMap;
use std::collections::btree_map::Iter;
use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, Name, limits};

/// What a node says about itself, for selectors; a tag is a label without a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Name, Option<String>>")]
pub struct Labels(BTreeMap<Name, Option<String>>);

/// One change to labels: `k=v` and `tag` set, `k-` removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edit {
    Set(Name, Option<String>),
    Remove(Name),
}

impl Labels {
    /// The key that selectors answer with the node's own name.
    pub const NODE_NAME: &str = "name";

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The value of a label; `None` for an absent label and for a tag.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_deref()
    }

    pub fn iter(&self) -> Iter<'_, Name, Option<String>> {
        self.0.iter()
    }

    /// Sets one label, replacing its value. Refuses keys and values that are no labels.
    pub fn insert(&mut self, key: Name, value: Option<String>) -> Result<(), Error> {
        check(&key, value.as_deref())?;
        if self.0.len() >= limits::LABELS && !self.0.contains_key(&key) {
            return Err(refused(&key, "there are 64 labels already"));
        }
        self.0.insert(key, value);
        Ok(())
    }

    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub fn edit(&mut self, edit: Edit) -> Result<(), Error> {
        match edit {
            Edit::Set(key, value) => self.insert(key, value),
            Edit::Remove(key) => {
                self.remove(&key);
                Ok(())
            }
        }
    }

    /// Adds `k=v` or `tag`.
    pub fn add(&mut self, text: &str) -> Result<(), Error> {
        let (key, value) = split(text)?;
        self.insert(key, value)
    }
}

fn split(text: &str) -> Result<(Name, Option<String>), Error> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value.to_owned())),
        None => (text, None),
    };
    let key = Name::new(key).map_err(|_| refused(text, "its key is no name"))?;
    check(&key, value.as_deref())?;
    Ok((key, value))
}

fn check(key: &Name, value: Option<&str>) -> Result<(), Error> {
    if key.ends_with('-') {
        return Err(refused(key, "a final '-' means removal"));
    }
    if *key == Labels::NODE_NAME {
        return Err(refused(key, "'name' stands for the node's own name"));
    }
    let value = value.unwrap_or_default();
    if value.len() > limits::LABEL_VALUE_BYTES {
        return Err(refused(key, "its value is longer than 256 bytes"));
    }
    if value.chars().any(char::is_control) {
        return Err(refused(key, "its value has control characters"));
    }
    Ok(())
}

fn refused(label: &str, reason: &'static str) -> Error {
    Error::Label { label: label.into(), reason }
}

/// Labels in one line: `k=v,tag`.
impl FromStr for Labels {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut labels = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            labels.add(part)?;
        }
        Ok(labels)
    }
}

impl FromStr for Edit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(key) = text.strip_suffix('-').filter(|key| !key.contains('=')) {
            let key = Name::new(key).map_err(|_| refused(text, "its key is no name"))?;
            return Ok(Self::Remove(key));
        }
        split(text).map(|(key, value)| Self::Set(key, value))
    }
}

impl Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.0.iter().map(|(key, value)| match value {
            Some(value) => format!("{key}={value}"),
            None => key.to_string(),
        });
        f.pad(&parts.collect::<Vec<_>>().join(","))
    }
}

impl TryFrom<BTreeMap<Name, Option<String>>> for Labels {
    type Error = Error;

    fn try_from(map: BTreeMap<Name, Option<String>>) -> Result<Self, Error> {
        let mut labels = Self::default();
        for (key, value) in map {
            labels.insert(key, value)?;
        }
        Ok(labels)
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a Name, &'a Option<String>);
    type IntoIter = Iter<'a, Name, Option<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_a_label_without_value() {
        let labels: Labels = "role=web, gpu,note=a=b".parse().unwrap();
        assert_eq!(labels.get("role"), Some("web"));
        assert_eq!(labels.get("note"), Some("a=b"));
        assert!(labels.contains("gpu"));
        assert_eq!(labels.get("gpu"), None);
        assert_eq!(labels.to_string(), "gpu,note=a=b,role=web");
    }

    #[test]
    fn edits_set_and_remove() {
        let mut labels: Labels = "a=1,b".parse().unwrap();
        for edit in ["a=2", "b-", "c", "absent-", "d=x-"] {
            labels.edit(edit.parse().unwrap()).unwrap();
        }
        assert_eq!(labels.to_string(), "a=2,c,d=x-");
    }

    #[test]
    fn what_is_no_label_is_refused() {
        let long = format!("a={}", "x".repeat(257));
        for text in ["=v", "a b=1", "a-=1", "name=web", "a=\n", &long] {
            assert!(Labels::default().add(text).is_err(), "{text:?}");
        }
        for text in ["", "-", "a b-", "=1"] {
            assert!(text.parse::<Edit>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn there_are_at_most_64() {
        let mut labels = Labels::default();
        for n in 0..limits::LABELS {
            labels.add(&format!("l{n}")).unwrap();
        }
        assert!(labels.add("one-more").is_err());
        labels.add("l0=replaced").unwrap();
    }

    #[test]
    fn unchecked_labels_do_not_come_in_by_serde() {
        assert!(serde_json::from_str::<Labels>(r#"{"a-":null}"#).is_err());
        let labels: Labels = serde_json::from_str(r#"{"a":"1","b":null}"#).unwrap();
        assert_eq!(serde_json::to_string(&labels).unwrap(), r#"{"a":"1","b":null}"#);
    }
}
