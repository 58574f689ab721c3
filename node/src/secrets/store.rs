use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use config::Secret;

use super::seal::{Content, Key};
use crate::blobs::file;
use crate::{Error, clock, random};

/// Bytes of one value: keys and certificates fit, files do not.
pub const VALUE_MAX: usize = 64 << 10;
/// Secrets of one node.
const SECRETS_MAX: usize = 10_000;
/// A sealed file: the value and what is known of it.
const FILE_MAX: u64 = VALUE_MAX as u64 + (4 << 10);
/// The version of the key's file.
const KEY_VERSION: u8 = 1;
const KEY: &str = "key";
const SEALED: &str = "sealed";
/// Only the node itself reads what lies here.
const PRIVATE: u32 = 0o600;

/// The sealed files of one data directory, which only its holder touches.
pub struct Store {
    folder: PathBuf,
    key: OnceLock<Key>,
    /// One change at a time.
    changing: Mutex<()>,
}

impl Store {
    pub fn new(folder: PathBuf) -> Store {
        Store { folder, key: OnceLock::new(), changing: Mutex::default() }
    }

    /// Every secret by name, in order.
    pub fn list(&self) -> Result<Vec<(String, Content)>, Error> {
        let mut names = self.names()?;
        names.sort();
        let opened = names.into_iter().map(|name| {
            let content = self.get(&name)?;
            Ok(content.map(|content| (name, content)))
        });
        opened.filter_map(Result::transpose).collect()
    }

    /// The names, in no order.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let read = file("read", &self.folder);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(&read)? {
            let path = entry.map_err(&read)?.path();
            let is_sealed = path.extension().is_some_and(|extension| extension == SEALED);
            names.extend(
                path.file_stem()
                    .filter(|_| is_sealed)
                    .and_then(|stem| stem.to_str())
                    .map(str::to_owned),
            );
        }
        Ok(names)
    }

    pub fn get(&self, name: &str) -> Result<Option<Content>, Error> {
        let path = self.path(name)?;
        let Some(bytes) = read(&path, FILE_MAX)? else { return Ok(None) };
        let opened = self.key()?.open(name, &bytes);
        opened.map(Some).map_err(|error| {
            Error::Corrupt(format!("secret `{name}` in {}: {error}", path.display()))
        })
    }

    /// Stores a value; what is known of it now.
    pub fn set(&self, name: &str, value: Secret, by: String) -> Result<Content, Error> {
        check_value(name, value.reveal())?;
        let path = self.path(name)?;
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.get(name)?;
        if before.is_none() && self.names()?.len() >= SECRETS_MAX {
            return Err(Error::Invalid(format!("this node keeps {SECRETS_MAX} secrets already")));
        }
        let content = Content {
            value,
            version: before.map_or(0, |before| before.version) + 1,
            changed_at: clock::wall().0,
            changed_by: by,
        };
        replace(&path, &self.key()?.seal(name, &content, random::bytes()?))?;
        Ok(content)
    }

    /// Whether there was something to delete.
    pub fn delete(&self, name: &str) -> Result<bool, Error> {
        let path = self.path(name)?;
        let _one = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(&path) {
            Ok(()) => sync_folder(&path).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(file("delete", &path)(error)),
        }
    }

    fn path(&self, name: &str) -> Result<PathBuf, Error> {
        check_name(name)?;
        Ok(self.folder.join(format!("{name}.{SEALED}")))
    }

    /// The data key, made when it is needed for the first time.
    fn key(&self) -> Result<&Key, Error> {
        if let Some(key) = self.key.get() {
            return Ok(key);
        }
        let path = self.folder.join(KEY);
        let bytes = match read(&path, 64)? {
            Some(bytes) => of_file(&path, &bytes)?,
            None if !self.names()?.is_empty() => {
                return Err(Error::Corrupt(format!(
                    "the key of the secrets is missing: restore {}, or delete the sealed files beside it",
                    path.display()
                )));
            }
            None => {
                let bytes = random::bytes::<32>()?;
                replace(&path, &[&[KEY_VERSION][..], &bytes].concat())?;
                bytes
            }
        };
        Ok(self.key.get_or_init(|| Key::new(&bytes)))
    }
}

fn of_file(path: &Path, bytes: &[u8]) -> Result<[u8; 32], Error> {
    match bytes {
        [KEY_VERSION, key @ ..] if key.len() == 32 => {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(key);
            Ok(bytes)
        }
        _ => Err(Error::Corrupt(format!(
            "{} holds no key this sloth knows: restore it",
            path.display()
        ))),
    }
}

/// Letters, digits, `.`, `_` and `-`, beginning with a letter or digit.
fn check_name(name: &str) -> Result<(), Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    if begins && name.len() <= 63 && name.bytes().all(plain) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "secret name {name:?}: it must have 1 to 63 letters, digits, `.`, `_` or `-` and begin with a letter or digit"
    )))
}

fn check_value(name: &str, value: &str) -> Result<(), Error> {
    match value.len() {
        0 => Err(Error::Invalid(format!("the value of secret `{name}` is empty"))),
        size if size > VALUE_MAX => {
            let what = format!("the value of secret `{name}`");
            Err(Error::TooLarge { what, size, most: VALUE_MAX })
        }
        _ if value.contains('\0') => {
            Err(Error::Invalid(format!("the value of secret `{name}` holds a zero byte")))
        }
        _ => Ok(()),
    }
}

/// A small file; nothing when it is not there.
fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file("read", path)(error)),
    };
    let mut bytes = Vec::new();
    opened.take(most).read_to_end(&mut bytes).map_err(file("read", path))?;
    Ok(Some(bytes))
}

/// Written whole or not at all, and on disk before it is told.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let draft = path.with_extension("draft");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).write(true).truncate(true).mode(PRIVATE).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().map_err(file("write", path))?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(file("write", folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::error::Kind;

    fn store(folder: &Path) -> Store {
        Store::new(folder.to_owned())
    }

    fn set(store: &Store, name: &str, value: &str) -> Result<Content, Error> {
        store.set(name, Secret::new(value), "uid 0".into())
    }

    #[test]
    fn secrets_are_there_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        assert!(store(folder.path()).list().unwrap().is_empty());
        set(&store(folder.path()), "token", "hunter2").unwrap();
        assert_eq!(set(&store(folder.path()), "token", "hunter3").unwrap().version, 2);
        set(&store(folder.path()), "a.b-c", "x").unwrap();
        let again = store(folder.path());
        assert_eq!(again.get("token").unwrap().unwrap().value.reveal(), "hunter3");
        let names: Vec<String> = again.list().unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a.b-c", "token"]);
        assert!(again.delete("token").unwrap());
        assert!(!again.delete("token").unwrap());
        assert!(again.get("token").unwrap().is_none());
    }

    #[test]
    fn files_are_private_and_hold_nothing_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        set(&store(folder.path()), "token", "hunter2").unwrap();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert!(!fs::read(&path).unwrap().windows(7).any(|part| part == b"hunter2"));
        }
    }

    #[test]
    fn two_files_cannot_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(format!("{name}.sealed"));
        set(&store(folder.path()), "one", "first").unwrap();
        set(&store(folder.path()), "two", "second").unwrap();
        fs::rename(path("one"), path("two")).unwrap();
        let error = store(folder.path()).get("two").unwrap_err();
        assert_eq!(error.kind(), Kind::Corrupt);
        assert!(error.to_string().starts_with("secret `two` in "), "{error}");
    }

    #[test]
    fn without_its_key_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        set(&store(folder.path()), "token", "hunter2").unwrap();
        fs::remove_file(folder.path().join(KEY)).unwrap();
        assert_eq!(set(&store(folder.path()), "token", "new").unwrap_err().kind(), Kind::Corrupt);
        assert!(!folder.path().join(KEY).exists());
    }

    #[test]
    fn names_and_values_have_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        for name in ["", "a/b", "..", ".a", "a b", "ä", &"a".repeat(64)] {
            assert_eq!(set(&store, name, "x").unwrap_err().kind(), Kind::Invalid, "{name:?}");
        }
        assert_eq!(set(&store, "a", "").unwrap_err().kind(), Kind::Invalid);
        assert_eq!(set(&store, "a", "x\0").unwrap_err().kind(), Kind::Invalid);
        assert_eq!(set(&store, "a", &"x".repeat(VALUE_MAX + 1)).unwrap_err().kind(), Kind::Limit);
        let largest = "x".repeat(VALUE_MAX);
        set(&store, "a", &largest).unwrap();
        assert_eq!(store.get("a").unwrap().unwrap().value.reveal(), largest);
    }
}
