//! The types openraft works with.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use config::NodeId;
use openraft::type_config::alias;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use state::{ReplicaId, Reply};

openraft::declare_raft_types!(
    pub Types:
        D = Proposal,
        R = Vec<Reply>,
        NodeId = Id,
        Node = openraft::EmptyNode,
        LeaderId = openraft::impls::leader_id_std::LeaderId<u64, Id>,
);

pub type LogId = alias::LogIdOf<Types>;
pub type Vote = alias::VoteOf<Types>;
pub type Entry = alias::EntryOf<Types>;
pub type Membership = openraft::Membership<Id, openraft::EmptyNode>;
pub type StoredMembership = alias::StoredMembershipOf<Types>;
pub type SnapshotMeta = alias::SnapshotMetaOf<Types>;

/// A replica as openraft names it: text where people may read it, bytes elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub ReplicaId);

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&format_args!("{}/{}", self.0.node, self.0.generation))
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            parse(&text).ok_or_else(|| de::Error::custom(format!("invalid replica {text:?}")))
        } else {
            ReplicaId::deserialize(deserializer).map(Id)
        }
    }
}

fn parse(text: &str) -> Option<Id> {
    let (node, generation) = text.split_once('/')?;
    let node = NodeId::from_str(node).ok()?;
    Some(Id(ReplicaId { node, generation: generation.parse().ok()? }))
}

/// An encoded batch: log, replication and forwarding move its bytes, only `apply` opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal(pub Arc<[u8]>);

impl fmt::Debug for Proposal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "batch of {} bytes", self.0.len())
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

impl Serialize for Proposal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Proposal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes).map(|bytes| Proposal(bytes.into()))
    }
}

/// Bytes as one run instead of a sequence of numbers.
pub struct Bytes;

impl de::Visitor<'_> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("bytes")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

/// `#[serde(with = "types::run")]` for a field of bytes.
pub mod run {
    use super::{Bytes, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

/// Who votes and who copies, as an openraft membership says.
pub fn configuration(membership: &Membership) -> state::Configuration {
    state::Configuration {
        voters: membership.voter_ids().map(|id| id.0).collect(),
        learners: membership.learner_ids().map(|id| id.0).collect(),
    }
}

#[cfg(test)]
impl From<u64> for Id {
    fn from(number: u64) -> Self {
        let mut key = [0; NodeId::BYTES];
        key[..8].copy_from_slice(&number.to_be_bytes());
        Id(ReplicaId { node: NodeId::new(key), generation: 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_text_for_people_and_reads_back() {
        let id = Id::from(7);
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(text, format!("\"{}/0\"", id.0.node));
        assert_eq!(serde_json::from_str::<Id>(&text).unwrap(), id);
        for wrong in ["\"\"", "\"ab/1\"", "\"/\""] {
            assert!(serde_json::from_str::<Id>(wrong).is_err(), "{wrong}");
        }
    }
}
