//! What the segments of a folder say. Nothing is changed here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents::{Contents, Tail};
use super::frame::{Item, Link};
use super::scan::{End, Last, is_blank, scan};
use super::segment::{self, Segment};
use crate::Error;
use crate::log::folder::at;

/// A log as it was found.
pub struct Found {
    pub contents: Contents,
    pub tail: Tail,
    /// The last segment, and where its groups end.
    pub segment: Segment,
    pub at: u64,
    pub link: Link,
    /// Behind them lies a write that did not come to its end.
    pub torn: bool,
    /// A segment made ahead that was never begun.
    pub spare: Option<PathBuf>,
}

impl Found {
    /// A log of which nothing is written yet.
    pub fn fresh(segment: Segment) -> Self {
        Self {
            contents: Contents::default(),
            tail: Tail::default(),
            segment,
            at: 0,
            link: Link::default(),
            torn: false,
            spare: None,
        }
    }

    /// Refuses a log that ends before what its mark promised.
    pub fn keeps(&self, promised: u64) -> Result<(), Error> {
        if self.link.number >= promised {
            return Ok(());
        }
        let what = format!(
            "it ends at byte {} before group {}, but everything before group {promised} was durable",
            self.at, self.link.number
        );
        Err(Error::Damaged { path: self.segment.path.clone(), what })
    }
}

/// Reads these segments of a folder, which are all there are.
pub fn read(folder: &Path, numbers: &[u64]) -> Result<Found, Error> {
    let mut reading = Reading::default();
    for number in numbers {
        reading.take(folder, *number)?;
    }
    reading.finish(folder, numbers)
}

/// What is whole of these segments, and why there is less than was promised.
pub fn read_whole(folder: &Path, numbers: &[u64], promised: u64) -> (Contents, Option<Error>) {
    let mut reading = Reading::default();
    let broken = numbers.iter().find_map(|number| reading.take(folder, *number).err());
    let dropped = reading.contents.dropped;
    let beginning = Contents { dropped, ..Contents::default() };
    let mut contents = std::mem::replace(&mut reading.contents, beginning);
    let fault = broken
        .or_else(|| reading.finish(folder, numbers).and_then(|found| found.keeps(promised)).err());
    for number in numbers {
        if let Ok((segment, _)) = Segment::read(folder, *number) {
            contents.segments.insert(*number, Arc::new(segment));
        }
    }
    (contents, fault)
}

#[derive(Default)]
struct Reading {
    contents: Contents,
    tail: Tail,
    last: Option<(Segment, End)>,
    spare: Option<PathBuf>,
}

impl Reading {
    fn take(&mut self, folder: &Path, number: u64) -> Result<(), Error> {
        let path = segment::path(folder, number);
        let (segment, bytes) = Segment::read(folder, number).map_err(at(&path))?;
        if self.is_spare(folder, &segment, &bytes)? {
            self.spare = Some(segment.path);
            return Ok(());
        }
        let end = self.scan(&segment, &bytes)?;
        if let Some((before, _)) = self.last.replace((segment, end)) {
            self.contents.segments.insert(before.number, Arc::new(before));
        }
        Ok(())
    }

    /// Whether a segment was only made ahead; the one before must lead to any other.
    fn is_spare(&self, folder: &Path, segment: &Segment, bytes: &[u8]) -> Result<bool, Error> {
        let Some((before, end)) = &self.last else { return Ok(false) };
        let next = before.number + 1;
        if segment.number != next || self.spare.is_some() {
            let path = segment::path(folder, next);
            let what =
                format!("it is missing or empty, though segment {} is there", segment.number);
            return Err(Error::Damaged { path, what });
        }
        if end.last == Last::Continued {
            return Ok(false);
        }
        if !is_blank(bytes) {
            let what = format!("it breaks off at byte {}, though segment {next} follows", end.at);
            return Err(Error::Damaged { path: before.path.clone(), what });
        }
        Ok(true)
    }

    fn scan(&mut self, segment: &Segment, bytes: &[u8]) -> Result<End, Error> {
        let number = segment.number;
        let before = self.last.as_ref().and_then(|(_, end)| end.link);
        let (contents, tail) = (&mut self.contents, &mut self.tail);
        let mut begun = None;
        let end = scan(bytes, before.or((number == 1).then(Link::default)), |item, place| {
            if let Item::Begin(number) = item {
                begun = Some(number);
            }
            contents.take(item, number, place);
            tail.take(item);
        });
        let damaged = |what| Error::Damaged { path: segment.path.clone(), what };
        let end = end.map_err(|fault| damaged(format!("at byte {}: {}", fault.at, fault.what)))?;
        match (end.last, begun) {
            (Last::Nothing, _) if end.link.is_none() => {
                Err(damaged("it has no beginning, and the segments before it are gone".into()))
            }
            (Last::Nothing, _) => Ok(end),
            (_, Some(begun)) if begun == number => Ok(end),
            (_, begun) => Err(damaged(format!("it begins as segment {}", begun.unwrap_or(0)))),
        }
    }

    fn finish(self, folder: &Path, numbers: &[u64]) -> Result<Found, Error> {
        let missing = |number, what| Error::Damaged { path: segment::path(folder, number), what };
        let needed = self.contents.dropped.max(1);
        let (Some((segment, end)), Some(first)) = (self.last, numbers.first()) else {
            return Err(missing(needed, "it is missing".into()));
        };
        if *first > needed {
            return Err(missing(first - 1, "it is missing, though it is still needed".into()));
        }
        if end.last == Last::Continued {
            let what = format!("it is missing, though segment {} leads to it", segment.number);
            return Err(missing(segment.number + 1, what));
        }
        Ok(Found {
            contents: self.contents,
            tail: self.tail,
            segment,
            at: end.at as u64,
            link: end.link.unwrap_or_default(),
            torn: end.torn,
            spare: self.spare,
        })
    }
}
