use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::{Value, json};

use super::failed;
use crate::registry::answer::{Answer, Code, Content, Failure, Outcome};
use crate::registry::{Arguments, World};

/// Bytes of a file that is read at once.
const READ_MAX: u64 = 32 << 20;
/// Names one listing may return.
pub const ENTRIES_MAX: usize = 100_000;

pub fn read(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    Ok(Answer::Value(Content::Bytes(content(&path)?)))
}

/// The whole of a file.
fn content(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| failed("read", path, &error);
    let refuse =
        |why: &str| Failure::new(Code::Invalid, format!("cannot read {}: {why}", path.display()));
    // A pipe or a terminal could make the read wait for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(refuse("it is no file"));
    }
    let mut content = Vec::new();
    // Files of the kernel tell no size, so the limit is on what was read.
    let mut file = File::open(path).map_err(failed)?.take(READ_MAX + 1);
    file.read_to_end(&mut content).map_err(failed)?;
    if content.len() as u64 > READ_MAX {
        return Err(refuse(&format!("more than {READ_MAX} bytes")));
    }
    Ok(content)
}

/// The whole of a text file.
pub fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(content(path)?).map_err(|_| {
        let message = format!("cannot read {}: it is not UTF-8 text", path.display());
        Failure::new(Code::Invalid, message)
    })
}

pub fn exists(world: &World, arguments: Arguments) -> Outcome {
    let found = look(world, arguments, |path| fs::symlink_metadata(path))?;
    Answer::truth(found.is_some())
}

pub fn is_file(world: &World, arguments: Arguments) -> Outcome {
    let found = look(world, arguments, |path| fs::metadata(path))?;
    Answer::truth(found.is_some_and(|metadata| metadata.is_file()))
}

pub fn is_dir(world: &World, arguments: Arguments) -> Outcome {
    let found = look(world, arguments, |path| fs::metadata(path))?;
    Answer::truth(found.is_some_and(|metadata| metadata.is_dir()))
}

fn look(
    world: &World,
    mut arguments: Arguments,
    ask: fn(&Path) -> io::Result<Metadata>,
) -> Result<Option<Metadata>, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    match ask(&path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(failed("look at", &path, &error)),
    }
}

pub fn list(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(&path).map_err(|error| failed("list", &path, &error))? {
        let entry = entry.map_err(|error| failed("list", &path, &error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
        if names.len() > ENTRIES_MAX {
            return Err(too_many(&path));
        }
    }
    names.sort();
    Answer::value(names)
}

pub fn too_many(path: &Path) -> Failure {
    Failure::new(
        Code::Invalid,
        format!("cannot list {}: more than {ENTRIES_MAX} entries", path.display()),
    )
}

pub fn size(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let metadata = fs::metadata(&path).map_err(|error| failed("look at", &path, &error))?;
    Answer::value(metadata.len())
}

pub fn stat(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let metadata = fs::symlink_metadata(&path).map_err(|error| failed("look at", &path, &error))?;
    Answer::value(described(&path, &metadata))
}

fn described(path: &Path, metadata: &Metadata) -> Value {
    let kind = metadata.file_type();
    let kind = match () {
        () if kind.is_file() => "file",
        () if kind.is_dir() => "directory",
        () if kind.is_symlink() => "symlink",
        () => "other",
    };
    let mut described = json!({
        "type": kind,
        "size": metadata.len(),
        "mode": format!("{:04o}", metadata.mode() & 0o7777),
        "modified": metadata.mtime(),
        "uid": metadata.uid(),
        "gid": metadata.gid(),
    });
    if let Ok(target) = fs::read_link(path) {
        described["target"] = json!(target.to_string_lossy());
    }
    described
}
