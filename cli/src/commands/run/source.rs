use std::path::{Path, PathBuf};

use crate::error::{Error, io};
use crate::values::text_of;

/// The text of a workflow file and its name for messages; without a path, the only such file here.
pub fn read(path: Option<&Path>) -> Result<(String, String), Error> {
    let path = match path {
        Some(path) => path.to_owned(),
        None => only_one(&PathBuf::from("."))?,
    };
    let text = text_of(&path)?;
    let name = match path.to_str() {
        Some("-") => "stdin.sloth".to_owned(),
        _ => path.display().to_string(),
    };
    Ok((name, text))
}

fn only_one(folder: &Path) -> Result<PathBuf, Error> {
    let mut found = workflow_files(folder)?;
    match (found.pop(), found.pop()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Error::usage("no workflow file here").hint("sloth run FILE.sloth")),
        (Some(one), Some(two)) => {
            let message = format!("which file: {}, {}", two.display(), one.display());
            let more = if found.is_empty() { "" } else { " or others" };
            Err(Error::usage(format!("{message}{more}?")).hint("sloth run FILE.sloth"))
        }
    }
}

/// The `*.sloth` files of a folder, sorted.
pub fn workflow_files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let listing = std::fs::read_dir(folder);
    let listing = listing.map_err(|error| io(format!("list {}", folder.display()), &error))?;
    let here = folder == Path::new(".");
    let path =
        |entry: std::fs::DirEntry| if here { entry.file_name().into() } else { entry.path() };
    let mut found: Vec<PathBuf> = listing.filter_map(|entry| entry.ok().map(path)).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "sloth"));
    found.sort();
    Ok(found)
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
}
