use std::fs;
use std::os::unix::fs::MetadataExt;

use super::{at, failed};
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World};

pub fn chown(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let owner = arguments.find::<String>("owner")?.map(|name| number("/etc/passwd", &name));
    let group = arguments.find::<String>("group")?.map(|name| number("/etc/group", &name));
    let (owner, group) = (owner.transpose()?, group.transpose()?);
    let metadata = fs::metadata(&path).map_err(|error| failed("look at", &path, &error))?;
    let (uid, gid) = (owner.unwrap_or(metadata.uid()), group.unwrap_or(metadata.gid()));
    if (uid, gid) == (metadata.uid(), metadata.gid()) {
        return Ok(at(&path).kept("already as wanted"));
    }
    let before = format!("{}:{}", metadata.uid(), metadata.gid());
    Ok(at(&path).diff(before, format!("{uid}:{gid}")).blocking("given to its owner", move || {
        std::os::unix::fs::chown(&path, Some(uid), Some(gid))
            .map_err(|error| failed("set the owner of", &path, &error))
    }))
}

/// The number of a user or group, from a file of lines such as `name:x:number:…`.
pub fn number(file: &str, name: &str) -> Result<u32, Failure> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let lines = fs::read_to_string(file).unwrap_or_default();
    let found = lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_it = fields.next() == Some(name);
        fields.nth(1).filter(|_| is_it)?.parse().ok()
    });
    found.ok_or_else(|| {
        let message = format!("{file} has no `{name}`: give its number");
        Failure::new(Code::NotFound, message)
    })
}
