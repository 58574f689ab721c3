use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Component, Path, PathBuf};

use super::failed;
use crate::registry::answer::{Answer, Outcome};
use crate::registry::{Arguments, World};

pub fn join(mut arguments: Arguments) -> Outcome {
    let parts: Vec<String> = arguments.take("parts")?;
    shown(&parts.iter().collect::<PathBuf>())
}

pub fn base(mut arguments: Arguments) -> Outcome {
    let path: String = arguments.take("path")?;
    shown(Path::new(Path::new(&path).file_name().unwrap_or(path.as_ref())))
}

pub fn parent(mut arguments: Arguments) -> Outcome {
    let path: String = arguments.take("path")?;
    match Path::new(&path).parent() {
        Some(parent) if parent.as_os_str().is_empty() => Answer::value("."),
        Some(parent) => shown(parent),
        None => Answer::value(path),
    }
}

/// `.` and `..` are taken out by their letters; links are not looked at.
pub fn absolute(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let path = std::path::absolute(&path).map_err(|error| failed("find", &path, &error))?;
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    shown(&clean)
}

pub fn temporary(world: &World, mut arguments: Arguments) -> Outcome {
    let prefix: String = arguments.take("prefix")?;
    let folder = world
        .host
        .variable("TMPDIR")
        .filter(|folder| !folder.is_empty())
        .unwrap_or_else(|| "/tmp".to_owned());
    loop {
        let path = Path::new(&folder).join(format!("{prefix}{}", random()));
        if std::fs::symlink_metadata(&path).is_err() {
            return shown(&path);
        }
    }
}

/// A part of a name that nobody else uses.
pub fn random() -> String {
    // Every `RandomState` has keys of its own.
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

fn shown(path: &Path) -> Outcome {
    Answer::value(path.to_string_lossy().into_owned())
}
