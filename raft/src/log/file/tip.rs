use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::contents::Contents;
use super::frame::{self, Item, Link};
use super::segment::Segment;

/// The end of a log, where the next group goes.
pub struct Tip {
    pub segment: Arc<Segment>,
    pub at: u64,
    pub link: Link,
    /// Groups below this number are durable.
    pub durable: u64,
}

impl Tip {
    /// Goes on to a new segment if so many bytes do not fit into this one; says whether it did.
    pub fn make_room(
        &mut self,
        folder: &Path,
        bytes: usize,
        contents: &Contents,
    ) -> io::Result<bool> {
        let bytes = bytes + frame::bytes(&contents.heading(0));
        if self.segment.has_room(self.at, bytes as u64) {
            return Ok(false);
        }
        let next = Segment::create(folder, self.segment.number + 1, bytes as u64)?;
        self.write(&[Item::Continued], contents)?;
        self.sync()?;
        *self = Self { segment: Arc::new(next), at: 0, ..*self };
        Ok(true)
    }

    /// Writes a group, the first of a segment with all settings before it. Returns where values of the items lie.
    pub fn write(
        &mut self,
        items: &[Item<'_>],
        contents: &Contents,
    ) -> io::Result<Vec<Range<usize>>> {
        // With two groups that are not durable, a crash could leave the second without the first.
        self.sync()?;
        let mut all = match self.at {
            0 => contents.heading(self.segment.number),
            _ => Vec::new(),
        };
        let own = all.len();
        all.extend_from_slice(items);
        let (bytes, link) = frame::encode(&all, self.link);
        self.segment.file.write_all_at(&bytes, self.at)?;
        let from = usize::try_from(self.at).map_err(io::Error::other)?;
        self.at += bytes.len() as u64;
        self.link = link;
        Ok(frame::places(&all, from).split_off(own))
    }

    /// Makes the last group durable.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.durable < self.link.number {
            self.segment.file.sync_data()?;
            self.durable = self.link.number;
        }
        Ok(())
    }
}
