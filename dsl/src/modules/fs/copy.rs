use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use super::failed;
use super::write::done;
use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::{Arguments, World};

/// Bytes compared at once.
const CHUNK: usize = 64 << 10;

pub fn copy(world: &World, mut arguments: Arguments) -> Outcome {
    let (source, destination) = ends(world, &mut arguments)?;
    let metadata = fs::metadata(&source).map_err(|error| failed("copy", &source, &error))?;
    if !metadata.is_file() {
        return Err(Failure::new(
            Code::Invalid,
            format!("cannot copy {}: it is no file", source.display()),
        ));
    }
    let differs =
        !same(&source, &destination).map_err(|error| failed("compare", &destination, &error))?;
    if differs {
        fs::copy(&source, &destination).map_err(|error| failed("copy to", &destination, &error))?;
    }
    Ok(done(&destination, differs, "copied", "already the same"))
}

/// A destination that is a folder takes the source under its own name.
fn ends(world: &World, arguments: &mut Arguments) -> Result<(PathBuf, PathBuf), Failure> {
    let source = world.path(&arguments.take::<String>("source")?)?;
    let destination = world.path(&arguments.take::<String>("destination")?)?;
    match source.file_name() {
        Some(name) if destination.is_dir() => {
            let inside = destination.join(name);
            Ok((source, inside))
        }
        _ => Ok((source, destination)),
    }
}

/// Whether both files have the same content and permissions.
fn same(left: &Path, right: &Path) -> io::Result<bool> {
    let (left_meta, right_meta) = match (fs::metadata(left)?, fs::metadata(right)) {
        (left, Ok(right)) => (left, right),
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        (_, Err(error)) => return Err(error),
    };
    if left_meta.len() != right_meta.len() || left_meta.permissions() != right_meta.permissions() {
        return Ok(false);
    }
    let (mut left, mut right) = (chunks(left)?, chunks(right)?);
    loop {
        match (left.next().transpose()?, right.next().transpose()?) {
            (None, None) => return Ok(true),
            (left, right) if left != right => return Ok(false),
            _ => {}
        }
    }
}

fn chunks(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Vec<u8>>>> {
    let mut file = BufReader::new(File::open(path)?);
    Ok(std::iter::from_fn(move || {
        let mut chunk = Vec::with_capacity(CHUNK);
        match file.by_ref().take(CHUNK as u64).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk)),
            Err(error) => Some(Err(error)),
        }
    }))
}

pub fn rename(world: &World, mut arguments: Arguments) -> Outcome {
    let asked = world.path(&arguments.take::<String>("source")?)?;
    let target = world.path(&arguments.take::<String>("destination")?)?;
    if fs::symlink_metadata(&asked).is_err() && fs::symlink_metadata(&target).is_ok() {
        return Ok(done(&target, false, "", "already there"));
    }
    let target = match asked.file_name() {
        Some(name) if target.is_dir() => target.join(name),
        _ => target,
    };
    match fs::rename(&asked, &target) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => carry(&asked, &target),
        result => result,
    }
    .map_err(|error| failed("move", &asked, &error))?;
    Ok(done(&target, true, "moved here", ""))
}

/// A file on another file system can only be copied and then removed.
fn carry(source: &Path, target: &Path) -> io::Result<()> {
    fs::copy(source, target)?;
    fs::remove_file(source)
}
