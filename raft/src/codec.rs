//! How records and frames become bytes: a kind, a version, then bincode.

use bincode::config::{self, Configuration, Limit};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Nothing that is stored or sent is larger once decoded.
const LIMIT: usize = 64 << 20;

/// One stored or sent format. A kind is never used again; a change of its content is a new version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub kind: u8,
    pub version: u8,
    pub name: &'static str,
}

const fn format(kind: u8, name: &'static str) -> Format {
    Format { kind, version: 1, name }
}

pub const ENTRY: Format = format(1, "log entry");
pub const VOTE: Format = format(2, "vote");
pub const LOG_ID: Format = format(3, "log id");
pub const SNAPSHOT: Format = format(4, "snapshot record");
pub const IDENTITY: Format = format(5, "replica identity");
pub const BATCH: Format = format(6, "batch");

pub const REQUEST_VOTE: Format = format(20, "vote request");
pub const REQUEST_PRE_VOTE: Format = format(21, "pre-vote request");
pub const APPEND: Format = format(22, "append request");
pub const TRANSFER: Format = format(23, "leader transfer");
pub const CHUNK: Format = format(24, "snapshot chunk");
pub const FORWARD: Format = format(25, "forwarded request");
pub const ANSWER: Format = format(26, "answer");

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{name} version {found} is unknown (this sloth reads {known}): it needs a newer sloth")]
    Version { name: &'static str, found: u8, known: u8 },
    #[error("expected a {name}, found kind {found}")]
    Kind { name: &'static str, found: u8 },
    #[error("a {name} cannot be read: {reason}")]
    Content { name: &'static str, reason: String },
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        std::io::Error::new(std::io::ErrorKind::InvalidData, error)
    }
}

fn standard() -> Configuration<config::LittleEndian, config::Varint, Limit<LIMIT>> {
    config::standard().with_limit::<LIMIT>()
}

pub fn encode<T: Serialize>(format: Format, value: &T) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![format.kind, format.version];
    bincode::serde::encode_into_std_write(value, &mut bytes, standard())
        .map_err(|error| Error::Content { name: format.name, reason: error.to_string() })?;
    Ok(bytes)
}

pub fn decode<T: DeserializeOwned>(format: Format, bytes: &[u8]) -> Result<T, Error> {
    let content = |reason: String| Error::Content { name: format.name, reason };
    let [kind, version, body @ ..] = bytes else {
        return Err(content(format!("{} bytes", bytes.len())));
    };
    if *kind != format.kind {
        return Err(Error::Kind { name: format.name, found: *kind });
    }
    if *version != format.version {
        let known = format.version;
        return Err(Error::Version { name: format.name, found: *version, known });
    }
    let (value, used) = bincode::serde::decode_from_slice(body, standard())
        .map_err(|error| content(error.to_string()))?;
    if used != body.len() {
        return Err(content(format!("{} bytes too many", body.len() - used)));
    }
    Ok(value)
}

/// The bytes a value takes, without its kind and version.
pub fn size<T: Serialize>(value: &T) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match bincode::serde::encode_into_std_write(value, &mut count, config::standard()) {
        Ok(_) => count.0,
        Err(_) => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_reads_back_and_nothing_else_does() {
        let bytes = encode(VOTE, &(7u64, "a".to_string())).unwrap();
        assert_eq!(bytes, [2, 1, 7, 1, b'a']);
        assert_eq!(decode::<(u64, String)>(VOTE, &bytes).unwrap(), (7, "a".to_string()));
        assert!(matches!(decode::<u64>(VOTE, &[]), Err(Error::Content { .. })));
        assert!(matches!(decode::<u64>(LOG_ID, &[2, 1, 7]), Err(Error::Kind { found: 2, .. })));
        assert!(matches!(decode::<u64>(VOTE, &[2, 1, 7, 7]), Err(Error::Content { .. })));
    }

    #[test]
    fn a_newer_version_is_refused_by_its_name() {
        let error = decode::<u64>(ENTRY, &[1, 9, 0]).unwrap_err().to_string();
        assert!(error.contains("log entry version 9") && error.contains("newer sloth"), "{error}");
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        let bytes = [2, 1, 253, 255, 255, 255, 255, 255, 255, 255, 127];
        assert!(decode::<Vec<u8>>(VOTE, &bytes).is_err());
        assert!(decode::<String>(VOTE, &bytes).is_err());
    }

    #[test]
    fn sizes_are_exact() {
        let value = (300u64, vec![1u8; 500]);
        assert_eq!(size(&value) + 2, encode(VOTE, &value).unwrap().len());
    }
}
