//! Documents: bytes too large for one entry, named by their hash, that arrive in parts and live while something refers to them.

mod table;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use table::{BYTES_MAX, DOCUMENTS_MAX, ORPHAN_TTL, PARTS_MAX, Table};

use crate::codec;

/// A BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// One piece of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub document: Hash,
    /// Pieces of the whole.
    pub count: u32,
    /// This one, from 0.
    pub number: u32,
    #[serde(with = "codec::bytes")]
    pub bytes: Vec<u8>,
}
