use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// Where the log's bytes are kept. One thread writes, any may read; every call may block.
pub trait LogEngine: Send + Sync + 'static {
    /// Writes all of it or nothing: readable when it returns, durable after [`sync`](Self::sync).
    /// An entry takes the place of one with the same index.
    fn write(&self, write: &Write) -> io::Result<()>;

    /// What is durable of the writes before it is so for good.
    fn sync(&self) -> io::Result<()>;

    /// The entries of a range in order; those that are not there are left out.
    fn read(&self, range: Range<u64>) -> io::Result<Vec<(u64, Vec<u8>)>>;

    /// The first and last index there is.
    fn bounds(&self) -> io::Result<Option<(u64, u64)>>;

    fn setting(&self, setting: Setting) -> io::Result<Option<Vec<u8>>>;

    /// Removes the entries from this index on.
    fn truncate(&self, from: u64) -> io::Result<()>;

    /// Removes about `limit` records of entries up to this index, the first first; says if some are left.
    fn purge(&self, upto: u64, limit: usize) -> io::Result<bool>;

    /// Notes beside the log how far it is durable: what is missing below that later is damage, no torn end.
    fn mark(&self) -> io::Result<()>;

    /// Writes the last settings of a log that ends in order. Nothing is written after it.
    fn close(&self, settings: Vec<(Setting, Vec<u8>)>) -> io::Result<()>;
}

/// A log just opened.
pub struct Opened {
    pub engine: Box<dyn LogEngine>,
    /// The newest entries, as far as opening has read them anyway.
    pub tail: Vec<(u64, Vec<u8>)>,
}

/// What is whole of a log that nobody uses.
pub struct Inspected {
    pub settings: BTreeMap<Setting, Vec<u8>>,
    /// The entries there are, in order.
    pub indexes: Vec<u64>,
    /// The record of one of them.
    pub record: Box<dyn Fn(u64) -> io::Result<Option<Vec<u8>>>>,
    /// Why there is less than was promised.
    pub fault: Option<crate::Error>,
}

/// One atomic write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Write {
    /// Index and record; indexes rise.
    pub entries: Vec<(u64, Vec<u8>)>,
    pub settings: Vec<(Setting, Vec<u8>)>,
}

impl Write {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.settings.is_empty()
    }

    pub fn set(setting: Setting, value: Vec<u8>) -> Self {
        Self { entries: Vec::new(), settings: vec![(setting, value)] }
    }
}

/// What is kept beside the entries; the number stands for it on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Setting {
    /// Whose log this is.
    Identity = 1,
    Vote = 2,
    /// The last entry known to be committed.
    Committed = 3,
    /// Everything up to it is gone from the log.
    Purged = 4,
    /// Name and hash of the current snapshot's file.
    Snapshot = 5,
}

impl Setting {
    pub const ALL: [Setting; 5] =
        [Self::Identity, Self::Vote, Self::Committed, Self::Purged, Self::Snapshot];

    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| *setting as u8 == number)
    }
}
