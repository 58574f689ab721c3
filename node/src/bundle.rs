use serde::{Deserialize, Serialize};
use serde_json::Value;
use state::{Hash, codec};

use crate::Error;

/// The version of an encoded bundle.
const VERSION: u8 = 1;

/// What a run is loaded from wherever it runs: the file and its values. It travels as a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// As diagnostics name the file.
    pub name: String,
    pub text: String,
    /// Canonical JSON text, in clear.
    values: String,
}

impl Bundle {
    pub fn new(name: String, text: String, values: &Value) -> Bundle {
        Bundle { name, text, values: values.to_string() }
    }

    pub fn values(&self) -> Value {
        serde_json::from_str(&self.values).unwrap_or_default()
    }

    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Fails when the bytes are of another version or none at all.
    pub fn decode(bytes: &[u8]) -> Result<Bundle, Error> {
        codec::decode(VERSION, bytes).map_err(|error| Error::Corrupt(format!("bundle: {error}")))
    }
}

/// A document and its parts, ready to be proposed.
pub struct Upload {
    pub hash: Hash,
    parts: Vec<state::document::Part>,
}

impl Upload {
    pub fn new(bytes: &[u8]) -> Upload {
        let hash = Hash::of(bytes);
        let chunks = bytes.chunks(config::limits::PART_BYTES);
        let count = chunks.len() as u32;
        let part = |(number, bytes): (u32, &[u8])| state::document::Part {
            document: hash,
            count,
            number,
            bytes: bytes.to_vec(),
        };
        Upload { hash, parts: (0..).zip(chunks).map(part).collect() }
    }

    pub fn commands(self) -> impl Iterator<Item = state::Command> {
        self.parts.into_iter().map(state::Command::Part)
    }
}
