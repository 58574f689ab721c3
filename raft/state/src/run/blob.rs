//! Blobs that runs refer to: their size, how often, and who holds them.

use config::NodeId;
use serde::{Deserialize, Serialize};

use super::{Instance, Output, Table};
use crate::{Hash, Set};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blob {
    pub size: u64,
    pub references: u32,
    /// For now its maker alone.
    pub holders: Set<NodeId>,
}

impl Table {
    pub(super) fn refer(&mut self, hash: Hash, size: u64, holder: NodeId) {
        let blob =
            self.blobs.entry(hash).or_insert(Blob { size, references: 0, holders: Set::new() });
        blob.references += 1;
        blob.holders.insert(holder);
    }

    /// One more record refers to what an instance does already.
    pub(super) fn refer_again(&mut self, instance: &Instance) {
        for (hash, _) in blobs(&instance.output, instance) {
            if let Some(blob) = self.blobs.get_mut(&hash) {
                blob.references += 1;
            }
        }
    }

    /// Drops what an instance of a forgotten run referred to.
    pub(super) fn unrefer(&mut self, instance: &Instance) {
        for (hash, _) in blobs(&instance.output, instance) {
            let Some(blob) = self.blobs.get_mut(&hash) else { continue };
            blob.references = blob.references.saturating_sub(1);
            if blob.references == 0 {
                self.blobs.remove(&hash);
            }
        }
    }

    /// Hashes that a node must keep.
    pub fn held(&self, node: NodeId) -> Vec<Hash> {
        let held = |blob: &Blob| blob.holders.contains(&node);
        self.blobs.iter().filter(|(_, blob)| held(blob)).map(|(hash, _)| *hash).collect()
    }
}

pub(super) fn blobs<'a>(
    output: &'a Output,
    instance: &'a Instance,
) -> impl Iterator<Item = (Hash, u64)> + 'a {
    let output = match output {
        Output::Blob { hash, size } => Some((*hash, *size)),
        _ => None,
    };
    output.into_iter().chain(instance.artifacts.iter().map(|file| (file.hash, file.size)))
}
