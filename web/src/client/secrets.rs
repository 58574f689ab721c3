use super::ask::segment;
use super::{Client, Error};
use crate::wire::{List, Revealed, Secret, SetSecret};

impl Client {
    /// All secrets of the node by name, without their values.
    pub async fn secrets(&self) -> Result<List<Secret>, Error> {
        self.call(self.get("/secrets")).await
    }

    /// A secret with its value; the node records that it was read.
    pub async fn reveal_secret(&self, name: &str) -> Result<Revealed, Error> {
        self.call(self.post(&format!("{}/reveal", path(name)))).await
    }

    pub async fn set_secret(&self, name: &str, set: &SetSecret) -> Result<Secret, Error> {
        self.call(self.put(&path(name)).body(set)).await
    }

    pub async fn delete_secret(&self, name: &str) -> Result<(), Error> {
        self.call(self.delete(&path(name))).await
    }
}

fn path(name: &str) -> String {
    format!("/secrets/{}", segment(name))
}
