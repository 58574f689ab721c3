use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;

use super::failed;
use crate::registry::answer::{Answer, Code, Failure, Outcome, Report};
use crate::registry::{Arguments, World};

pub fn write(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let (content, mode): (Vec<u8>, _) = (arguments.take("content")?, mode(&mut arguments)?);
    refuse_pipe(&path)?;
    let differs = !holds(&path, &content).map_err(|error| failed("read", &path, &error))?;
    if differs {
        fs::write(&path, &content).map_err(|error| failed("write", &path, &error))?;
    }
    let changed = permit(&path, mode)? | differs;
    Ok(done(&path, changed, "written", "already as wanted"))
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

/// Whether the file has exactly this content.
fn holds(path: &Path, content: &[u8]) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => Ok(false),
        Ok(metadata) if metadata.len() != content.len() as u64 => Ok(false),
        Ok(_) => Ok(fs::read(path)? == content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

pub fn append(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let content: Vec<u8> = arguments.take("content")?;
    refuse_pipe(&path)?;
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(&content))
        .map_err(|error| failed("append to", &path, &error))?;
    Ok(done(&path, !content.is_empty(), "appended to", "nothing to append"))
}

pub fn mkdir(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let mode = mode(&mut arguments)?;
    let missing = !path.is_dir();
    if missing {
        fs::create_dir_all(&path).map_err(|error| failed("make", &path, &error))?;
    }
    let changed = permit(&path, mode)? | missing;
    Ok(done(&path, changed, "made", "already there"))
}

fn mode(arguments: &mut Arguments) -> Result<Option<u32>, Failure> {
    let Some(text) = arguments.find::<String>("mode")? else { return Ok(None) };
    match u32::from_str_radix(&text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode)),
        _ => Err(Failure::raised(
            Code::Invalid,
            format!("`{}` `mode` must be octal such as \"0644\", got `{text}`", arguments.function),
        )),
    }
}

/// Sets the permissions; whether they were others.
fn permit(path: &Path, mode: Option<u32>) -> Result<bool, Failure> {
    let Some(mode) = mode else { return Ok(false) };
    let metadata = fs::metadata(path).map_err(|error| failed("look at", path, &error))?;
    if metadata.permissions().mode() & 0o7777 == mode {
        return Ok(false);
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
        .map_err(|error| failed("set the permissions of", path, &error))?;
    Ok(true)
}

/// The report of a change at a path.
pub fn done(path: &Path, changed: bool, yes: &str, no: &str) -> Answer {
    let shown = path.to_string_lossy().into_owned();
    let message = format!("{shown} {}", if changed { yes } else { no });
    Answer::Report(Report { changed, message, fields: vec![("path", shown.into())], failure: None })
}
