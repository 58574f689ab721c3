use super::ask::segment;
use super::{Client, Error};
use crate::wire::{Cluster, Identity, List, Mint, Minted, Read, Token};

impl Client {
    /// Who answers. The cheapest request.
    pub async fn identity(&self) -> Result<Identity, Error> {
        self.call(self.get("/identity")).await
    }

    pub async fn cluster(&self) -> Result<Cluster, Error> {
        self.call(self.get("/cluster")).await
    }

    pub async fn tokens(&self) -> Result<List<Token>, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get("/cluster/tokens").query(&read)).await
    }

    /// Makes a join token; its text is shown this once.
    pub async fn mint(&self, mint: &Mint) -> Result<Minted, Error> {
        self.call(self.post("/cluster/tokens").body(mint)).await
    }

    pub async fn revoke(&self, id: &str) -> Result<(), Error> {
        self.call(self.delete(&format!("/cluster/tokens/{}", segment(id)))).await
    }
}
