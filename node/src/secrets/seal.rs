//! What a secret looks like on disk: a version, a nonce, and what only the key opens.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use config::Secret;
use serde::{Deserialize, Serialize};
use state::codec;

/// The version of a sealed file.
const VERSION: u8 = 1;
/// The version of what is inside.
const CONTENT: u8 = 1;
const NONCE_BYTES: usize = 24;
/// What the name is bound to, so that no file opens in the place of another.
const PURPOSE: &[u8] = b"sloth secret 1\0";

/// The data key of a node's secrets. It never leaves the node.
pub struct Key(XChaCha20Poly1305);

/// A secret and what is known of it.
#[derive(Clone, Debug)]
pub struct Content {
    pub value: Secret,
    /// Counts the changes of this secret since it was made.
    pub version: u64,
    /// Milliseconds since 1970.
    pub changed_at: u64,
    pub changed_by: String,
}

#[derive(Serialize, Deserialize)]
struct Plain<'a> {
    value: &'a str,
    version: u64,
    changed_at: u64,
    changed_by: &'a str,
}

/// The file is of another version, of another name, damaged, or sealed by another key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it cannot be opened: {0}")]
pub struct Unopened(&'static str);

impl Key {
    pub fn new(bytes: &[u8; 32]) -> Key {
        Key(XChaCha20Poly1305::new(bytes.into()))
    }

    /// The bytes of the file; the nonce must never be used again.
    pub fn seal(&self, name: &str, content: &Content, nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
        let Content { value, version, changed_at, changed_by } = content;
        let (value, version, changed_at) = (value.reveal(), *version, *changed_at);
        let plain = codec::encode(CONTENT, &Plain { value, version, changed_at, changed_by });
        let payload = Payload { msg: &plain, aad: &bound(name) };
        // Only a text of many GiB cannot be sealed.
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [&[VERSION][..], &nonce, &sealed].concat()
    }

    pub fn open(&self, name: &str, file: &[u8]) -> Result<Content, Unopened> {
        let (version, rest) = file.split_first().ok_or(Unopened("it is empty"))?;
        if *version != VERSION {
            return Err(Unopened("it is of another version"));
        }
        let (nonce, sealed) =
            rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unopened("it is cut off"))?;
        let payload = Payload { msg: sealed, aad: &bound(name) };
        let plain = self.0.decrypt(&XNonce::from(*nonce), payload);
        let plain = plain.map_err(|_| {
            Unopened("it is damaged, was sealed by another key, or belongs to another name")
        })?;
        let plain: Owned = codec::decode(CONTENT, &plain)
            .map_err(|_| Unopened("its content is of another version"))?;
        let Owned { value, version, changed_at, changed_by } = plain;
        Ok(Content { value: Secret::new(value), version, changed_at, changed_by })
    }
}

#[derive(Deserialize)]
struct Owned {
    value: String,
    version: u64,
    changed_at: u64,
    changed_by: String,
}

fn bound(name: &str) -> Vec<u8> {
    [PURPOSE, name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(value: &str) -> Content {
        let (value, changed_by) = (Secret::new(value), "uid 0".to_owned());
        Content { value, version: 2, changed_at: 1_700_000_000_000, changed_by }
    }

    #[test]
    fn the_bytes_are_those_of_version_1() {
        let sealed = Key::new(&[7; 32]).seal("token", &content("hunter2"), [9; 24]);
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "01090909090909090909090909090909090909090909090909bf758aff12de1c10c610f53c0096c860\
             2bf3b79f3508f9c196542c5a83d55878ee125e02bb957abb12"
        );
    }

    #[test]
    fn only_its_own_key_and_name_open_it() {
        let key = Key::new(&[7; 32]);
        let sealed = key.seal("token", &content("hunter2"), [9; 24]);
        let opened = key.open("token", &sealed).unwrap();
        assert_eq!((opened.value.reveal(), opened.version), ("hunter2", 2));
        assert_eq!((opened.changed_at, opened.changed_by.as_str()), (1_700_000_000_000, "uid 0"));
        assert!(key.open("other", &sealed).is_err());
        assert!(Key::new(&[8; 32]).open("token", &sealed).is_err());
        assert!(!sealed.windows(7).any(|part| part == b"hunter2"));
    }

    #[test]
    fn no_byte_can_be_changed_unnoticed() {
        let key = Key::new(&[7; 32]);
        let sealed = key.seal("token", &content("hunter2"), [9; 24]);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open("token", &changed).is_err(), "byte {place}");
        }
        for length in 0..sealed.len() {
            assert!(key.open("token", &sealed[..length]).is_err(), "{length} bytes");
        }
    }
}
