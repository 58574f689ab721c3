use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::environment::optional_file;
use crate::keys::{KEYS, Key};
use crate::layer::{self, Given, Origin, Overrides};
use crate::suggest::nearest;
use crate::{Config, Environment, Error, Paths};

/// A configuration, and where each value comes from.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub config: Config,
    /// Sentences about what was probably meant otherwise.
    pub warnings: Vec<String>,
    origins: BTreeMap<&'static str, Origin>,
    environment: Environment,
}

const SECRETS: [&str; 2] = ["cluster.secret", "cluster.secret_file"];

impl Resolved {
    /// The configuration of this process: defaults, files, environment, flags.
    pub fn read(overrides: &Overrides) -> Result<Self, Error> {
        let environment = Environment::read();
        let mut files = Vec::new();
        let mut warnings = Vec::new();
        for path in environment.config_files() {
            match optional_file(&path) {
                Ok(text) => files.extend(text.map(|text| (path, text))),
                // A node's file may hold its secret; commands of other users work without it.
                Err(Error::Read { path, source }) if source.kind() == PERMISSION => {
                    warnings
                        .push(format!("cannot read {}: its settings are not used", path.display()));
                }
                Err(error) => return Err(error),
            }
        }
        let mut resolved = Self::resolve(&files, &environment, overrides)?;
        resolved.warnings.extend(warnings);
        let data_dir = &mut resolved.config.node.data_dir;
        *data_dir = std::path::absolute(&*data_dir)
            .map_err(|source| Error::Read { path: data_dir.clone(), source })?;
        Ok(resolved)
    }

    /// The same, from given texts: files in order, then the environment, then flags.
    pub fn resolve(
        files: &[(PathBuf, String)],
        environment: &Environment,
        overrides: &Overrides,
    ) -> Result<Self, Error> {
        let mut resolved = Self::defaults(environment);
        for (path, text) in files {
            resolved.apply(layer::file(path, text)?)?;
        }
        resolved.apply(layer::variables(environment)?)?;
        resolved.apply(overrides.given())?;
        resolved.check()?;
        resolved.warnings = misspelt(environment);
        Ok(resolved)
    }

    fn defaults(environment: &Environment) -> Self {
        let mut config = Config::default();
        config.node.data_dir = environment.data_dir().unwrap_or_default();
        config.node.max_tasks = environment.processors.saturating_mul(2);
        let origins = KEYS.iter().map(|key| (key.name, Origin::Default)).collect();
        Self { config, warnings: Vec::new(), origins, environment: environment.clone() }
    }

    fn apply(&mut self, layer: Vec<Given>) -> Result<(), Error> {
        let both = SECRETS.map(|secret| layer.iter().find(|given| given.key == secret));
        if let [Some(_), Some(file)] = both {
            return Err(invalid("cluster.secret_file", &file.origin, "cluster.secret is set too"));
        }
        for given in layer {
            self.set(given)?;
        }
        Ok(())
    }

    fn set(&mut self, given: Given) -> Result<(), Error> {
        let Some(key) = Key::find(&given.key) else { return Err(unknown(given)) };
        if SECRETS.contains(&key.name) {
            self.config.cluster = Default::default();
            self.origins.extend(SECRETS.map(|secret| (secret, Origin::Default)));
        }
        (key.set)(&mut self.config, &given.value)
            .map_err(|reason| invalid(key.name, &given.origin, reason))?;
        self.origins.insert(key.name, given.origin);
        Ok(())
    }

    fn check(&self) -> Result<(), Error> {
        if self.config.node.data_dir.as_os_str().is_empty() {
            return Err(Error::NoDataDir);
        }
        let fault = self.config.fault();
        fault.map_or(Ok(()), |(key, reason)| Err(invalid(key, self.origin(key), reason)))
    }

    /// Where the value of a key such as `raft.voters` comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// Every key, its value as text, its origin; secrets stay hidden.
    pub fn list(&self) -> impl Iterator<Item = (&'static str, String, &Origin)> {
        KEYS.iter().map(|key| (key.name, (key.show)(&self.config), self.origin(key.name)))
    }

    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    pub fn paths(&self) -> Paths {
        Paths::new(&self.config.node.data_dir)
    }

    /// The socket that a node on the configured data directory serves.
    pub fn socket(&self) -> Result<PathBuf, Error> {
        self.socket_in(&self.config.node.data_dir)
    }

    /// Where a client looks for a node: only in the data directory that was named, else in the
    /// user's, then in the system's. Nobody who names one means another.
    pub fn sockets(&self) -> Result<Vec<PathBuf>, Error> {
        match self.origin("node.data_dir") {
            Origin::Default => {
                self.environment.data_dirs().iter().map(|root| self.socket_in(root)).collect()
            }
            _ => Ok(vec![self.socket()?]),
        }
    }

    fn socket_in(&self, root: &Path) -> Result<PathBuf, Error> {
        Paths::new(root).socket(self.environment.runtime_dir().as_deref())
    }
}

const PERMISSION: std::io::ErrorKind = std::io::ErrorKind::PermissionDenied;

fn invalid(key: &'static str, origin: &Origin, reason: impl Into<String>) -> Error {
    Error::Setting { key, origin: origin.clone(), reason: reason.into() }
}

fn unknown(given: Given) -> Error {
    let near = nearest(&given.key, KEYS.iter().map(|key| key.name));
    let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Error::UnknownKey { key: given.key, origin: given.origin, hint }
}

/// Variables almost called like a setting. Other `SLOTH_` variables belong to others.
fn misspelt(environment: &Environment) -> Vec<String> {
    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let sections = ["SLOTH_NODE_", "SLOTH_MESH_", "SLOTH_CLUSTER_", "SLOTH_RAFT_", "SLOTH_RUN_"];
    let ours = |name: &&str| sections.iter().any(|section| name.starts_with(section));
    let unknown = |name: &&str| !known.iter().any(|known| known == name);
    let names = environment.names().filter(ours).filter(unknown);
    let near = |name| typo(name, &known).map(|near| (name, near));
    names
        .filter_map(near)
        .map(|(name, near)| format!("{name} sets nothing; did you mean {near}?"))
        .collect()
}

/// The variable of the same section whose key is nearly the same.
fn typo<'a>(name: &str, known: &'a [String]) -> Option<&'a str> {
    let (section, key) = split(name)?;
    let keys = known.iter().filter_map(|known| split(known));
    let near = nearest(key, keys.filter(|(of, _)| *of == section).map(|(_, key)| key))?;
    known.iter().map(String::as_str).find(|known| split(known) == Some((section, near)))
}

fn split(variable: &str) -> Option<(&str, &str)> {
    variable.strip_prefix("SLOTH_")?.split_once('_')
}

#[cfg(test)]
mod tests;
