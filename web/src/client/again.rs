use super::ask::segment;
use super::{Client, Error};
use crate::wire::{Accepted, Approve, Prune, Pruned, Rerun};

impl Client {
    /// Runs an ended run again, or a part of it.
    pub async fn rerun(&self, id: &str, rerun: &Rerun) -> Result<Accepted, Error> {
        self.call(self.post(&format!("/runs/{}/rerun", segment(id))).body(rerun)).await
    }

    /// Answers for a task that waits for a person.
    pub async fn approve(&self, id: &str, approve: &Approve) -> Result<(), Error> {
        self.call(self.post(&format!("/runs/{}/approve", segment(id))).body(approve)).await
    }

    /// Forgets ended runs.
    pub async fn prune(&self, ids: Vec<String>) -> Result<Pruned, Error> {
        self.call(self.post("/runs/prune").body(&Prune { ids })).await
    }
}
