//! Paths as rules compare them: absolute, without `.` and `..`, without links.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Parts and links of one path; the kernel follows fewer links.
const HOPS_MAX: usize = 4096;

/// Where a path leads: links of what is there are followed, what is not there yet is taken by its letters.
pub fn real(path: &Path) -> PathBuf {
    let mut missing: Vec<OsString> = Vec::new();
    let mut there = clean(path);
    for _ in 0..HOPS_MAX {
        if let Ok(found) = there.canonicalize() {
            return missing.into_iter().rev().fold(found, |path, part| path.join(part));
        }
        // A link that leads nowhere is followed when it is opened.
        if let Ok(target) = there.read_link() {
            let folder = there.parent().unwrap_or(Path::new("/"));
            let rest: PathBuf = missing.drain(..).rev().collect();
            there = clean(&folder.join(target).join(rest));
            continue;
        }
        match (there.file_name().map(ToOwned::to_owned), there.parent()) {
            (Some(name), Some(parent)) => {
                missing.push(name);
                there = parent.to_path_buf();
            }
            _ => break,
        }
    }
    missing.into_iter().rev().fold(there, |path, part| path.join(part))
}

/// The kernel follows links before `..`, so a path with one is only sure once it is resolved step by step.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean = clean.canonicalize().unwrap_or(clean);
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// A pattern in one spelling.
pub fn clean_pattern(text: &str) -> Result<String, String> {
    let mut clean = PathBuf::new();
    for part in Path::new(text).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                return Err(format!(
                    "the pattern {text:?} leaves its folder by `..`: write it as an absolute path"
                ));
            }
            part => clean.push(part),
        }
    }
    let literal = clean.to_string_lossy().into_owned();
    Ok(match text.starts_with('/') {
        true => resolved(&literal),
        false => literal,
    })
}

/// The literal folders a pattern begins with may be links, too.
fn resolved(pattern: &str) -> String {
    let wild = |part: &Path| part.to_string_lossy().contains(['*', '?', '[', '{', '\\']);
    let parts: Vec<Component<'_>> = Path::new(pattern).components().collect();
    let literal = parts.iter().take_while(|part| !wild(part.as_ref())).count();
    let (folder, rest): (PathBuf, PathBuf) =
        (parts[..literal].iter().collect(), parts[literal..].iter().collect());
    // Joined part by part: an empty rest would end the path with a slash.
    real(&folder)
        .components()
        .chain(rest.components())
        .collect::<PathBuf>()
        .to_string_lossy()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_also_through_what_is_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("secret")).unwrap();
        std::os::unix::fs::symlink(root.join("secret"), root.join("door")).unwrap();
        std::os::unix::fs::symlink("nowhere/yet", root.join("open")).unwrap();
        assert_eq!(real(&root.join("door/new/file")), root.join("secret/new/file"));
        assert_eq!(real(&root.join("./x/../door")), root.join("secret"));
        assert_eq!(real(&root.join("door/../y")), root.join("y"));
        assert_eq!(real(&root.join("open/z")), root.join("nowhere/yet/z"));
        assert_eq!(real(Path::new("/no/such/thing")), Path::new("/no/such/thing"));
    }

    #[test]
    fn a_link_to_itself_ends() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
        real(&folder.path().join("loop/x"));
    }
}
