use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::{Error, Name};

/// What a process finds around it: variables, user and machine.
#[derive(Clone, Debug)]
pub struct Environment {
    variables: BTreeMap<String, OsString>,
    /// Whether this is the superuser.
    pub root: bool,
    pub processors: u32,
    /// The host's name as a node's name; others may bear it too.
    pub host: Name,
}

const SYSTEM_DATA: &str = "/var/lib/sloth";
const SYSTEM_CONFIG: &str = "/etc/sloth/config.toml";
const SYSTEM_RUNTIME: &str = "/run";

impl Environment {
    /// These variables; an ordinary user on a machine of one processor called `node`.
    pub fn new<K: Into<String>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self {
            variables: variables.collect(),
            root: false,
            processors: 1,
            host: Name::from_host(""),
        }
    }

    /// The environment of this process.
    pub fn read() -> Self {
        let named = |(name, value): (OsString, _)| Some((name.into_string().ok()?, value));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            root: rustix::process::geteuid().is_root(),
            processors: u32::try_from(processors).unwrap_or(u32::MAX),
            host: Name::from_host(&rustix::system::uname().nodename().to_string_lossy()),
            ..Self::new(std::env::vars_os().filter_map(named))
        }
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(name).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// Where configuration is looked for; later files win.
    pub fn config_files(&self) -> Vec<PathBuf> {
        let user = self.base("XDG_CONFIG_HOME", ".config");
        let user = user.map(|base| base.join("sloth/config.toml"));
        [Some(SYSTEM_CONFIG.into()), user].into_iter().flatten().collect()
    }

    /// The data directory of this user's node.
    pub fn data_dir(&self) -> Option<PathBuf> {
        if self.root {
            return Some(SYSTEM_DATA.into());
        }
        Some(self.base("XDG_DATA_HOME", ".local/share")?.join("sloth"))
    }

    /// Data directories whose node serves this user when none is named, nearest first.
    pub(crate) fn data_dirs(&self) -> Vec<PathBuf> {
        let mut found: Vec<_> = self.data_dir().into_iter().collect();
        if !self.root {
            found.push(SYSTEM_DATA.into());
        }
        found
    }

    /// The folder for sockets that do not fit into the data directory.
    pub fn runtime_dir(&self) -> Option<PathBuf> {
        let system = self.root.then(|| SYSTEM_RUNTIME.into());
        self.absolute("XDG_RUNTIME_DIR").or(system)
    }

    fn base(&self, variable: &str, under_home: &str) -> Option<PathBuf> {
        self.absolute(variable).or_else(|| Some(self.absolute("HOME")?.join(under_home)))
    }

    /// A folder from a variable; relative ones are to be ignored by the XDG specification.
    fn absolute(&self, variable: &str) -> Option<PathBuf> {
        self.get(variable).map(PathBuf::from).filter(|path| path.is_absolute())
    }
}

/// The text of a file that may be absent.
pub(crate) fn optional_file(path: &Path) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.into(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_follow_the_user_and_the_xdg_variables() {
        let user = Environment::new([("HOME", "/home/u")]);
        assert_eq!(user.data_dir().unwrap(), Path::new("/home/u/.local/share/sloth"));
        assert_eq!(user.config_files()[1], Path::new("/home/u/.config/sloth/config.toml"));
        assert_eq!(user.runtime_dir(), None);
        let xdg = Environment::new([
            ("HOME", "/home/u"),
            ("XDG_DATA_HOME", "/d"),
            ("XDG_CONFIG_HOME", "relative"),
            ("XDG_RUNTIME_DIR", "/r"),
        ]);
        assert_eq!(xdg.data_dir().unwrap(), Path::new("/d/sloth"));
        assert_eq!(xdg.config_files()[1], Path::new("/home/u/.config/sloth/config.toml"));
        assert_eq!(xdg.runtime_dir().unwrap(), Path::new("/r"));
        let root = Environment { root: true, ..user };
        assert_eq!(root.data_dir().unwrap(), Path::new(SYSTEM_DATA));
        assert_eq!(root.data_dirs().len(), 1);
        assert_eq!(Environment::new([("HOME", "")]).data_dir(), None);
    }

    #[test]
    fn this_process_has_one() {
        let environment = Environment::read();
        assert!(environment.processors >= 1);
        assert!(environment.get("PATH").is_some());
    }
}
