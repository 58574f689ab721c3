//! One entry as bytes: a checksum, then the encoded entry.

use std::io;

use crate::codec;
use crate::types::Entry;

const SUM_BYTES: usize = 8;

pub fn encode(entry: &Entry) -> io::Result<Vec<u8>> {
    let content = codec::encode(codec::ENTRY, entry)?;
    let mut record = Vec::with_capacity(SUM_BYTES + content.len());
    record.extend_from_slice(&sum(&content));
    record.extend_from_slice(&content);
    Ok(record)
}

pub fn decode(index: u64, record: &[u8]) -> io::Result<Entry> {
    let damaged = || {
        let message = format!("log entry {index} is damaged: its checksum differs");
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    let (expected, content) = record.split_at_checked(SUM_BYTES).ok_or_else(damaged)?;
    if sum(content) != expected {
        return Err(damaged());
    }
    let entry: Entry = codec::decode(codec::ENTRY, content)?;
    if entry.log_id.index() == index { Ok(entry) } else { Err(damaged()) }
}

fn sum(content: &[u8]) -> [u8; SUM_BYTES] {
    let mut sum = [0; SUM_BYTES];
    sum.copy_from_slice(&blake3::hash(content).as_bytes()[..SUM_BYTES]);
    sum
}

#[cfg(test)]
mod tests {
    use openraft::EntryPayload;

    use super::*;
    use crate::types::{LogId, Proposal};

    #[test]
    fn any_changed_byte_is_found() {
        let payload = EntryPayload::Normal(Proposal(vec![7; 40].into()));
        let entry = Entry { log_id: LogId::new_term_index(3, 9), payload };
        let record = encode(&entry).unwrap();
        assert_eq!(decode(9, &record).unwrap(), entry);
        assert!(decode(8, &record).is_err(), "another entry's record");
        for at in 0..record.len() {
            let mut damaged = record.clone();
            damaged[at] ^= 1;
            assert!(decode(9, &damaged).is_err(), "byte {at}");
            assert!(decode(9, &record[..at]).is_err(), "cut at {at}");
        }
    }
}
