use std::fmt;

use config::{ClusterId, NodeId};

use crate::bytes::put_option;
use crate::{Error, TokenId};

/// A MAC key derived from a shared secret or a token. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// Random bytes that each side adds, so that no old proof fits.
pub type Nonce = [u8; 32];

impl Key {
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key(hidden)")
    }
}

/// What a stranger proves to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Credential {
    /// The secret shared by every machine of the cluster.
    Secret,
    Token(TokenId),
}

/// Which side a proof speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Dialer,
    Acceptor,
}

/// A proof of knowing a key. Compared in constant time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mac(blake3::Hash);

impl Mac {
    pub const BYTES: usize = 32;

    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        self.0.as_bytes()
    }
}

impl From<[u8; Mac::BYTES]> for Mac {
    fn from(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes.into())
    }
}

/// All that both sides have said, bound into each proof.
///
/// Noise has authenticated both node ids, so a proof cannot be passed on over another connection;
/// the nonces keep it from being used again, the versions from being negotiated down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    pub dialer: NodeId,
    pub acceptor: NodeId,
    pub nonces: [Nonce; 2],
    /// The clusters of dialer and acceptor.
    pub clusters: [Option<ClusterId>; 2],
    /// Lowest and highest version the dialer speaks, and the one the acceptor chose.
    pub versions: [u8; 3],
    pub credential: Credential,
}

impl Transcript {
    const CONTEXT: &[u8] = b"sloth handshake proof 1";

    /// The proof of one side.
    pub fn mac(&self, key: &Key, role: Role) -> Mac {
        Mac(blake3::keyed_hash(key.as_bytes(), &self.bytes(role)))
    }

    fn bytes(&self, role: Role) -> Vec<u8> {
        let mut out = Self::CONTEXT.to_vec();
        out.push(match role {
            Role::Dialer => 0,
            Role::Acceptor => 1,
        });
        put_option(&mut out, self.credential.token().as_ref().map(|token| &token.as_bytes()[..]));
        out.extend_from_slice(self.dialer.as_bytes());
        out.extend_from_slice(self.acceptor.as_bytes());
        self.nonces.iter().for_each(|nonce| out.extend_from_slice(nonce));
        self.clusters
            .iter()
            .for_each(|id| put_option(&mut out, id.as_ref().map(|id| &id.as_bytes()[..])));
        out.extend_from_slice(&self.versions);
        out
    }

    /// Checks the other side's proof.
    pub fn verify(&self, key: &Key, role: Role, mac: &Mac) -> Result<(), Error> {
        if self.mac(key, role) == *mac {
            return Ok(());
        }
        Err(Error::Malformed { what: "proof", reason: "it was made with another key" })
    }
}

impl Credential {
    fn token(&self) -> Option<TokenId> {
        match self {
            Self::Secret => None,
            Self::Token(id) => Some(*id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transcript() -> Transcript {
        Transcript {
            dialer: NodeId::new([1; 32]),
            acceptor: NodeId::new([2; 32]),
            nonces: [[3; 32], [4; 32]],
            clusters: [None, Some(ClusterId::new([5; 16]))],
            versions: [1, 1, 1],
            credential: Credential::Secret,
        }
    }

    #[test]
    fn every_field_is_bound() {
        let key = Key::new([9; 32]);
        let proof = transcript().mac(&key, Role::Dialer);
        let changes: [fn(&mut Transcript); 8] = [
            |it| it.dialer = NodeId::new([8; 32]),
            |it| it.acceptor = NodeId::new([8; 32]),
            |it| it.nonces[0][0] = 0,
            |it| it.nonces[1][31] = 0,
            |it| it.clusters[0] = Some(ClusterId::new([0; 16])),
            |it| it.clusters[1] = None,
            |it| it.versions[2] = 0,
            |it| it.credential = Credential::Token(TokenId::new([0; 8])),
        ];
        for change in changes {
            let mut other = transcript();
            change(&mut other);
            assert!(other.verify(&key, Role::Dialer, &proof).is_err());
        }
        assert!(transcript().verify(&key, Role::Dialer, &proof).is_ok());
        assert!(
            transcript().verify(&key, Role::Acceptor, &proof).is_err(),
            "proofs are not reflected"
        );
        assert!(transcript().verify(&Key::new([8; 32]), Role::Dialer, &proof).is_err());
    }

    #[test]
    fn keys_are_not_printed() {
        assert_eq!(format!("{:?}", Key::new([7; 32])), "Key(hidden)");
    }

    #[test]
    fn proofs_are_golden() {
        let proof = transcript().mac(&Key::new([9; 32]), Role::Acceptor);
        assert_eq!(
            proof.0.to_hex().as_str(),
            "f0ee04b095884b63574d7bccfdfa0b6321f446f87eefc774c3c8153f229ce0f1"
        );
    }
}
