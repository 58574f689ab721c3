//! What is written on a stream between two nodes: one hello from each side, then frames.

use std::time::Duration;

use crate::Error;
use crate::bytes::Reader;

/// The first bytes on a stream, in both directions: which frame formats a side reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    pub least: u8,
    pub most: u8,
    /// The acceptor does not serve this peer here.
    pub refused: bool,
}

impl Hello {
    pub const BYTES: usize = 4;
    const MAGIC: u8 = b's';

    /// This version's own.
    pub const fn new(refused: bool) -> Self {
        Self { least: Header::FORMAT, most: Header::FORMAT, refused }
    }

    pub fn encode(&self) -> [u8; Self::BYTES] {
        [Self::MAGIC, self.least, self.most, self.refused.into()]
    }

    pub fn decode(bytes: [u8; Self::BYTES]) -> Result<Self, Error> {
        let [magic, least, most, refused] = bytes;
        if magic != Self::MAGIC || least > most || refused > 1 {
            return Err(Error::Malformed {
                what: "stream hello",
                reason: "it is not of this protocol",
            });
        }
        Ok(Self { least, most, refused: refused == 1 })
    }

    /// The highest format that both read.
    pub fn agree(&self, other: &Self) -> Result<u8, Error> {
        let format = self.most.min(other.most);
        if format < self.least.max(other.least) {
            return Err(Error::Format { what: "frame", found: other.most, known: self.most });
        }
        Ok(format)
    }
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks; the asker waits no longer than this from when it was sent.
    Request(Duration),
    Answer,
    /// Will not be answered.
    Refusal(Refusal),
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    #[error("it does not permit this")]
    Denied,
    #[error("its answer exceeds the largest frame")]
    TooLarge,
    #[error("it did not answer in time")]
    Late,
    #[error("its handler failed")]
    Failed,
}

/// The beginning of every frame, followed by the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chosen by the asker; the answer repeats it.
    pub id: u64,
    pub kind: Kind,
}

impl Header {
    pub const FORMAT: u8 = 1;
    /// Kind, id, argument.
    pub const BYTES: usize = 1 + 8 + 4;

    pub fn encode(&self) -> [u8; Self::BYTES] {
        let (kind, argument) = match self.kind {
            Kind::Request(deadline) => (1, deadline.as_millis().try_into().unwrap_or(u32::MAX)),
            Kind::Answer => (2, 0),
            Kind::Refusal(refusal) => (3, code(refusal)),
        };
        let mut out = [0; Self::BYTES];
        out[0] = kind;
        out[1..9].copy_from_slice(&self.id.to_be_bytes());
        out[9..].copy_from_slice(&argument.to_be_bytes());
        out
    }

    /// The header and the length it took from the front of `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("frame", bytes);
        let kind = reader.byte()?;
        let id = reader.u64()?;
        let argument = reader.u32()?;
        let kind = match (kind, argument) {
            (1, milliseconds) => Kind::Request(Duration::from_millis(milliseconds.into())),
            (2, 0) => Kind::Answer,
            (3, code) => Kind::Refusal(refusal(code).ok_or_else(|| reader.bad("unknown refusal"))?),
            _ => return Err(reader.bad("unknown kind")),
        };
        Ok(Self { id, kind })
    }
}

const REFUSALS: [Refusal; 4] = [Refusal::Denied, Refusal::TooLarge, Refusal::Late, Refusal::Failed];

fn code(refusal: Refusal) -> u32 {
    match refusal {
        Refusal::Denied => 1,
        Refusal::TooLarge => 2,
        Refusal::Late => 3,
        Refusal::Failed => 4,
    }
}

fn refusal(number: u32) -> Option<Refusal> {
    REFUSALS.into_iter().find(|refusal| code(*refusal) == number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headers_are_golden_and_read_back() {
        for (kind, bytes) in [
            (Kind::Request(Duration::from_secs(1)), [1, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 232]),
            (Kind::Answer, [2, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0]),
            (Kind::Refusal(Refusal::Denied), [3, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1]),
        ] {
            let header = Header { id: 258, kind };
            assert_eq!(header.encode(), bytes);
            assert_eq!(Header::decode(&bytes).unwrap(), header);
        }
    }

    #[test]
    fn every_refusal_reads_back() {
        for kind in REFUSALS.map(Kind::Refusal) {
            let header = Header { id: 1, kind };
            assert_eq!(Header::decode(&header.encode()).unwrap(), header);
        }
    }

    #[test]
    fn hellos_agree_on_the_highest_common_format() {
        let range = |least, most| Hello { least, most, refused: false };
        assert_eq!(range(1, 3).agree(&range(2, 5)).unwrap(), 3);
        assert!(range(1, 1).agree(&range(2, 5)).is_err());
        assert_eq!(Hello::new(true).encode(), [b's', 1, 1, 1]);
        assert_eq!(Hello::decode([b's', 1, 1, 1]).unwrap(), Hello::new(true));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>, hello: [u8; 4]) {
            let _ = Header::decode(&bytes);
            let _ = Hello::decode(hello);
        }
    }
}
