//! How a group lies in a file: what one write carries, whole or not at all.
//!
//! | bytes | what |
//! |---|---|
//! | 4 | length of the content |
//! | 4 | kind, version, two zeroes |
//! | 8 | number of the group |
//! | 8 | sum of the group before |
//! | … | content: items, then zeroes up to a multiple of 8 |
//! | 8 | sum of everything above |
//!
//! Numbers and sums chain the groups: what an earlier life left behind does not follow and is never read.

use std::ops::Range;

use crate::log::Setting;

const KIND: u8 = 0x67;
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 24;
const SUM_BYTES: usize = 8;
/// Groups begin at multiples of this.
pub const ALIGN: usize = 8;

type Sum = [u8; SUM_BYTES];

/// Where a chain of groups goes on: the number of the next one, and the sum of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub number: u64,
    pub sum: Sum,
}

/// A part of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// The first of each segment: the segment's number.
    Begin(u64),
    /// Segments below this number are needed no more.
    Dropped(u64),
    Set(Setting, &'a [u8]),
    Entry(u64, &'a [u8]),
    /// Entries from this index on are gone.
    Truncate(u64),
    /// The next segment follows.
    Continued,
}

/// Bytes of a group with these items.
pub fn bytes(items: &[Item<'_>]) -> usize {
    let content: usize = items.iter().map(Item::bytes).sum();
    HEAD_BYTES + content.next_multiple_of(ALIGN) + SUM_BYTES
}

/// A group as bytes, and what follows it.
pub fn encode(items: &[Item<'_>], link: Link) -> (Vec<u8>, Link) {
    let mut out = Vec::with_capacity(bytes(items));
    out.extend_from_slice(&[0, 0, 0, 0, KIND, VERSION, 0, 0]);
    out.extend_from_slice(&link.number.to_le_bytes());
    out.extend_from_slice(&link.sum);
    items.iter().for_each(|item| item.write(&mut out));
    let content = (out.len() - HEAD_BYTES) as u32;
    out[..4].copy_from_slice(&content.to_le_bytes());
    out.resize(out.len().next_multiple_of(ALIGN), 0);
    let sum = sum(&out);
    out.extend_from_slice(&sum);
    (out, Link { number: link.number + 1, sum })
}

/// Where the values of a group's items lie when the group begins at `at`.
pub fn places(items: &[Item<'_>], at: usize) -> Vec<Range<usize>> {
    let mut end = at + HEAD_BYTES;
    let place = |item: &Item<'_>| {
        end += item.bytes();
        end - item.value().len()..end
    };
    items.iter().map(place).collect()
}

/// A group whose sum is right, whatever it follows.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    pub version: u8,
    pub number: u64,
    before: Sum,
    sum: Sum,
    content: &'a [u8],
    /// Where the content begins, and where the group ends.
    from: usize,
    pub end: usize,
}

impl<'a> Group<'a> {
    /// The group at an offset, if a whole one lies there.
    pub fn at(bytes: &'a [u8], at: usize) -> Option<Self> {
        let head = bytes.get(at..at.checked_add(HEAD_BYTES)?)?;
        if head[4] != KIND || head[6..8] != [0, 0] {
            return None;
        }
        let length = u32::from_le_bytes(array(head, 0)?) as usize;
        let from = at + HEAD_BYTES;
        let content = bytes.get(from..from.checked_add(length)?)?;
        let until = from + length.next_multiple_of(ALIGN);
        let found = array(bytes, until)?;
        if found != sum(&bytes[at..until]) {
            return None;
        }
        let (number, before) = (u64::from_le_bytes(array(head, 8)?), array(head, 16)?);
        let end = until + SUM_BYTES;
        Some(Self { version: head[5], number, before, sum: found, content, from, end })
    }

    pub fn is_known(&self) -> bool {
        self.version == VERSION
    }

    pub fn follows(&self, link: Link) -> bool {
        self.number == link.number && self.before == link.sum
    }

    /// What follows it.
    pub fn link(&self) -> Link {
        Link { number: self.number + 1, sum: self.sum }
    }

    /// Its items, each with the place of its value in the file; `None` for one that is not known.
    pub fn items(self) -> impl Iterator<Item = Option<(Item<'a>, Range<usize>)>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = self.content.get(at..).filter(|rest| !rest.is_empty())?;
            let Some(item) = Item::read(rest) else {
                at = self.content.len();
                return Some(None);
            };
            at += item.bytes();
            let end = self.from + at;
            Some(Some((item, end - item.value().len()..end)))
        })
    }
}

const BEGIN: u8 = 1;
const SET: u8 = 2;
const ENTRY: u8 = 3;
const TRUNCATE: u8 = 4;
const CONTINUED: u8 = 5;
const DROPPED: u8 = 6;

impl<'a> Item<'a> {
    fn bytes(&self) -> usize {
        match self {
            Item::Begin(_) | Item::Dropped(_) | Item::Truncate(_) => 9,
            Item::Set(_, value) => 6 + value.len(),
            Item::Entry(_, record) => 13 + record.len(),
            Item::Continued => 1,
        }
    }

    fn value(&self) -> &'a [u8] {
        match self {
            Item::Set(_, value) | Item::Entry(_, value) => value,
            _ => &[],
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Item::Begin(segment) => number(out, BEGIN, *segment),
            Item::Dropped(below) => number(out, DROPPED, *below),
            Item::Set(setting, _) => out.extend_from_slice(&[SET, *setting as u8]),
            Item::Entry(index, _) => number(out, ENTRY, *index),
            Item::Truncate(from) => number(out, TRUNCATE, *from),
            Item::Continued => out.push(CONTINUED),
        }
        if let Item::Set(_, value) | Item::Entry(_, value) = self {
            out.extend_from_slice(&(value.len() as u32).to_le_bytes());
            out.extend_from_slice(value);
        }
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        let number = || Some(u64::from_le_bytes(array(bytes, 1)?));
        let value = |at: usize| {
            let length = u32::from_le_bytes(array(bytes, at)?) as usize;
            bytes.get(at + 4..(at + 4).checked_add(length)?)
        };
        Some(match *bytes.first()? {
            BEGIN => Item::Begin(number()?),
            SET => Item::Set(Setting::numbered(*bytes.get(1)?)?, value(2)?),
            ENTRY => Item::Entry(number()?, value(9)?),
            DROPPED => Item::Dropped(number()?),
            TRUNCATE => Item::Truncate(number()?),
            CONTINUED => Item::Continued,
            _ => return None,
        })
    }
}

fn number(out: &mut Vec<u8>, kind: u8, number: u64) {
    out.push(kind);
    out.extend_from_slice(&number.to_le_bytes());
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn sum(bytes: &[u8]) -> Sum {
    let mut sum = [0; SUM_BYTES];
    sum.copy_from_slice(&blake3::hash(bytes).as_bytes()[..SUM_BYTES]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const ITEMS: [Item<'static>; 7] = [
        Item::Begin(7),
        Item::Dropped(5),
        Item::Set(Setting::Vote, b"vote"),
        Item::Entry(9, b"record"),
        Item::Entry(10, b""),
        Item::Truncate(10),
        Item::Continued,
    ];
    const LINK: Link = Link { number: 3, sum: [5; 8] };

    #[test]
    fn the_bytes_of_a_group() {
        let (bytes, _) = encode(&ITEMS[..4], LINK);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let expected = "2f000000670100000300000000000000050505050505050501070000000000000006\
                        0500000000000000020204000000766f746503090000000000000006000000\
                        7265636f7264000dc0c3ebdbc52d1e";
        assert_eq!(hex, expected);
    }

    #[test]
    fn what_is_encoded_reads_back_at_any_place() {
        let (group, link) = encode(&ITEMS, LINK);
        assert_eq!(group.len(), bytes(&ITEMS));
        let mut file = vec![0; 16];
        file.extend_from_slice(&group);
        let found = Group::at(&file, 16).unwrap();
        assert!(found.follows(LINK) && found.is_known());
        assert_eq!((found.end, found.link()), (file.len(), link));
        let items: Vec<_> = found.items().map(Option::unwrap).collect();
        assert_eq!(items.iter().map(|(item, _)| *item).collect::<Vec<_>>(), ITEMS);
        let written = places(&ITEMS, 16);
        for ((item, place), written) in items.into_iter().zip(written) {
            assert_eq!((&file[place.clone()], place), (item.value(), written));
        }
    }

    #[test]
    fn a_group_with_any_byte_changed_or_missing_is_none() {
        let (group, _) = encode(&ITEMS[..4], LINK);
        for at in 0..group.len() {
            let mut changed = group.clone();
            changed[at] ^= 0x10;
            assert!(Group::at(&changed, 0).is_none(), "byte {at}");
            assert!(Group::at(&group[..at], 0).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn an_unknown_item_is_told_from_none() {
        let (mut group, _) = encode(&[Item::Continued, Item::Continued], LINK);
        group[HEAD_BYTES + 1] = 99;
        let end = group.len() - SUM_BYTES;
        let right = sum(&group[..end]);
        group[end..].copy_from_slice(&right);
        let items: Vec<_> = Group::at(&group, 0).unwrap().items().collect();
        assert_eq!(items.len(), 2);
        assert!(items[0].is_some() && items[1].is_none());
    }
}
