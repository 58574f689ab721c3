use config::{Address, ClusterId, NodeId};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::beat::ADDRESSES;
use crate::bytes::{Reader, put_option, put_text};

/// What a machine with the same secret says about itself before anybody is a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub node: NodeId,
    /// None while it founds or joins.
    pub cluster: Option<ClusterId>,
    /// Its cluster could dissolve: no second member, no user record.
    pub pristine: bool,
    pub addresses: Vec<Address>,
}

impl Sighting {
    const FORMAT: u8 = 1;

    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![Self::FORMAT];
        out.extend_from_slice(self.node.as_bytes());
        put_option(&mut out, self.cluster.as_ref().map(|id| &id.as_bytes()[..]));
        out.push(self.pristine.into());
        let addresses = &self.addresses[..self.addresses.len().min(ADDRESSES)];
        out.push(addresses.len() as u8);
        addresses.iter().for_each(|address| put_text(&mut out, &address.to_string()));
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("sighting", bytes);
        let found = reader.byte()?;
        if found != Self::FORMAT {
            return Err(Error::Format { what: "sighting", found, known: Self::FORMAT });
        }
        let sighting = Self {
            node: NodeId::new(reader.array()?),
            cluster: reader.cluster()?,
            pristine: reader.byte()? != 0,
            addresses: {
                let count = usize::from(reader.byte()?).min(ADDRESSES);
                (0..count).map(|_| reader.address()).collect::<Result<_, _>>()?
            },
        };
        reader.end()?;
        Ok(sighting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_are_golden_and_read_back() {
        let sighting = Sighting {
            node: NodeId::new([7; 32]),
            cluster: Some(ClusterId::new([8; 16])),
            pristine: true,
            addresses: vec!["a:1".parse().unwrap()],
        };
        let mut golden = vec![1];
        golden.extend([7; 32]);
        golden.push(1);
        golden.extend([8; 16]);
        golden.extend([1, 1, 3, b'a', b':', b'1']);
        assert_eq!(sighting.encode(), golden);
        assert_eq!(Sighting::decode(&golden).unwrap(), sighting);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Sighting::decode(&bytes);
        }
    }
}
