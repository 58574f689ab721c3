use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const KIND: u8 = 0x6d;
const VERSION: u8 = 1;
const SLOT_BYTES: usize = 32;
/// Two slots a disk sector apart: a torn write leaves the other one whole.
const SLOT_DISTANCE: u64 = 4096;

/// How far the log was certainly durable, in a small file of its own: what lets damage below it be told
/// from a torn tail above it.
pub struct Mark {
    file: File,
    sequence: u64,
}

/// What a mark says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// The first that may be missing: an entry's index, or a group's number.
    pub next: u64,
    /// The log was closed in order.
    pub closed: bool,
}

impl Mark {
    /// Opens or makes the file and reads what it says; `None` when it says nothing yet.
    pub fn open(path: &Path) -> io::Result<(Self, Option<Marked>)> {
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let newest = newest(&file);
        let sequence = newest.map_or(0, |(sequence, _)| sequence);
        Ok((Self { file, sequence }, newest.map(|(_, marked)| marked)))
    }

    /// What a file says that may be absent.
    pub fn read(path: &Path) -> io::Result<Option<Marked>> {
        match File::open(path) {
            Ok(file) => Ok(newest(&file).map(|(_, marked)| marked)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Durable when it returns.
    pub fn write(&mut self, marked: Marked) -> io::Result<()> {
        self.note(marked)?;
        self.file.sync_data()
    }

    /// The same, but it may get lost with the machine's power.
    pub fn note(&mut self, marked: Marked) -> io::Result<()> {
        self.sequence += 1;
        let slot = self.sequence % 2;
        self.file.write_all_at(&encode(self.sequence, marked), slot * SLOT_DISTANCE)
    }
}

fn encode(sequence: u64, marked: Marked) -> [u8; SLOT_BYTES] {
    let mut bytes = [0; SLOT_BYTES];
    bytes[..3].copy_from_slice(&[KIND, VERSION, u8::from(marked.closed)]);
    bytes[8..16].copy_from_slice(&sequence.to_le_bytes());
    bytes[16..24].copy_from_slice(&marked.next.to_le_bytes());
    let sum = sum(&bytes[..24]);
    bytes[24..].copy_from_slice(&sum);
    bytes
}

fn newest(file: &File) -> Option<(u64, Marked)> {
    (0..2).filter_map(|slot| read(file, slot)).max_by_key(|(order, _)| *order)
}

fn read(file: &File, slot: u64) -> Option<(u64, Marked)> {
    let mut bytes = [0; SLOT_BYTES];
    file.read_exact_at(&mut bytes, slot * SLOT_DISTANCE).ok()?;
    if bytes[..2] != [KIND, VERSION] || bytes[24..] != sum(&bytes[..24]) {
        return None;
    }
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    Some((number(8)?, Marked { next: number(16)?, closed: bytes[2] == 1 }))
}

fn sum(bytes: &[u8]) -> [u8; 8] {
    let mut sum = [0; 8];
    sum.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(next: u64) -> Marked {
        Marked { next, closed: false }
    }

    #[test]
    fn the_last_write_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        let (mut mark, found) = Mark::open(&path).unwrap();
        assert_eq!(found, None);
        for next in 1..=3 {
            mark.write(marked(next)).unwrap();
            assert_eq!(Mark::open(&path).unwrap().1, Some(marked(next)));
        }
        mark.write(Marked { next: 2, closed: true }).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, Some(Marked { next: 2, closed: true }));
    }

    #[test]
    fn a_torn_write_leaves_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        let (mut mark, _) = Mark::open(&path).unwrap();
        mark.write(marked(1)).unwrap();
        mark.write(marked(2)).unwrap();
        mark.file.write_all_at(&[0xff; 7], 12).unwrap();
        let (mut mark, found) = Mark::open(&path).unwrap();
        assert_eq!(found, Some(marked(1)));
        mark.write(marked(5)).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, Some(marked(5)));
    }
}
