use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use serde_json::{Value, json};

use super::{at, failed};
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

/// Bytes of a content that a diff repeats.
const DIFF_MAX: usize = 2 << 10;

pub fn write(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let (content, mode): (Vec<u8>, _) = (arguments.take("content")?, mode(&mut arguments)?);
    refuse_pipe(&path)?;
    let (differs, was) = compare(&path, &content).map_err(|error| failed("read", &path, &error))?;
    if !differs && !is_other(&path, mode)? {
        return Ok(at(&path).kept("already as wanted"));
    }
    let (was, will) = if differs {
        (was, shown(&content))
    } else {
        (json!(permissions(&path)), json!(mode.map(octal)))
    };
    Ok(at(&path).diff(was, will).blocking("written", move || {
        if differs {
            fs::write(&path, &content).map_err(|error| failed("write", &path, &error))?;
        }
        permit(&path, mode)
    }))
}

/// Opening a pipe waits until somebody reads it, and nothing could end that.
fn refuse_pipe(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.file_type().is_fifo() => Err(Failure::new(
            Code::Invalid,
            format!("cannot write {}: it is a pipe", path.display()),
        )),
        _ => Ok(()),
    }
}

/// Whether a file holds something else than wanted, and what a diff shows of it.
fn compare(path: &Path, wanted: &[u8]) -> io::Result<(bool, Value)> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((true, Value::Null)),
        Err(error) => return Err(error),
    };
    match usize::try_from(metadata.len()) {
        _ if !metadata.is_file() => Ok((true, Value::Null)),
        Ok(length) if length == wanted.len() || length <= DIFF_MAX => {
            let content = fs::read(path)?;
            Ok((content != wanted, shown(&content)))
        }
        _ => Ok((true, json!(format!("{} bytes", metadata.len())))),
    }
}

/// A content in a diff: as it is when it is short text.
pub fn shown(content: &[u8]) -> Value {
    match std::str::from_utf8(content) {
        Ok(text) if text.len() <= DIFF_MAX => json!(text),
        _ => json!(format!("{} bytes", content.len())),
    }
}

pub fn append(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let content: Vec<u8> = arguments.take("content")?;
    refuse_pipe(&path)?;
    if content.is_empty() {
        return Ok(at(&path).kept("kept: nothing to append"));
    }
    Ok(at(&path).blocking("appended to", move || {
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .and_then(|mut file| file.write_all(&content))
            .map_err(|error| failed("append to", &path, &error))
    }))
}

pub fn touch(world: &World, arguments: Arguments) -> Result<Plan, Failure> {
    make(
        world,
        arguments,
        |path| path.exists(),
        |path| OpenOptions::new().append(true).create(true).open(path).map(drop),
    )
}

pub fn mkdir(world: &World, arguments: Arguments) -> Result<Plan, Failure> {
    make(world, arguments, |path| path.is_dir(), |path| fs::create_dir_all(path))
}

fn make(
    world: &World,
    mut arguments: Arguments,
    there: fn(&Path) -> bool,
    how: fn(&Path) -> io::Result<()>,
) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let mode = mode(&mut arguments)?;
    let missing = !there(&path);
    if !missing && !is_other(&path, mode)? {
        return Ok(at(&path).kept("already there"));
    }
    Ok(at(&path).blocking("made", move || {
        if missing {
            how(&path).map_err(|error| failed("make", &path, &error))?;
        }
        permit(&path, mode)
    }))
}

pub fn chmod(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let mode = mode(&mut arguments)?;
    let before = fs::metadata(&path).map_err(|error| failed("look at", &path, &error))?;
    let before = octal(before.permissions().mode());
    if !is_other(&path, mode)? {
        return Ok(at(&path).kept("already as wanted"));
    }
    let change = at(&path).diff(before, mode.map(octal).unwrap_or_default());
    Ok(change.blocking("permitted", move || permit(&path, mode)))
}

pub fn mode(arguments: &mut Arguments) -> Result<Option<u32>, Failure> {
    let Some(text) = arguments.find::<String>("mode")? else { return Ok(None) };
    match u32::from_str_radix(&text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode)),
        _ => Err(Failure::raised(
            Code::Invalid,
            format!("`{}` `mode` must be octal such as \"0644\", got `{text}`", arguments.function),
        )),
    }
}

pub fn octal(mode: u32) -> String {
    format!("{:04o}", mode & 0o7777)
}

fn permissions(path: &Path) -> Option<String> {
    Some(octal(fs::metadata(path).ok()?.permissions().mode()))
}

/// Whether what is there has other permissions than wanted.
pub fn is_other(path: &Path, mode: Option<u32>) -> Result<bool, Failure> {
    let Some(mode) = mode else { return Ok(false) };
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.permissions().mode() & 0o7777 != mode),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(failed("look at", path, &error)),
    }
}

/// Sets the permissions.
pub fn permit(path: &Path, mode: Option<u32>) -> Result<(), Failure> {
    let Some(mode) = mode else { return Ok(()) };
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(|error| failed("set the permissions of", path, &error))
}
