use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::frame::Item;
use super::segment::Segment;
use crate::log::Setting;

/// Where an entry's record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub segment: u64,
    pub offset: u64,
    pub length: usize,
}

/// An entry's index, and where its record lies.
pub type Found = (u64, Place, Arc<Segment>);

/// The records themselves.
pub fn read(found: Vec<Found>) -> io::Result<Vec<(u64, Vec<u8>)>> {
    let read = |(index, place, segment): Found| {
        let mut record = vec![0; place.length];
        segment.file.read_exact_at(&mut record, place.offset)?;
        Ok((index, record))
    };
    found.into_iter().map(read).collect()
}

/// What a log says: the settings, and where the entries are. Items in their order make it.
#[derive(Debug, Default)]
pub struct Contents {
    pub settings: BTreeMap<Setting, Vec<u8>>,
    pub places: BTreeMap<u64, Place>,
    pub segments: BTreeMap<u64, Arc<Segment>>,
    /// Segments below this number may be gone.
    pub dropped: u64,
}

impl Contents {
    /// Takes in an item whose value lies at `place` of a segment.
    pub fn take(&mut self, item: Item<'_>, segment: u64, place: Range<usize>) {
        match item {
            Item::Set(setting, value) => drop(self.settings.insert(setting, value.to_vec())),
            Item::Entry(index, _) => {
                let (offset, length) = (place.start as u64, place.len());
                self.places.insert(index, Place { segment, offset, length });
            }
            Item::Truncate(from) => drop(self.places.split_off(&from)),
            Item::Dropped(below) => self.dropped = below,
            Item::Begin(_) | Item::Continued => {}
        }
    }

    /// Where the entries of a range lie.
    pub fn find(&self, range: Range<u64>) -> Vec<Found> {
        let segment = |place: &Place| self.segments.get(&place.segment).map(Arc::clone);
        let places = self.places.range(range);
        places.filter_map(|(index, place)| Some((*index, *place, segment(place)?))).collect()
    }

    /// Forgets about `limit` entries up to an index, the first first; says if some are left.
    pub fn forget(&mut self, upto: u64, limit: usize) -> bool {
        for _ in 0..limit {
            match self.places.first_entry() {
                Some(first) if *first.key() <= upto => drop(first.remove()),
                _ => return false,
            }
        }
        self.places.first_key_value().is_some_and(|(index, _)| *index <= upto)
    }

    /// The first segment up to `tip` that holds anything.
    pub fn first_used(&self, tip: u64) -> u64 {
        self.places.values().map(|place| place.segment).min().unwrap_or(tip).min(tip)
    }

    /// Takes out the segments below a number, the first first.
    pub fn drop_below(&mut self, number: u64) -> impl Iterator<Item = Arc<Segment>> + use<> {
        let kept = self.segments.split_off(&number);
        std::mem::replace(&mut self.segments, kept).into_values()
    }

    /// What a segment begins with.
    pub fn heading(&self, number: u64) -> Vec<Item<'_>> {
        let dropped = (self.dropped > 0).then_some(Item::Dropped(self.dropped));
        let settings = self.settings.iter().map(|(setting, value)| Item::Set(*setting, value));
        std::iter::once(Item::Begin(number)).chain(dropped).chain(settings).collect()
    }
}

/// The newest entries that opening a log has read, within a bound.
#[derive(Default)]
pub struct Tail {
    entries: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
}

impl Tail {
    /// As many as the cache keeps.
    const BYTES: usize = 16 << 20;

    pub fn take(&mut self, item: Item<'_>) {
        match item {
            Item::Entry(index, record) => {
                self.cut(index);
                self.bytes += record.len();
                self.entries.push_back((index, record.to_vec()));
            }
            Item::Truncate(from) => self.cut(from),
            _ => {}
        }
        while self.bytes > Self::BYTES {
            let Some((_, record)) = self.entries.pop_front() else { return };
            self.bytes -= record.len();
        }
    }

    fn cut(&mut self, from: u64) {
        while self.entries.back().is_some_and(|(index, _)| *index >= from) {
            self.bytes -= self.entries.pop_back().map_or(0, |(_, record)| record.len());
        }
    }

    pub fn into_entries(self) -> Vec<(u64, Vec<u8>)> {
        self.entries.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn indexes(tail: Tail) -> Vec<u64> {
        tail.into_entries().into_iter().map(|(index, _)| index).collect()
    }

    #[test]
    fn a_tail_forgets_what_was_truncated_and_what_is_too_much() {
        let mut tail = Tail::default();
        for index in 0..5 {
            tail.take(Item::Entry(index, b"record"));
        }
        tail.take(Item::Truncate(3));
        tail.take(Item::Entry(3, b"another"));
        assert_eq!(tail.bytes, 3 * 6 + 7);
        let large = vec![7; Tail::BYTES];
        tail.take(Item::Entry(4, &large));
        assert_eq!(indexes(tail), [4]);
    }

    #[test]
    fn entries_are_forgotten_from_the_first_within_the_limit() {
        let mut contents = Contents::default();
        for index in 5..10 {
            contents.take(Item::Entry(index, b""), 1, 0..0);
        }
        assert!(contents.forget(8, 3));
        assert!(!contents.forget(8, 3));
        assert_eq!(contents.places.keys().copied().collect::<Vec<_>>(), [9]);
    }
}
