use super::ask::segment;
use super::{Client, Error};
use crate::wire::{
    ClearQuery, Cleared, DeleteQuery, Deleted, EntriesQuery, Entry, List, Namespace, Read, Set,
    Stored,
};

impl Client {
    /// In order of keys. The client's consistency wins over the query's.
    pub async fn entries(
        &self,
        namespace: &str,
        query: EntriesQuery,
    ) -> Result<List<Entry>, Error> {
        let query = EntriesQuery { consistency: self.consistency, ..query };
        self.call(self.get(&format!("/state/{}", segment(namespace))).query(&query)).await
    }

    /// Deletes some of the keys that begin so; none is left once the answer is 0.
    pub async fn clear(&self, namespace: &str, query: &ClearQuery) -> Result<Cleared, Error> {
        self.call(self.delete(&format!("/state/{}", segment(namespace))).query(query)).await
    }

    pub async fn namespaces(&self) -> Result<List<Namespace>, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get("/namespaces").query(&read)).await
    }

    pub async fn entry(&self, namespace: &str, key: &str) -> Result<Entry, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get(&path(namespace, key)).query(&read)).await
    }

    pub async fn set(&self, namespace: &str, key: &str, set: &Set) -> Result<Stored, Error> {
        self.call(self.put(&path(namespace, key)).body(set)).await
    }

    pub async fn delete_entry(
        &self,
        namespace: &str,
        key: &str,
        query: &DeleteQuery,
    ) -> Result<Deleted, Error> {
        self.call(self.delete(&path(namespace, key)).query(query)).await
    }
}

fn path(namespace: &str, key: &str) -> String {
    format!("/state/{}/{}", segment(namespace), segment(key))
}
