use std::fs;
use std::io;
use std::path::Path;

use super::{at, failed};
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

pub fn one(world: &World, arguments: Arguments) -> Result<Plan, Failure> {
    remove(world, arguments, |path| fs::remove_dir(path))
}

pub fn all(world: &World, arguments: Arguments) -> Result<Plan, Failure> {
    remove(world, arguments, |path| fs::remove_dir_all(path))
}

fn remove(
    world: &World,
    mut arguments: Arguments,
    folder: fn(&Path) -> io::Result<()>,
) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    guard(&path)?;
    let metadata = match fs::symlink_metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(at(&path).kept("was not there"));
        }
        Err(error) => return Err(failed("remove", &path, &error)),
    };
    Ok(at(&path).blocking("removed", move || {
        let done = if metadata.is_dir() { folder(&path) } else { fs::remove_file(&path) };
        done.map_err(|error| failed("remove", &path, &error))
    }))
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
