use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::modules::fs::owner::number;
use crate::modules::fs::write::{mode, octal};
use crate::modules::fs::{at, failed};
use crate::registry::answer::Failure;
use crate::registry::plan::{Change, Plan};
use crate::registry::{Arguments, World};

/// Permissions, owner and group that something is to have.
#[derive(Clone)]
pub struct Attributes {
    pub path: PathBuf,
    pub mode: Option<u32>,
    pub owner: Option<u32>,
    pub group: Option<u32>,
}

pub fn mkdir(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let attributes = asked(world, &mut arguments)?;
    let change = at(&attributes.path);
    if attributes.path.is_dir() {
        return attributes.plan(change);
    }
    Ok(change.blocking("made", move || {
        let path = &attributes.path;
        fs::create_dir_all(path).map_err(|error| failed("make", path, &error))?;
        attributes.set()
    }))
}

pub fn set(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let attributes = asked(world, &mut arguments)?;
    let change = at(&attributes.path);
    attributes.plan(change)
}

fn asked(world: &World, arguments: &mut Arguments) -> Result<Attributes, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    Attributes::of(path, arguments)
}

impl Attributes {
    pub fn of(path: PathBuf, arguments: &mut Arguments) -> Result<Self, Failure> {
        let owner = arguments.find::<String>("owner")?;
        let group = arguments.find::<String>("group")?;
        Ok(Attributes {
            path,
            mode: mode(arguments)?,
            owner: owner.map(|name| number("/etc/passwd", &name)).transpose()?,
            group: group.map(|name| number("/etc/group", &name)).transpose()?,
        })
    }

    /// What is to be done so that they are as wanted.
    pub fn plan(self, change: Change) -> Result<Plan, Failure> {
        let now =
            fs::metadata(&self.path).map_err(|error| failed("look at", &self.path, &error))?;
        let wanted = (
            self.mode.unwrap_or(now.mode() & 0o7777),
            self.owner.unwrap_or(now.uid()),
            self.group.unwrap_or(now.gid()),
        );
        let now = (now.mode() & 0o7777, now.uid(), now.gid());
        if wanted == now {
            return Ok(change.kept("already as wanted"));
        }
        Ok(change.diff(said(now), said(wanted)).blocking("set", move || self.set()))
    }

    pub fn set(&self) -> Result<(), Failure> {
        let failed = |error| failed("set the attributes of", &self.path, &error);
        own(&self.path, self.owner, self.group).map_err(failed)?;
        let mode = self.mode.map(Permissions::from_mode);
        mode.map_or(Ok(()), |mode| fs::set_permissions(&self.path, mode)).map_err(failed)
    }
}

fn said((mode, uid, gid): (u32, u32, u32)) -> String {
    format!("{} {uid}:{gid}", octal(mode))
}

/// Changes the owner only where it is another one, which needs a right to do so.
pub fn own(path: &Path, owner: Option<u32>, group: Option<u32>) -> io::Result<()> {
    let now = fs::metadata(path)?;
    let differs = owner.is_some_and(|owner| owner != now.uid())
        || group.is_some_and(|group| group != now.gid());
    if differs { chown(path, owner, group) } else { Ok(()) }
}
