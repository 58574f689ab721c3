use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::frame::{self, Item};
use crate::log::folder::sync_folder;

/// Written ahead with zeroes, so that a later write changes no metadata; more at once would be felt. Tests cross
/// the borders of segments all the time.
pub const SEGMENT_BYTES: u64 = if cfg!(test) { 8 << 10 } else { 1 << 20 };
const SUFFIX: &str = ".segment";

/// A file of groups.
#[derive(Debug)]
pub struct Segment {
    pub number: u64,
    pub path: PathBuf,
    pub file: File,
    /// Its length; groups fill it up to the room for the last one.
    pub length: u64,
}

impl Segment {
    /// Makes a segment in which `room` bytes fit at least. Durable when it returns.
    pub fn create(folder: &Path, number: u64, room: u64) -> io::Result<Self> {
        let length = SEGMENT_BYTES.max((room + reserve()).next_multiple_of(4096));
        let path = path(folder, number);
        let file =
            File::options().read(true).write(true).create(true).truncate(true).open(&path)?;
        let segment = Self { number, path, file, length };
        segment.clear(0)?;
        segment.file.sync_all()?;
        sync_folder(folder)?;
        Ok(segment)
    }

    /// Opens a segment and reads it.
    pub fn read(folder: &Path, number: u64) -> io::Result<(Self, Vec<u8>)> {
        let path = path(folder, number);
        let bytes = fs::read(&path)?;
        let file = File::options().read(true).write(true).open(&path)?;
        let length = bytes.len() as u64;
        Ok((Self { number, path, file, length }, bytes))
    }

    /// Whether so many bytes fit behind an offset and leave room for the last group.
    pub fn has_room(&self, at: u64, bytes: u64) -> bool {
        at + bytes + reserve() <= self.length
    }

    /// Writes zeroes from an offset to the end.
    pub fn clear(&self, from: u64) -> io::Result<()> {
        let zeroes = vec![0; usize::try_from(self.length - from).map_err(io::Error::other)?];
        self.file.write_all_at(&zeroes, from)
    }

    /// The numbers of the segments in a folder, in order.
    pub fn all(folder: &Path) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for item in fs::read_dir(folder)? {
            let name = item?.file_name();
            let stem = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            numbers.extend(stem.and_then(|stem| stem.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }
}

/// The file of a segment.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}{SUFFIX}"))
}

/// Kept free for the group that leads to the next segment.
fn reserve() -> u64 {
    frame::bytes(&[Item::Continued]) as u64
}
