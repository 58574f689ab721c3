use std::sync::{Arc, Mutex, PoisonError};

use config::NodeId;
use state::query::Cluster;
use state::{Answer, Command, Hash, Query, Subject, View};

pub use raft::Consistency;

use crate::Error;
use crate::names::{Book, Names};

/// Documents kept in memory: those that many attempts load one after the other.
const DOCUMENTS_KEPT: usize = 16;

/// The documents used last, newest first.
type Documents = Vec<(Hash, Arc<[u8]>)>;

/// What is agreed, as the rest of the node asks for it. A cheap handle.
#[derive(Clone)]
pub struct Agreement {
    me: NodeId,
    raft: raft::Handle,
    documents: Arc<Mutex<Documents>>,
    book: Book,
}

impl Agreement {
    pub fn new(me: NodeId, raft: raft::Handle) -> Agreement {
        Agreement { me, raft, documents: Arc::default(), book: Book::default() }
    }

    pub fn me(&self) -> NodeId {
        self.me
    }

    pub fn raft(&self) -> &raft::Handle {
        &self.raft
    }

    /// Proposes one command; returns once it is applied.
    pub async fn write(&self, by: Subject, command: Command) -> Result<Answer, Error> {
        Ok(Box::pin(self.raft.write(by, command)).await?)
    }

    /// Proposes commands that take effect in this order, in as few entries as they fit.
    pub async fn write_many(&self, by: Subject, commands: Vec<Command>) -> Result<Answer, Error> {
        let mut answer = Answer::Done;
        for reply in Box::pin(self.raft.write_many(by, commands)).await? {
            answer = reply?;
        }
        Ok(answer)
    }

    pub async fn read(&self, query: Query, consistency: Consistency) -> Result<View, Error> {
        Ok(Box::pin(self.raft.read(query, consistency)).await?)
    }

    /// What is agreed about the cluster as a whole, as far as this node knows.
    pub async fn cluster(&self) -> Result<Cluster, Error> {
        match self.read(Query::Cluster, Consistency::Stale).await? {
            View::Cluster(Some(cluster)) => Ok(cluster),
            _ => Err(Error::Corrupt("this replica belongs to no cluster".into())),
        }
    }

    /// The names of all members, as far as this node knows.
    pub async fn names(&self) -> Result<Names, Error> {
        if let Some(state) = self.raft.snapshot_state() {
            return Ok(self.book.of(&state.members));
        }
        match self.book.fresh() {
            Some(names) => Ok(names),
            None => Ok(self.book.keep(&self.members(Consistency::Stale).await?)),
        }
    }

    /// The same, and surely those of these nodes if they are members.
    pub async fn names_of(&self, nodes: impl IntoIterator<Item = NodeId>) -> Result<Names, Error> {
        let names = self.names().await?;
        if nodes.into_iter().all(|node| names.knows(node)) {
            return Ok(names);
        }
        // What was asked lags, as after an admission.
        let members = self.members(Consistency::Linearizable).await?;
        Ok(Names::new(members.iter().map(|(node, member)| (node, member))))
    }

    pub async fn members(
        &self,
        consistency: Consistency,
    ) -> Result<Vec<(NodeId, state::member::Member)>, Error> {
        match self.read(Query::Members, consistency).await? {
            View::Members(members) => Ok(members),
            _ => Ok(Vec::new()),
        }
    }

    /// A document's bytes, from memory if it was used lately.
    pub async fn document(&self, hash: Hash) -> Result<Arc<[u8]>, Error> {
        if let Some(bytes) = self.kept(hash) {
            return Ok(bytes);
        }
        // A replica that still catches up may not have it yet.
        let mut view = self.read(Query::Document { hash }, Consistency::Stale).await?;
        if view == View::Document(None) {
            view = self.read(Query::Document { hash }, Consistency::Linearizable).await?;
        }
        let View::Document(Some(bytes)) = view else {
            return Err(Error::NotFound { what: "document", id: hash.to_string() });
        };
        let bytes: Arc<[u8]> = bytes.into();
        let mut documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.truncate(DOCUMENTS_KEPT - 1);
        documents.insert(0, (hash, bytes.clone()));
        Ok(bytes)
    }

    fn kept(&self, hash: Hash) -> Option<Arc<[u8]>> {
        let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        documents.iter().find(|(kept, _)| *kept == hash).map(|(_, bytes)| bytes.clone())
    }
}
