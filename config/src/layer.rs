use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::keys::KEYS;
use crate::{Environment, Error};

/// Where a value comes from; later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Default,
    File(PathBuf),
    Variable(String),
    Flag,
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// One value for one key, not checked yet.
pub(crate) struct Given {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// What flags set, by key; the values are checked with the others.
#[derive(Clone, Debug, Default)]
pub struct Overrides(Vec<(&'static str, Value)>);

impl Overrides {
    /// Sets a key such as `node.name`; an absent flag sets nothing.
    pub fn set(&mut self, key: &'static str, value: Option<impl Display>) -> &mut Self {
        self.0.extend(value.map(|value| (key, Value::String(value.to_string()))));
        self
    }

    /// Sets a list such as `mesh.seeds`; no items set nothing.
    pub fn set_all(
        &mut self,
        key: &'static str,
        items: impl IntoIterator<Item = impl Display>,
    ) -> &mut Self {
        let items: Vec<_> = items.into_iter().map(|item| Value::String(item.to_string())).collect();
        if !items.is_empty() {
            self.0.push((key, Value::Array(items)));
        }
        self
    }

    pub(crate) fn given(&self) -> Vec<Given> {
        let given = |(key, value): &(&str, Value)| Given {
            key: (*key).into(),
            value: value.clone(),
            origin: Origin::Flag,
        };
        self.0.iter().map(given).collect()
    }
}

/// The settings of one TOML file.
pub(crate) fn file(path: &Path, text: &str) -> Result<Vec<Given>, Error> {
    let syntax = |source| Error::Syntax { path: path.into(), source };
    let table: Table = text.parse().map_err(syntax)?;
    let mut given = Vec::new();
    for (section, keys) in table {
        let keys = match keys {
            Value::Table(keys) => {
                keys.into_iter().map(|(key, v)| (format!("{section}.{key}"), v)).collect()
            }
            value => vec![(section, value)],
        };
        let origin = Origin::File(path.into());
        given.extend(keys.into_iter().map(|(key, value)| Given {
            key,
            value,
            origin: origin.clone(),
        }));
    }
    Ok(given)
}

/// The data directory's variable; shorter than its regular one, which wins.
const DATA_DIR: (&str, &str) = ("SLOTH_DATA_DIR", "node.data_dir");

/// The settings in the environment.
pub(crate) fn variables(environment: &Environment) -> Result<Vec<Given>, Error> {
    let regular = KEYS.iter().map(|key| (key.variable(), key.name));
    let all = std::iter::once((DATA_DIR.0.to_owned(), DATA_DIR.1)).chain(regular);
    let mut given = Vec::new();
    for (variable, key) in all {
        let Some(value) = environment.get(&variable) else { continue };
        let Some(text) = value.to_str() else { return Err(Error::NotText { variable }) };
        let value = Value::String(text.into());
        given.push(Given { key: key.into(), value, origin: Origin::Variable(variable) });
    }
    Ok(given)
}
