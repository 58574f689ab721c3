use super::frame::{ALIGN, Group, Item, Link};

/// Where a segment's groups end, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub at: usize,
    /// What follows the last group; `None` if there is none and nothing came before this segment.
    pub link: Option<Link>,
    pub last: Last,
    /// Something lies behind it that is no group: a write that did not come to its end.
    pub torn: bool,
}

/// What the last group said at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// There is no group.
    Nothing,
    /// More may follow.
    Open,
    Continued,
}

/// Why a segment cannot be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub at: usize,
    pub what: String,
}

/// Reads a segment's groups from the first on; `visit` is given each item and the place of its value.
///
/// A group that is broken while a later one is whole is damage: the later was written when the earlier was durable.
pub fn scan<'a>(
    bytes: &'a [u8],
    mut link: Option<Link>,
    mut visit: impl FnMut(Item<'a>, std::ops::Range<usize>),
) -> Result<End, Fault> {
    let (mut at, mut last) = (0, Last::Nothing);
    while let Some(group) = Group::at(bytes, at) {
        let fault = |what: String| Err(Fault { at, what });
        if !link.is_none_or(|link| group.follows(link)) {
            return fault(format!("group {} does not follow the one before it", group.number));
        }
        if !group.is_known() {
            return fault(format!("version {} is unknown: it needs a newer sloth", group.version));
        }
        for item in group.items() {
            let Some((item, place)) = item else {
                return fault("a record is of an unknown kind: it needs a newer sloth".into());
            };
            last = Last::of(item);
            visit(item, place);
        }
        (at, link) = (group.end, Some(group.link()));
    }
    let torn = !is_blank(&bytes[at..]);
    if torn && let Some(later) = later(bytes, at, link) {
        let what = format!("a group is broken, though group {} behind it is whole", later.number);
        return Err(Fault { at, what });
    }
    Ok(End { at, link, last, torn })
}

/// Whether all of it is zeroes.
pub fn is_blank(bytes: &[u8]) -> bool {
    // Without a way out inside a piece the compiler compares many bytes at once.
    bytes.chunks(4096).all(|piece| piece.iter().fold(0, |all, byte| all | byte) == 0)
}

impl Last {
    fn of(item: Item<'_>) -> Self {
        match item {
            Item::Continued => Self::Continued,
            _ => Self::Open,
        }
    }
}

/// A whole group behind an offset that was written after the one that should be there.
fn later(bytes: &[u8], at: usize, link: Option<Link>) -> Option<Group<'_>> {
    let expected = link.map_or(0, |link| link.number);
    let places = (at + ALIGN..bytes.len()).step_by(ALIGN);
    places.filter_map(|place| Group::at(bytes, place)).find(|group| group.number > expected)
}

#[cfg(test)]
mod tests {
    use super::super::frame::encode;
    use super::*;

    /// Three groups of one entry each and zeroes behind them; where each ends.
    fn segment() -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut link) = (Vec::new(), Vec::new(), Link::default());
        for index in 0..3 {
            let (group, next) = encode(&[Item::Entry(index, b"record")], link);
            bytes.extend_from_slice(&group);
            ends.push(bytes.len());
            link = next;
        }
        bytes.resize(bytes.len() + 64, 0);
        (bytes, ends)
    }

    fn indexes(bytes: &[u8]) -> (Vec<u64>, Result<End, Fault>) {
        let mut indexes = Vec::new();
        let end = scan(bytes, Some(Link::default()), |item, _| {
            let Item::Entry(index, record) = item else { panic!("{item:?}") };
            assert_eq!(record, b"record");
            indexes.push(index);
        });
        (indexes, end)
    }

    #[test]
    fn a_changed_byte_is_a_torn_end_in_the_last_group_and_damage_before() {
        let (whole, ends) = segment();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x55;
            let (found, end) = indexes(&bytes);
            let group = ends.iter().filter(|end| **end <= at).count();
            match group {
                0 | 1 => assert_eq!(end.unwrap_err().at, if group == 0 { 0 } else { ends[0] }),
                _ => {
                    assert!(end.unwrap().torn);
                    assert_eq!(found, (0..group as u64).collect::<Vec<_>>(), "byte {at}");
                }
            }
        }
    }

    #[test]
    fn a_segment_cut_anywhere_is_read_up_to_its_last_whole_group() {
        let (whole, ends) = segment();
        for cut in 0..=whole.len() {
            let (found, end) = indexes(&whole[..cut]);
            let groups = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(found, (0..groups as u64).collect::<Vec<_>>(), "cut at {cut}");
            let between = cut < ends[2] && cut != 0 && !ends.contains(&cut);
            assert_eq!(end.unwrap().torn, between, "cut at {cut}");
        }
    }

    #[test]
    fn a_group_of_another_chain_is_damage() {
        let (mut bytes, ends) = segment();
        let stranger = Link { number: 3, sum: [9; 8] };
        let (group, _) = encode(&[Item::Continued], stranger);
        bytes[ends[2]..ends[2] + group.len()].copy_from_slice(&group);
        let (_, end) = indexes(&bytes);
        assert!(end.unwrap_err().what.contains("does not follow"));
    }
}
