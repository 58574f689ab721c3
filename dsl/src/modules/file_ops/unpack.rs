use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use super::archive::{Entry, Kind, points_inside, visit};
use super::attributes::Attributes;
use super::fresh::Fresh;
use crate::modules::fs::copy::same_content;
use crate::modules::fs::failed;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Change, Plan};
use crate::registry::{Arguments, World};

/// Bytes of all files of one archive: a small one can hold far more than a disk.
const BYTES_MAX: u64 = 64 << 30;
/// Bytes compared at once.
const CHUNK: usize = 64 << 10;

pub fn unpack(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let source = world.path(&arguments.take::<String>("src")?)?;
    let folder = world.path(&arguments.take::<String>("dest")?)?;
    fs::metadata(&source).map_err(|error| failed("unpack", &source, &error))?;
    let differ = Target::new(&folder).differing(&source)?;
    let (from, to) = (source.to_string_lossy(), folder.to_string_lossy());
    let change = Change::of(to.clone())
        .field("src", from.into_owned())
        .field("dest", to.into_owned())
        .field("files", differ);
    if differ == 0 && folder.is_dir() {
        return Ok(change.kept("already unpacked"));
    }
    Ok(change.blocking("unpacked", move || {
        fs::create_dir_all(&folder).map_err(|error| failed("make", &folder, &error))?;
        Target::new(&folder).fill(&source)
    }))
}

/// A folder that an archive is unpacked into.
struct Target<'a> {
    folder: &'a Path,
    left: u64,
}

impl<'a> Target<'a> {
    fn new(folder: &'a Path) -> Self {
        Target { folder, left: BYTES_MAX }
    }

    /// How many entries are not there as the archive has them.
    fn differing(mut self, source: &Path) -> Result<usize, Failure> {
        let mut count = 0;
        let compared = visit(source, &mut |entry| {
            count += usize::from(!self.has(entry)?);
            Ok(())
        });
        compared.map_err(|why| refused(source, &why))?;
        Ok(count)
    }

    fn fill(mut self, source: &Path) -> Result<(), Failure> {
        visit(source, &mut |entry| self.put(entry)).map_err(|why| refused(source, &why))
    }

    /// The place of an entry; nothing on the way to it may be a link.
    fn place(&self, path: &Path) -> Result<PathBuf, String> {
        let mut place = self.folder.to_path_buf();
        let parents = path.parent().unwrap_or(Path::new(""));
        for part in parents.components() {
            place.push(part);
            if fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_symlink()) {
                return Err(format!("the entry {} leads through a link", path.display()));
            }
        }
        Ok(self.folder.join(path))
    }

    fn has(&mut self, entry: Entry<'_>) -> Result<bool, String> {
        let place = self.place(&entry.path)?;
        let present = fs::symlink_metadata(&place).ok();
        match entry.kind {
            Kind::Folder => Ok(present.is_some_and(|present| present.is_dir())),
            Kind::Symlink(target) => {
                checked(&entry.path, &target)?;
                Ok(fs::read_link(&place).is_ok_and(|present| present == target))
            }
            Kind::Link(target) => {
                let target = self.place(&target)?;
                Ok(same_content(&target, &place).unwrap_or(false))
            }
            Kind::File { mode } => {
                let fits = present.is_some_and(|present| {
                    present.is_file() && present.mode() & 0o777 == mode & 0o777
                });
                if !fits {
                    return Ok(false);
                }
                let file = File::open(&place).map_err(|error| error.to_string())?;
                equal(entry.content, file, &mut self.left)
            }
        }
    }

    fn put(&mut self, entry: Entry<'_>) -> Result<(), String> {
        let place = self.place(&entry.path)?;
        let said = |error: io::Error| format!("{}: {error}", place.display());
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent).map_err(said)?;
        }
        match entry.kind {
            Kind::Folder => fs::create_dir_all(&place).map_err(said),
            Kind::Symlink(target) => {
                checked(&entry.path, &target)?;
                if fs::read_link(&place).is_ok_and(|present| present == target) {
                    return Ok(());
                }
                drop(fs::remove_file(&place));
                symlink(target, &place).map_err(said)
            }
            Kind::Link(target) => {
                let target = self.place(&target)?;
                fs::copy(target, &place).map(drop).map_err(said)
            }
            Kind::File { mode } => {
                let (owner, group) = (None, None);
                let mode = Some(mode & 0o777);
                let attributes = Attributes { path: place.clone(), mode, owner, group };
                let content = &mut entry.content.take(self.left + 1);
                let mut written = 0;
                let fresh = Fresh::write(&attributes, |file| {
                    written = io::copy(content, file)?;
                    Ok(())
                });
                self.left = self.left.checked_sub(written).ok_or_else(too_large)?;
                fresh.and_then(|fresh| fresh.take_place_of(&place)).map_err(said)
            }
        }
    }
}

fn checked(path: &Path, target: &Path) -> Result<(), String> {
    match points_inside(path, target) {
        true => Ok(()),
        false => Err(format!("the link {} leads out of the folder", path.display())),
    }
}

fn equal(entry: &mut dyn Read, file: File, left: &mut u64) -> Result<bool, String> {
    let said = |error: io::Error| error.to_string();
    let (mut one, mut other) = (vec![0; CHUNK], Vec::with_capacity(CHUNK));
    let mut file = io::BufReader::new(file);
    loop {
        let read = entry.read(&mut one).map_err(said)?;
        *left = left.checked_sub(read as u64).ok_or_else(too_large)?;
        other.clear();
        let wanted = if read == 0 { 1 } else { read as u64 };
        file.by_ref().take(wanted).read_to_end(&mut other).map_err(said)?;
        if one[..read] != other[..] {
            return Ok(false);
        }
        if read == 0 {
            return Ok(true);
        }
    }
}

fn too_large() -> String {
    format!("it holds more than {BYTES_MAX} bytes")
}

fn refused(source: &Path, why: &str) -> Failure {
    Failure::new(Code::Invalid, format!("cannot unpack {}: {why}", source.display()))
}
