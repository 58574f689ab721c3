use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config::NodeId;
use state::ReplicaId;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::remote::Remote;
use crate::replica::{self, Begin, Replica};
use crate::shared::{Body, Shared};
use crate::writer::{QUEUE, Writer};
use crate::{Error, Handle, Options, Serve};

/// How long a log may take to close.
const CLOSING: Duration = Duration::from_secs(10);

/// A node's part in the agreement: at first that of one without a replica that knows no voter.
///
/// It owns the tasks behind [`Handle`] and [`Serve`], which stay valid when the part changes.
pub struct Raft {
    pub(crate) shared: Arc<Shared>,
    writer: AbortHandle,
}

impl Raft {
    /// Begins to take part; within a tokio runtime.
    pub fn new(options: Options) -> Self {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let shared = Shared::new(options, jobs);
        let writer = tokio::spawn(Writer::new(Arc::clone(&shared), waiting).run());
        Self { shared, writer: writer.abort_handle() }
    }

    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.shared))
    }

    pub fn serve(&self) -> Serve {
        Serve::new(Arc::clone(&self.shared))
    }

    /// Founds a cluster in an empty folder: this node's replica 0 is its only voter and leads on return.
    pub async fn found(&self, folder: &Path) -> Result<(), Error> {
        self.begin(folder, 0, Begin::Found).await
    }

    /// Opens a replica that was there before. A sole voter leads on return and has lost nothing.
    pub async fn open(&self, folder: &Path, generation: u64) -> Result<(), Error> {
        self.begin(folder, generation, Begin::Again).await
    }

    /// Makes, or opens again, a replica that becomes a learner when one of `expected` sends it the log.
    pub async fn join(
        &self,
        folder: &Path,
        generation: u64,
        expected: BTreeSet<ReplicaId>,
    ) -> Result<(), Error> {
        self.begin(folder, generation, Begin::Join(expected)).await
    }

    /// Without a replica: lets these voters answer until they say who votes.
    pub fn follow(&self, voters: impl IntoIterator<Item = NodeId>) -> Result<(), Error> {
        match self.shared.body() {
            Body::Remote(remote) => remote.follow(voters),
            Body::Replica(replica) => return Err(Error::StillReplica(replica.id)),
            Body::Stopped(reason) => return Err(Error::Stopped(reason.to_string())),
        }
        Ok(())
    }

    async fn begin(&self, folder: &Path, generation: u64, begin: Begin) -> Result<(), Error> {
        if let Body::Replica(replica) = self.shared.body() {
            return Err(Error::StillReplica(replica.id));
        }
        let replica = replica::open(&self.shared.options, folder, generation, begin).await?;
        replica.conduct(&self.shared);
        self.shared.become_(Body::Replica(replica));
        Ok(())
    }

    /// Gives up the replica, deletes its folder and goes on without one, once the leader these voters know
    /// says that it belongs to the configuration no more.
    pub async fn retire(&self, folder: &Path, voters: &[NodeId]) -> Result<(), Error> {
        let replica = self.shared.replica()?;
        let remote = self.remote(voters);
        let deadline = Instant::now() + self.shared.options.deadline;
        let standing = remote.confirmed_standing(deadline).await?;
        if !replica.is_removed_by(&standing) {
            return Err(Error::StillReplica(replica.id));
        }
        drop(replica);
        self.close(Body::Remote(Arc::new(remote))).await;
        let folder = folder.to_path_buf();
        let removed = tokio::task::spawn_blocking(move || {
            std::fs::remove_dir_all(&folder).map_err(crate::log::folder::at(&folder))
        });
        removed.await.map_err(|error| Error::Raft(error.into()))?
    }

    /// Gives up the replica without asking anybody and goes on without one. Its folder stays, and is free.
    pub async fn release(&self, voters: &[NodeId]) -> Result<(), Error> {
        drop(self.shared.replica()?);
        self.close(Body::Remote(Arc::new(self.remote(voters)))).await;
        Ok(())
    }

    fn remote(&self, voters: &[NodeId]) -> Remote {
        let options = &self.shared.options;
        let remote = Remote::new(options.me, Arc::clone(&options.transport));
        remote.follow(voters.iter().copied());
        remote
    }

    /// Resolves when this node can take no part any more, with the reason: its process is to end.
    pub async fn stopped(&self) -> String {
        let mut stopped = self.shared.stopped.subscribe();
        match stopped.wait_for(Option::is_some).await {
            Ok(reason) => reason.clone().unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Takes part no more; what was acknowledged is on disk and the folder is free on return.
    pub async fn shutdown(&self) {
        self.writer.abort();
        self.close(Body::Stopped("this node shuts down".into())).await;
    }

    async fn close(&self, next: Body) {
        let before = self.shared.become_(next);
        self.shared.leading.send_replace(None);
        if let Body::Replica(replica) = before {
            Replica::close(replica, CLOSING).await;
        }
    }
}

/// Without [`shutdown`](Raft::shutdown) this is as good as a crash: what was acknowledged is on disk.
impl Drop for Raft {
    fn drop(&mut self) {
        self.writer.abort();
        if let Body::Replica(replica) =
            self.shared.stop("this node's part in the agreement is over")
        {
            replica.abandon();
        }
    }
}
