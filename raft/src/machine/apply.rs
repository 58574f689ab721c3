use std::io;
use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use openraft::storage::{EntryResponder, RaftStateMachine, Snapshot};
use openraft::{EntryPayload, OptionalSend, RaftSnapshotBuilder};
use state::{Batch, Elapsed, Reply, State, Wall};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

use super::{SnapshotFile, Vault};
use crate::codec;
use crate::log::Ledger;
use crate::types::{Entry, LogId, Proposal, SnapshotMeta, StoredMembership, Types, configuration};

/// A snapshot waits until the log has grown by this part of the last one, so that a large state is not
/// written over and over for a few small entries.
const GROWTH: u64 = 2;

/// Applies the log to the state.
pub(crate) struct Machine {
    state: State,
    applied: Option<LogId>,
    membership: StoredMembership,
    published: watch::Sender<Arc<State>>,
    vault: Vault,
    ledger: Ledger,
    /// Bytes the log had taken when the last snapshot was begun.
    snapshot_at: u64,
}

impl Machine {
    pub fn new(published: watch::Sender<Arc<State>>, vault: Vault, ledger: Ledger) -> Self {
        Self {
            state: State::default(),
            applied: None,
            membership: StoredMembership::default(),
            published,
            vault,
            ledger,
            snapshot_at: 0,
        }
    }

    fn step(&mut self, entry: Entry) -> io::Result<Vec<Reply>> {
        let index = entry.log_id.index();
        self.applied = Some(entry.log_id);
        match entry.payload {
            EntryPayload::Blank => Ok(self.state.apply(index, &nothing())),
            EntryPayload::Normal(Proposal(bytes)) => {
                let batch: Batch = codec::decode(codec::BATCH, &bytes)?;
                Ok(self.state.apply(index, &batch))
            }
            EntryPayload::Membership(membership) => {
                self.state.configure(index, configuration(&membership));
                self.membership = StoredMembership::new(Some(entry.log_id), membership);
                Ok(Vec::new())
            }
        }
    }

    fn publish(&self) {
        self.published.send_replace(Arc::new(self.state.clone()));
    }

    fn meta(&self) -> SnapshotMeta {
        SnapshotMeta { last_log_id: self.applied, last_membership: self.membership.clone() }
    }
}

/// A new leader's first entry has no content, but it is applied like the others.
fn nothing() -> Batch {
    Batch { at: Wall(0), elapsed: Elapsed(0), requests: Vec::new() }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotData = SnapshotFile;
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        Ok((self.applied, self.membership.clone()))
    }

    /// Replies leave after the state is published: who has an answer can read what it says.
    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Types>>> + Unpin + OptionalSend,
    {
        let mut replies = Vec::new();
        while let Some((entry, responder)) = entries.try_next().await? {
            let reply = self.step(entry)?;
            replies.extend(responder.map(|responder| (responder, reply)));
        }
        self.publish();
        for (responder, reply) in replies {
            responder.send(reply);
        }
        Ok(())
    }

    async fn try_create_snapshot_builder(&mut self, force: bool) -> Option<Builder> {
        let grown = self.ledger.appended().saturating_sub(self.snapshot_at);
        if !force && grown < self.vault.length() / GROWTH {
            return None;
        }
        Some(self.get_snapshot_builder().await)
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        self.snapshot_at = self.ledger.appended();
        Builder { state: self.state.clone(), meta: self.meta(), vault: self.vault.clone() }
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotFile,
    ) -> io::Result<()> {
        let (vault, saved) = (self.vault.clone(), meta.clone());
        let state = spawn_blocking(move || install(&vault, saved, &snapshot));
        self.state = state.await.map_err(io::Error::other)??;
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
        self.publish();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<TypedSnapshot>> {
        let current = self.vault.current()?;
        Ok(current.map(|(meta, snapshot)| Snapshot { meta, snapshot }))
    }
}

type TypedSnapshot = openraft::type_config::alias::SnapshotOf<Types, SnapshotFile>;

fn install(vault: &Vault, meta: SnapshotMeta, snapshot: &SnapshotFile) -> io::Result<State> {
    let bytes = snapshot.read()?;
    let state = state::snapshot::decode(&bytes)
        .map_err(|error| super::snapshot::damaged(&snapshot.path, error.to_string()))?;
    if vault.holds(&snapshot.hash) {
        return Ok(state);
    }
    if snapshot.incoming {
        vault.adopt(meta, &snapshot.path, snapshot.length, snapshot.hash)?;
    } else {
        vault.save(meta, &bytes)?;
    }
    Ok(state)
}

/// A frozen state that becomes a snapshot off the runtime's threads.
pub(crate) struct Builder {
    state: State,
    meta: SnapshotMeta,
    vault: Vault,
}

impl RaftSnapshotBuilder<Types> for Builder {
    type SnapshotData = SnapshotFile;

    async fn build_snapshot(&mut self) -> io::Result<TypedSnapshot> {
        let (state, meta, vault) = (self.state.clone(), self.meta.clone(), self.vault.clone());
        let saved = spawn_blocking(move || {
            let bytes = state::snapshot::encode(&state);
            vault.save(meta, &bytes)
        });
        let snapshot = saved.await.map_err(io::Error::other)??;
        Ok(Snapshot { meta: self.meta.clone(), snapshot })
    }
}
