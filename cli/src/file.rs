//! Workflow files of this machine: read, found and loaded without a node.

use std::path::{Path, PathBuf};

use dsl::{Diagnostics, File, LoadOptions, Source};
use serde_json::{Map, Value};

use crate::error::{Error, io};
use crate::exit::Exit;
use crate::values::text_of;

/// Endings of the names of workflow files.
const ENDINGS: [&str; 2] = ["sloth", "lua"];

/// A file as it is told of: `-` is standard input.
pub fn read(path: &Path) -> Result<Source, Error> {
    let text = text_of(path)?;
    let name = match path.to_str() {
        Some("-") => "stdin.sloth".to_owned(),
        _ => path.display().to_string(),
    };
    Ok(Source { name, text })
}

/// What a file defines, or what is wrong with it. Nothing outside of it is touched.
pub fn load(source: &Source, values: &Map<String, Value>) -> Result<File, Diagnostics> {
    dsl::load(source, &Value::Object(values.clone()), &LoadOptions::default())
}

/// As [`load`], with an error to end with.
pub fn loaded(source: &Source, values: &Map<String, Value>) -> Result<File, Error> {
    load(source, values).map_err(|faults| {
        let message = format!("the workflow does not load\n{faults}");
        Error { faults: faults.0.iter().map(Into::into).collect(), ..Error::usage(message) }
    })
}

/// Whether a name can only be that of a workflow file.
pub fn is_named_so(path: &Path) -> bool {
    path.to_str() == Some("-")
        || path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known))
}

/// The only workflow file of a folder.
pub fn only_one(folder: &Path) -> Result<PathBuf, Error> {
    let mut found = in_folder(folder)?;
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Error::new(Exit::Usage, "there is no workflow file here")
            .hint("name one, or begin one with `sloth new NAME`")),
        (Some(one), Some(two)) => {
            let message = format!("which file: {}, {}", two.display(), one.display());
            let more = if found.is_empty() { "" } else { " or others" };
            Err(Error::usage(format!("{message}{more}?")).hint("name it"))
        }
    }
}

/// The `*.sloth` files of a folder, sorted.
pub fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let listing = std::fs::read_dir(folder);
    let listing = listing.map_err(|error| io(format!("list {}", folder.display()), &error))?;
    let here = folder == Path::new(".");
    let path =
        |entry: std::fs::DirEntry| if here { entry.file_name().into() } else { entry.path() };
    let mut found: Vec<PathBuf> = listing.filter_map(|entry| entry.ok().map(path)).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == ENDINGS[0]));
    found.sort();
    Ok(found)
}

/// The files that are meant: each path itself, or the workflow files of a folder.
pub fn all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => files.extend(some_in(path)?),
            false => files.push(path.clone()),
        }
    }
    Ok(files)
}

fn some_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let found = in_folder(folder)?;
    match found.is_empty() {
        true => Err(Error::usage(format!("{} has no *.sloth file", folder.display()))),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_the_only_file_is_meant() {
        let folder = tempfile::tempdir().unwrap();
        assert!(only_one(folder.path()).is_err());
        let first = folder.path().join("a.sloth");
        std::fs::write(&first, "").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "").unwrap();
        assert_eq!(only_one(folder.path()).unwrap(), first);
        std::fs::write(folder.path().join("b.sloth"), "").unwrap();
        let error = only_one(folder.path()).unwrap_err().message;
        assert!(error.contains("a.sloth, ") && error.ends_with("b.sloth?"), "{error}");
    }

    #[test]
    fn a_folder_stands_for_its_workflow_files() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_path_buf();
        assert!(all(std::slice::from_ref(&folder)).is_err());
        for name in ["b.sloth", "a.sloth", "c.lua"] {
            std::fs::write(folder.join(name), "").unwrap();
        }
        let named = folder.join("c.lua");
        let expected = vec![folder.join("a.sloth"), folder.join("b.sloth"), named.clone()];
        assert_eq!(all(&[folder, named]).unwrap(), expected);
    }

    #[test]
    fn endings_tell_files_from_other_names() {
        assert!(is_named_so(Path::new("a/b.sloth")) && is_named_so(Path::new("-")));
        assert!(is_named_so(Path::new("a.lua")) && !is_named_so(Path::new("prod")));
    }
}
