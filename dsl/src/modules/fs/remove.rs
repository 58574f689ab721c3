use std::fs;
use std::io;
use std::path::Path;

use super::failed;
use super::write::done;
use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::{Arguments, World};

pub fn one(world: &World, arguments: Arguments) -> Outcome {
    remove(world, arguments, |path| match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir(path),
        false => fs::remove_file(path),
    })
}

pub fn all(world: &World, arguments: Arguments) -> Outcome {
    remove(world, arguments, |path| match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    })
}

fn remove(world: &World, mut arguments: Arguments, how: fn(&Path) -> io::Result<()>) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    guard(&path)?;
    match how(&path) {
        Ok(()) => Ok(done(&path, true, "removed", "")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(done(&path, false, "", "was not there"))
        }
        Err(error) => Err(failed("remove", &path, &error)),
    }
}

/// The root of the file system is never what was meant.
fn guard(path: &Path) -> Result<(), Failure> {
    match fs::canonicalize(path) {
        Ok(real) if real.parent().is_none() => Err(Failure::raised(
            Code::Invalid,
            format!("{} is the root of the file system", path.display()),
        )),
        _ => Ok(()),
    }
}
