use std::fmt::{self, Debug, Display, Write};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Error;

/// A node: its ed25519 public key. Text form: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId([u8; Self::BYTES]);

impl NodeId {
    pub const BYTES: usize = 32;
    const SHORT: usize = 10;

    pub const fn new(key: [u8; Self::BYTES]) -> Self {
        Self(key)
    }

    /// The public key itself.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The first ten digits, for people.
    pub fn short(&self) -> String {
        let mut text = self.to_string();
        text.truncate(Self::SHORT);
        text
    }
}

impl From<[u8; NodeId::BYTES]> for NodeId {
    fn from(key: [u8; Self::BYTES]) -> Self {
        Self(key)
    }
}

impl Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(2 * Self::BYTES);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.pad(&text)
    }
}

impl Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

impl FromStr for NodeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut key = [0; Self::BYTES];
        let digits = text.as_bytes();
        if digits.len() != 2 * key.len() {
            return Err(Error::NodeId(text.into()));
        }
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let (high, low) = (digit(pair[0]), digit(pair[1]));
            let (Some(high), Some(low)) = (high, low) else {
                return Err(Error::NodeId(text.into()));
            };
            *byte = high << 4 | low;
        }
        Ok(Self(key))
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
        } else {
            <[u8; Self::BYTES]>::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [0xab; 32];

    #[test]
    fn text_is_64_lower_case_digits_and_reads_back() {
        let text = NodeId::new(KEY).to_string();
        assert_eq!(text, "ab".repeat(32));
        assert_eq!(text.parse::<NodeId>().unwrap(), NodeId::new(KEY));
        assert_eq!(text.to_uppercase().parse::<NodeId>().unwrap(), NodeId::new(KEY));
    }

    #[test]
    fn other_text_is_refused() {
        for text in
            ["", "ab", &"ab".repeat(33), &"zz".repeat(32), &"é".repeat(32), &"+f".repeat(32)]
        {
            assert!(text.parse::<NodeId>().is_err(), "{text}");
        }
    }

    #[test]
    fn debug_and_short_are_ten_digits() {
        assert_eq!(format!("{:?}", NodeId::new(KEY)), "ababababab");
        assert_eq!(NodeId::new(KEY).short(), "ababababab");
    }

    #[test]
    fn json_is_text_and_binary_is_32_bytes() {
        let id = NodeId::new(KEY);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<NodeId>(&json).unwrap(), id);
        let standard = bincode::config::standard();
        let bytes = bincode::serde::encode_to_vec(id, standard).unwrap();
        assert_eq!(bytes, KEY);
        let (back, _): (NodeId, _) = bincode::serde::decode_from_slice(&bytes, standard).unwrap();
        assert_eq!(back, id);
    }
}
