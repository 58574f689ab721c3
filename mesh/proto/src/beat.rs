use config::{Address, Labels, Name, NodeId};
use serde::{Deserialize, Serialize};

use crate::Error;

/// More addresses than a machine has interfaces in practice; bounds what one node can make others dial.
pub(crate) const ADDRESSES: usize = 8;
/// More members than are fully meshed.
const KNOWN: usize = 256;
/// A version is a short word.
const VERSION_BYTES: usize = 64;

/// A heartbeat: what a node says about itself, and the addresses it knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beat {
    pub status: Status,
    /// Where it listens.
    pub addresses: Vec<Address>,
    /// Where others listen; filled only when the receiver has not been told yet.
    pub known: Vec<(NodeId, Vec<Address>)>,
}

/// What a node says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub name: Name,
    /// The version of sloth that runs.
    pub version: String,
    pub labels: Labels,
    pub load: Load,
}

/// How busy a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Attempts that run now.
    pub running: u32,
    /// Attempts it runs at once.
    pub slots: u32,
    /// Use of all processors together, 0 to 1000.
    pub cpu_permille: u16,
}

impl Beat {
    const FORMAT: u8 = 1;
    /// A heartbeat with all it may hold stays below.
    pub const BYTES: usize = 256 << 10;

    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::FORMAT];
        // Encoding plain data into a vector has no way to fail.
        if let Ok(body) = bincode::serde::encode_to_vec(self, bincode::config::standard()) {
            out.extend_from_slice(&body);
        }
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let bad = |reason| Error::Malformed { what: "heartbeat", reason };
        let (found, body) = bytes.split_first().ok_or(bad("it is empty"))?;
        if *found != Self::FORMAT {
            return Err(Error::Format { what: "heartbeat", found: *found, known: Self::FORMAT });
        }
        let limits = bincode::config::standard().with_limit::<{ Self::BYTES }>();
        let (beat, read) = bincode::serde::decode_from_slice::<Self, _>(body, limits)
            .map_err(|_| bad("it does not decode"))?;
        if read != body.len() {
            return Err(bad("it has extra bytes"));
        }
        beat.bounded().ok_or(bad("it is longer than allowed"))
    }

    fn bounded(self) -> Option<Self> {
        let short = |addresses: &Vec<Address>| addresses.len() <= ADDRESSES;
        let fits = self.status.version.len() <= VERSION_BYTES
            && short(&self.addresses)
            && self.known.len() <= KNOWN
            && self.known.iter().all(|(_, addresses)| short(addresses));
        fits.then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn beat() -> Beat {
        Beat {
            status: Status {
                name: Name::new("a").unwrap(),
                version: "0.1.0".into(),
                labels: "gpu,role=web".parse().unwrap(),
                load: Load { running: 1, slots: 4, cpu_permille: 250 },
            },
            addresses: vec!["10.0.0.1:7070".parse().unwrap()],
            known: vec![(NodeId::new([9; 32]), vec!["b:1".parse().unwrap()])],
        }
    }

    #[test]
    fn bytes_are_golden_and_read_back() {
        let mut golden = b"\x01\x01a\x050.1.0\x02\x03gpu\0\x04role\x01\x03web\x01\x04\xfa".to_vec();
        golden.extend(b"\x01\x0d10.0.0.1:7070\x01");
        golden.extend([9; 32]);
        golden.extend(b"\x01\x03b:1");
        assert_eq!(beat().encode(), golden);
        assert_eq!(Beat::decode(&golden).unwrap(), beat());
    }

    #[test]
    fn another_format_and_too_much_are_refused() {
        let mut bytes = beat().encode();
        bytes[0] = 2;
        assert!(matches!(Beat::decode(&bytes), Err(Error::Format { found: 2, .. })));
        let long = Beat { addresses: vec!["a:1".parse().unwrap(); 9], ..beat() };
        assert!(Beat::decode(&long.encode()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut bytes: Vec<u8>) {
            let _ = Beat::decode(&bytes);
            bytes.insert(0, Beat::FORMAT);
            let _ = Beat::decode(&bytes);
        }
    }
}
