use config::{Address, Paths};

use super::anchor::Anchor;
use crate::{Error, replicas};

/// What a directory holds from earlier lives.
pub enum Past {
    Empty,
    /// A member without a replica.
    Worker(Anchor),
    Replica(Anchor, u64),
}

impl Past {
    /// A replica that was only ever standalone is set aside, with a word where: it counts as empty.
    pub fn of(paths: &Paths) -> Result<(Past, Option<String>), Error> {
        let newest = replicas::newest(paths);
        Ok(match (Anchor::load(paths)?, newest) {
            (Some(anchor), Some(generation)) => (Past::Replica(anchor, generation), None),
            (Some(anchor), None) => (Past::Worker(anchor), None),
            (None, Some(_)) => {
                let folder = replicas::set_aside(paths)?;
                let notice = format!(
                    "this machine's standalone history is kept in {}, apart from the cluster",
                    folder.display()
                );
                (Past::Empty, Some(notice))
            }
            (None, None) => (Past::Empty, None),
        })
    }

    /// Where others were reached before.
    pub fn addresses(&self) -> Vec<Address> {
        match self {
            Past::Worker(anchor) | Past::Replica(anchor, _) => {
                anchor.addresses.iter().flat_map(|(_, addresses)| addresses.clone()).collect()
            }
            Past::Empty => Vec::new(),
        }
    }
}
