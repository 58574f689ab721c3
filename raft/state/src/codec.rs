//! The one encoding of everything stored or sent: a version byte, then bincode.

use std::cmp::Ordering;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A record may claim no more memory than this while it is decoded: hostile lengths fail instead of allocating.
pub const DECODE_BYTES: usize = 256 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a record without a version byte")]
    Empty,
    #[error(
        "a record of version {found} where {expected} is the newest known: this needs a newer sloth"
    )]
    Newer { found: u8, expected: u8 },
    #[error("a record of version {found} where {expected} was expected")]
    Older { found: u8, expected: u8 },
    #[error("{0} bytes follow the end of a record")]
    Trailing(usize),
    #[error("a damaged record")]
    Damaged(#[from] bincode::error::DecodeError),
}

/// Encodes a value of the given version of its format.
pub fn encode<T: Serialize + ?Sized>(version: u8, value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    append(&mut out, version, value);
    out
}

/// Decodes what [`encode`] wrote with this version; every byte must be used.
pub fn decode<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, Error> {
    let rest = body(version, bytes)?;
    let bounded = bincode::config::standard().with_limit::<DECODE_BYTES>();
    whole(rest, bincode::serde::decode_from_slice(rest, bounded)?)
}

/// As [`decode`], for a part of a snapshot: its hash has been checked, and it may be larger.
pub(crate) fn decode_trusted<T: DeserializeOwned>(version: u8, bytes: &[u8]) -> Result<T, Error> {
    let rest = body(version, bytes)?;
    let unbounded = bincode::config::standard();
    whole(rest, bincode::serde::decode_from_slice(rest, unbounded)?)
}

fn body(expected: u8, bytes: &[u8]) -> Result<&[u8], Error> {
    let (&found, rest) = bytes.split_first().ok_or(Error::Empty)?;
    match found.cmp(&expected) {
        Ordering::Greater => Err(Error::Newer { found, expected }),
        Ordering::Less => Err(Error::Older { found, expected }),
        Ordering::Equal => Ok(rest),
    }
}

fn whole<T>(bytes: &[u8], (value, used): (T, usize)) -> Result<T, Error> {
    match bytes.len() - used {
        0 => Ok(value),
        trailing => Err(Error::Trailing(trailing)),
    }
}

/// As [`encode`], at the end of other bytes.
pub(crate) fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, version: u8, value: &T) {
    out.push(version);
    let written = bincode::serde::encode_into_std_write(value, out, bincode::config::standard());
    // Memory takes every byte: only a type that bincode cannot express fails, whatever its value.
    written.map(drop).unwrap_or_else(|error| unreachable!("a type without encoding: {error}"));
}

/// Serde of byte strings in one piece instead of byte by byte; the encoding is the same.
pub(crate) mod bytes {
    use std::fmt;

    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub fn serialize<S: Serializer>(
        bytes: &(impl AsRef<[u8]> + ?Sized),
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes.as_ref())
    }

    pub fn deserialize<'de, D: Deserializer<'de>, B: From<Vec<u8>>>(
        deserializer: D,
    ) -> Result<B, D::Error> {
        deserializer.deserialize_byte_buf(Bytes).map(B::from)
    }

    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("bytes")
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back() {
        let value = (1_u8, "text".to_owned(), vec![300_u32], None::<u8>);
        let bytes = encode(7, &value);
        assert_eq!(bytes[0], 7);
        assert_eq!(decode::<(u8, String, Vec<u32>, Option<u8>)>(7, &bytes).unwrap(), value);
    }

    #[test]
    fn other_versions_and_lengths_are_told_apart() {
        let bytes = encode(2, &1_u8);
        assert!(matches!(decode::<u8>(1, &bytes), Err(Error::Newer { found: 2, expected: 1 })));
        assert!(matches!(decode::<u8>(3, &bytes), Err(Error::Older { .. })));
        assert!(matches!(decode::<u8>(2, &[]), Err(Error::Empty)));
        assert!(matches!(decode::<u8>(2, &[2, 1, 0]), Err(Error::Trailing(1))));
        assert!(matches!(decode::<u8>(2, &[2]), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_huge_length_fails_without_allocating() {
        let mut bytes = encode(1, &u64::MAX);
        assert!(decode::<String>(1, &bytes).is_err());
        assert!(decode::<Vec<u8>>(1, &bytes).is_err());
        bytes.extend([0; 64]);
        assert!(decode::<Vec<u32>>(1, &bytes).is_err());
    }
}
