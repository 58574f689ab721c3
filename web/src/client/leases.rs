use super::ask::segment;
use super::{Client, Error};
use crate::wire::{Acquire, Held, Lease, LeasesQuery, List, ReleaseQuery, Renew};

impl Client {
    pub async fn leases(&self, prefix: &str) -> Result<List<Lease>, Error> {
        let query = LeasesQuery { prefix: prefix.into(), consistency: self.consistency };
        self.call(self.get("/leases").query(&query)).await
    }

    /// Takes a free lease; one that is held is [`crate::wire::Kind::Locked`].
    pub async fn acquire(&self, name: &str, acquire: &Acquire) -> Result<Held, Error> {
        self.call(self.post(&path(name)).body(acquire)).await
    }

    pub async fn renew(&self, name: &str, renew: &Renew) -> Result<(), Error> {
        self.call(self.put(&path(name)).body(renew)).await
    }

    pub async fn release(&self, name: &str, token: u64) -> Result<(), Error> {
        self.call(self.delete(&path(name)).query(&ReleaseQuery { token })).await
    }
}

fn path(name: &str) -> String {
    format!("/leases/{}", segment(name))
}
