use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{at, failed};
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

/// Bytes compared at once.
const CHUNK: usize = 64 << 10;

pub fn copy(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (source, destination) = ends(world, &mut arguments)?;
    let metadata = fs::metadata(&source).map_err(|error| failed("copy", &source, &error))?;
    if !metadata.is_file() {
        return Err(Failure::new(
            Code::Invalid,
            format!("cannot copy {}: it is no file", source.display()),
        ));
    }
    if same(&source, &destination).map_err(|error| failed("compare", &destination, &error))? {
        return Ok(at(&destination).kept("already the same"));
    }
    Ok(at(&destination).blocking("copied", move || {
        fs::copy(&source, &destination)
            .map(drop)
            .map_err(|error| failed("copy to", &destination, &error))
    }))
}

/// A destination that is a folder takes the source under its own name.
fn ends(world: &World, arguments: &mut Arguments) -> Result<(PathBuf, PathBuf), Failure> {
    let source = world.path(&arguments.take::<String>("source")?)?;
    let destination = world.path(&arguments.take::<String>("destination")?)?;
    Ok((source.clone(), within(&source, destination)))
}

pub fn within(source: &Path, destination: PathBuf) -> PathBuf {
    match source.file_name() {
        Some(name) if destination.is_dir() => destination.join(name),
        _ => destination,
    }
}

/// Whether both files have the same content and permissions.
fn same(left: &Path, right: &Path) -> io::Result<bool> {
    let permissions = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.permissions());
    Ok(same_content(left, right)? && permissions(left)? == permissions(right)?)
}

/// Whether there is a file at the right that holds what the left one holds.
pub fn same_content(left: &Path, right: &Path) -> io::Result<bool> {
    let (left_meta, right_meta) = match (fs::metadata(left)?, fs::metadata(right)) {
        (left, Ok(right)) => (left, right),
        (_, Err(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        (_, Err(error)) => return Err(error),
    };
    if left_meta.len() != right_meta.len() || !right_meta.is_file() {
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

pub fn rename(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let asked = world.path(&arguments.take::<String>("source")?)?;
    let target = world.path(&arguments.take::<String>("destination")?)?;
    match fs::symlink_metadata(&asked) {
        Err(_) if fs::symlink_metadata(&target).is_ok() => {
            return Ok(at(&target).kept("already there"));
        }
        Err(error) => return Err(failed("move", &asked, &error)),
        Ok(_) => {}
    }
    let target = within(&asked, target);
    Ok(at(&target).blocking("moved here", move || {
        match fs::rename(&asked, &target) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => carry(&asked, &target),
            result => result,
        }
        .map_err(|error| failed("move", &asked, &error))
    }))
}

/// A file on another file system can only be copied and then removed.
fn carry(source: &Path, target: &Path) -> io::Result<()> {
    fs::copy(source, target)?;
    fs::remove_file(source)
}

pub fn link(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let target: PathBuf = arguments.take::<String>("target")?.into();
    let path = world.path(&arguments.take::<String>("path")?)?;
    let present = fs::symlink_metadata(&path);
    let before = fs::read_link(&path).ok();
    if before.as_ref() == Some(&target) {
        return Ok(at(&path).kept("already there"));
    }
    if present.is_ok() && before.is_none() {
        let message = format!("cannot link {}: something else is there", path.display());
        return Err(Failure::new(Code::Exists, message));
    }
    let was = before.as_ref().map(|before| before.to_string_lossy().into_owned());
    let change = at(&path).diff(was, target.to_string_lossy().into_owned());
    Ok(change.blocking("linked", move || {
        point(&target, &path, before.is_some()).map_err(|error| failed("link", &path, &error))
    }))
}

/// A link that is there points to the old or the new target at every moment.
fn point(target: &Path, path: &Path, present: bool) -> io::Result<()> {
    if !present {
        return symlink(target, path);
    }
    let fresh = path.with_added_extension(format!("sloth-{}", std::process::id()));
    symlink(target, &fresh)?;
    fs::rename(&fresh, path).inspect_err(|_| drop(fs::remove_file(&fresh)))
}
