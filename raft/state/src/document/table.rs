use std::sync::Arc;

use config::limits::PART_BYTES;
use serde::{Deserialize, Serialize};

use super::{Hash, Part};
use crate::due::Due;
use crate::state::Context;
use crate::{Answer, Elapsed, Map, Moment, Refusal, Reply, State, check, codec};

/// Parts of one document: 64 MiB.
pub const PARTS_MAX: u32 = 1_024;
/// Documents at once: some for each run that is kept, and those on their way.
pub const DOCUMENTS_MAX: usize = 20_000;
/// All documents together; they are in memory on every voter.
pub const BYTES_MAX: u64 = 1 << 30;
/// How long a document waits for its next part, or for something to refer to it.
pub const ORPHAN_TTL: Elapsed = Elapsed(60_000);

/// Documents, whole or still arriving.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Map<Hash, Document>", into = "Map<Hash, Document>")]
pub struct Table {
    documents: Map<Hash, Document>,
    due: Due<Hash>,
    bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Document {
    count: u32,
    parts: Map<u32, Piece>,
    whole: bool,
    /// How many records refer to it.
    references: u32,
    /// When it goes if nothing refers to it.
    expires: Moment,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Piece(#[serde(with = "codec::bytes")] Arc<[u8]>);

impl Table {
    /// The bytes of a document that has arrived whole.
    pub fn read(&self, hash: Hash) -> Option<Vec<u8>> {
        let document = self.documents.get(&hash).filter(|document| document.whole)?;
        Some(document.parts.values().flat_map(|piece| piece.0.iter().copied()).collect())
    }

    /// All of it has arrived.
    pub fn has(&self, hash: Hash) -> bool {
        self.documents.get(&hash).is_some_and(|document| document.whole)
    }

    /// One more record refers to a document, which must be whole.
    pub(crate) fn hold(&mut self, hash: Hash) -> Result<(), Refusal> {
        let Some(mut document) = self.take(hash) else { return Err(missing(hash)) };
        if !document.whole {
            return Err(missing(hash));
        }
        document.references = document.references.saturating_add(1);
        self.insert(hash, document);
        Ok(())
    }

    /// One record less refers to it; without any it goes, or when its last upload is long enough ago.
    pub(crate) fn release(&mut self, hash: Hash) {
        if let Some(mut document) = self.take(hash) {
            document.references = document.references.saturating_sub(1);
            self.insert(hash, document);
        }
    }

    /// A document that has served its purpose goes at once, unless a record refers to it.
    pub(crate) fn discard(&mut self, hash: Hash) {
        if self.documents.get(&hash).is_some_and(|document| document.references == 0) {
            self.take(hash);
        }
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.next()
    }

    pub(crate) fn expire(&mut self, now: Moment) {
        for hash in self.due.ripe(now) {
            self.take(hash);
        }
    }

    fn take(&mut self, hash: Hash) -> Option<Document> {
        let document = self.documents.remove(&hash)?;
        self.due.cancel(document.orphaned(), hash);
        self.bytes -= document.size();
        Some(document)
    }

    fn insert(&mut self, hash: Hash, document: Document) {
        self.due.add(document.orphaned(), hash);
        self.bytes += document.size();
        self.documents.insert(hash, document);
    }

    fn check_bounds(&self) -> Result<(), Refusal> {
        check::room("documents", self.documents.len() - 1, DOCUMENTS_MAX)?;
        if self.bytes <= BYTES_MAX {
            return Ok(());
        }
        let bytes = self.bytes;
        Err(Refusal::limit(format!(
            "all documents would have {bytes} bytes, the most is {BYTES_MAX}"
        )))
    }
}

impl Document {
    fn orphaned(&self) -> Option<Moment> {
        (self.references == 0).then_some(self.expires)
    }

    fn size(&self) -> u64 {
        self.parts.values().map(|piece| piece.0.len() as u64).sum()
    }

    /// Takes a part, in any order and repeatedly; a later one replaces an earlier one of the same number.
    fn add(&mut self, part: &Part) -> Result<(), Refusal> {
        if self.whole {
            return Ok(());
        }
        if self.count != part.count {
            (self.count, self.parts) = (part.count, Map::new());
        }
        self.parts.insert(part.number, Piece(part.bytes.as_slice().into()));
        if self.parts.len() == part.count as usize {
            self.whole = self.hash() == part.document;
            if !self.whole {
                return Err(Refusal::invalid(format!(
                    "the parts of document {} are not what it is named by: send them again",
                    part.document
                )));
            }
        }
        Ok(())
    }

    fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        for piece in self.parts.values() {
            hasher.update(&piece.0);
        }
        Hash(*hasher.finalize().as_bytes())
    }
}

impl State {
    pub(crate) fn part(&mut self, _: &Context<'_>, part: &Part) -> Reply {
        check_part(part)?;
        let expires = self.clock.after(ORPHAN_TTL);
        let mut document = self.documents.take(part.document).unwrap_or_else(|| Document {
            count: part.count,
            parts: Map::new(),
            whole: false,
            references: 0,
            expires,
        });
        document.expires = expires;
        document.add(part)?;
        self.documents.insert(part.document, document);
        self.documents.check_bounds()?;
        Ok(Answer::Done)
    }
}

fn check_part(part: &Part) -> Result<(), Refusal> {
    let Part { count, number, .. } = part;
    if *count == 0 || *count > PARTS_MAX {
        return Err(Refusal::limit(format!(
            "a document of {count} parts, the most is {PARTS_MAX}"
        )));
    }
    if number >= count {
        return Err(Refusal::invalid(format!("part {number} of {count}, counted from 0")));
    }
    let length = part.bytes.len();
    if length > PART_BYTES {
        return Err(Refusal::limit(format!("a part of {length} bytes, the most is {PART_BYTES}")));
    }
    Ok(())
}

fn missing(hash: Hash) -> Refusal {
    Refusal::not_found(format!("document {hash} has not arrived whole"))
}

impl From<Map<Hash, Document>> for Table {
    fn from(documents: Map<Hash, Document>) -> Self {
        let mut due = Due::default();
        for (hash, document) in &documents {
            due.add(document.orphaned(), *hash);
        }
        let bytes = documents.values().map(Document::size).sum();
        Self { documents, due, bytes }
    }
}

impl From<Table> for Map<Hash, Document> {
    fn from(table: Table) -> Self {
        table.documents
    }
}
