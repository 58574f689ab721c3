use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde_json::Value;

use super::attributes::Attributes;
use super::fresh::{Fresh, Wanted};
use crate::host::{Process, Program};
use crate::modules::fs::copy::same_content;
use crate::modules::fs::write::shown;
use crate::modules::fs::{at, failed};
use crate::registry::answer::{Code, Content, Failure};
use crate::registry::plan::{Change, Fields, Plan, blocking};
use crate::registry::{Arguments, World};

/// Bytes of a file that is edited: it is held in memory.
const EDIT_MAX: u64 = 32 << 20;
/// Bytes kept of what a validation writes.
const KEEP: usize = 4 << 10;

/// A file that is to hold a content, and how it is replaced.
pub struct Managed {
    world: World,
    attributes: Attributes,
    backup: bool,
    validate: Option<String>,
}

impl Managed {
    pub fn of(world: World, path: PathBuf, arguments: &mut Arguments) -> Result<Self, Failure> {
        // A link stays a link: the file it points to is replaced.
        let path = fs::canonicalize(&path).unwrap_or(path);
        Ok(Managed {
            world,
            attributes: Attributes::of(path, arguments)?,
            backup: arguments.find("backup")?.unwrap_or(false),
            validate: arguments.find("validate")?,
        })
    }

    fn path(&self) -> &Path {
        &self.attributes.path
    }

    /// The text of the file; nothing when there is none.
    pub fn text(&self) -> Result<Option<String>, Failure> {
        text(self.path())
    }

    /// What is to be done so that the file holds a text in place of the one it holds.
    pub fn edited(self, before: Option<String>, after: String) -> Result<Plan, Failure> {
        let change = at(self.path());
        if before.as_ref() == Some(&after) {
            return self.attributes.plan(change);
        }
        let was = before.map_or(Value::Null, |text| shown(text.as_bytes()));
        let change = change.diff(was, shown(after.as_bytes()));
        Ok(self.written(change, Wanted::Bytes(after.into_bytes())))
    }

    /// What is to be done so that the file holds this.
    pub fn holding(self, change: Change, wanted: Wanted) -> Result<Plan, Failure> {
        let same = match &wanted {
            Wanted::Bytes(bytes) => holds(self.path(), bytes),
            Wanted::File(source) => same_content(source, self.path()),
        };
        match same.map_err(|error| failed("compare", self.path(), &error))? {
            true => self.attributes.plan(change),
            false => Ok(self.written(change, wanted)),
        }
    }

    fn written(self, change: Change, wanted: Wanted) -> Plan {
        change.pending("written", async move { self.replace(wanted).await })
    }

    /// The new file is whole and found valid before it takes the place of the old one.
    async fn replace(self, wanted: Wanted) -> Result<Fields, Failure> {
        let attributes = self.attributes.clone();
        let write = move || {
            let written = Fresh::write(&attributes, |file| wanted.fill(file));
            written.map_err(|error| failed("write", &attributes.path, &error))
        };
        let fresh = blocking(write).await?;
        if let Some(line) = &self.validate {
            self.validated(line, fresh.path()).await?;
        }
        let backup = (self.backup && self.path().exists()).then(|| self.backup_path());
        let name = backup.as_ref().map(|path| path.to_string_lossy().into_owned());
        blocking(move || {
            if let Some(backup) = backup {
                let kept = fs::copy(self.path(), &backup);
                kept.map_err(|error| failed("back up to", &backup, &error))?;
            }
            let placed = fresh.take_place_of(self.path());
            placed.map_err(|error| failed("write", self.path(), &error))
        })
        .await?;
        Ok(name.map(|name| ("backup", Content::from(name))).into_iter().collect())
    }

    async fn validated(&self, line: &str, fresh: &Path) -> Result<(), Failure> {
        let quoted = format!("'{}'", fresh.to_string_lossy().replace('\'', "'\\''"));
        let program = Program::Line(line.replace("%s", &quoted));
        let process = Process { keep: KEEP, ..Process::new(program) };
        let code = self.world.spawn(process).await?.exit_code;
        let path = self.path().display();
        match code {
            0 => Ok(()),
            code => Err(Failure::new(
                Code::Invalid,
                format!("{path} not replaced: `{line}` ended with exit code {code}"),
            )),
        }
    }

    fn backup_path(&self) -> PathBuf {
        let now = self.world.host.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let stamp = chrono::DateTime::from_timestamp(seconds, 0)
            .map_or_else(String::new, |time| time.format("%Y%m%d-%H%M%S").to_string());
        self.path().with_added_extension(format!("{stamp}.bak"))
    }
}

/// The text of a file; nothing when there is none.
pub fn text(path: &Path) -> Result<Option<String>, Failure> {
    let refuse =
        |why: &str| Failure::new(Code::Invalid, format!("cannot edit {}: {why}", path.display()));
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, &error)),
        Ok(metadata) if !metadata.is_file() => return Err(refuse("it is no file")),
        Ok(metadata) if metadata.len() > EDIT_MAX => {
            return Err(refuse(&format!("more than {EDIT_MAX} bytes")));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| failed("read", path, &error))?;
    String::from_utf8(bytes).map(Some).map_err(|_| refuse("it is not UTF-8 text"))
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() == bytes.len() as u64 => {
            Ok(fs::read(path)? == bytes)
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
