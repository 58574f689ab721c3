use super::ask::segment;
use super::{Client, Error};
use crate::wire::{Edits, List, Node, Read, RemoveQuery};

impl Client {
    pub async fn nodes(&self) -> Result<List<Node>, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get("/nodes").query(&read)).await
    }

    /// By name, or by the first 6 or more characters of its id, here and below.
    pub async fn node(&self, name: &str) -> Result<Node, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get(&path(name)).query(&read)).await
    }

    /// Changes labels: `k=v` and `tag` set, `k-` removes. Answers the node as it is then.
    pub async fn label(&self, name: &str, edits: &[String]) -> Result<Node, Error> {
        let body = Edits { edits: edits.to_vec() };
        self.call(self.patch(&format!("{}/labels", path(name))).body(&body)).await
    }

    /// Asks a node to leave the cluster.
    pub async fn leave(&self, name: &str) -> Result<(), Error> {
        self.call(self.post(&format!("{}/leave", path(name)))).await
    }

    /// Evicts a node for good; a live one only by force.
    pub async fn remove(&self, name: &str, reason: &str, force: bool) -> Result<(), Error> {
        let query = RemoveQuery { reason: reason.into(), force };
        self.call(self.delete(&path(name)).query(&query)).await
    }
}

fn path(name: &str) -> String {
    format!("/nodes/{}", segment(name))
}
