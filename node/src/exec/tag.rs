use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// A data directory as the upper half of a tag: never 0, never with the top bit, so no usual limit looks like one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directory(u32);

impl Directory {
    /// Named by device and inode of its lock file: a directory that moves stays itself.
    pub fn of(lock: &Metadata) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&lock.dev().to_le_bytes()).update(&lock.ino().to_le_bytes());
        let hash = hasher.finalize();
        let [a, b, c, d, ..] = *hash.as_bytes();
        Self((u32::from_le_bytes([a, b, c, d]) >> 1).max(1))
    }

    /// The tag of one attempt, numbered by this node's life.
    pub(super) fn tag(self, attempt: u32) -> Tag {
        Tag(u64::from(self.0) << 32 | u64::from(attempt))
    }

    /// Whether a process with this tag belongs to the directory.
    pub(super) fn owns(self, tag: Tag) -> bool {
        tag.0 >> 32 == u64::from(self.0)
    }
}

/// What every process of an attempt carries as the soft limit of `RLIMIT_LOCKS`, which the kernel ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u64);

impl Tag {
    pub(super) fn from_limit(limit: u64) -> Self {
        Self(limit)
    }

    pub(super) fn limit(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_owns_its_tags_and_no_usual_limit() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let other = tempfile::NamedTempFile::new().unwrap();
        let directory = Directory::of(&file.as_file().metadata().unwrap());
        assert!(directory.owns(directory.tag(0)));
        assert!(directory.owns(directory.tag(u32::MAX)));
        assert!(!Directory::of(&other.as_file().metadata().unwrap()).owns(directory.tag(7)));
        for limit in [0, 1024, u64::from(u32::MAX), u64::MAX] {
            assert!(!directory.owns(Tag::from_limit(limit)), "{limit}");
        }
    }
}
