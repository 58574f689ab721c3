use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use openraft::{Config, EmptyNode, SnapshotPolicy};
use state::ReplicaId;
use tokio::sync::Mutex as AsyncMutex;
use tokio::task::spawn_blocking;

use super::{Openraft, Replica};
use crate::feed::Feeds;
use crate::log::folder::at;
use crate::log::{Closed, Ledger, Setting, Store};
use crate::machine::{Machine, Published, Vault};
use crate::network::{Incoming, Network};
use crate::stopwatch::Stopwatch;
use crate::types::Id;
use crate::{Error, Options, codec};

/// Entries kept behind a snapshot, so that a follower a moment away needs none.
const KEPT_ENTRIES: u64 = 1_024;
/// The log is purged in steps of this many entries.
const PURGE_ENTRIES: u64 = 256;
/// Between two attempts to reach a replica: soon at first, then twice a second.
const BACKOFF: &str = "50ms 100ms 200ms ...500ms";
/// A request with entries waits for the follower's disk; four elections are an eternity for one.
const APPEND_ELECTIONS: u32 = 4;
/// What is needed to answer is applied by then, or this node cannot work.
const RECOVERY: Duration = Duration::from_secs(60);
/// A log that could not be used is closed by then.
const CLOSING: Duration = Duration::from_secs(10);

/// How a replica begins.
pub(crate) enum Begin {
    /// As the only voter of a new cluster.
    Found,
    /// As an empty learner that listens to these replicas alone.
    Join(BTreeSet<ReplicaId>),
    /// Where it ended.
    Again,
}

/// Opens the replica in a folder. It answers only what it certainly knows.
pub(crate) async fn open(
    options: &Options,
    folder: &Path,
    generation: u64,
    begin: Begin,
) -> Result<Arc<Replica>, Error> {
    let path = folder.to_path_buf();
    if matches!(begin, Begin::Again) && crate::log::folder::kind(folder).is_none() {
        return Err(Error::Missing(path));
    }
    let log = options.log;
    let opened = spawn_blocking(move || Store::open(&path, log)).await;
    let opened = opened.map_err(|error| Error::Raft(error.into()))??;
    open_on(opened, options, folder, generation, begin).await
}

/// The same on a log that is open already.
pub(crate) async fn open_on(
    (store, closed): (Store, Closed),
    options: &Options,
    folder: &Path,
    generation: u64,
    begin: Begin,
) -> Result<Arc<Replica>, Error> {
    match build(store, options, folder, generation, begin).await {
        Ok(replica) => {
            *replica.closed.lock().unwrap_or_else(PoisonError::into_inner) = Some(closed);
            Ok(replica)
        }
        Err(error) => {
            // Whoever tries again finds the folder free.
            let _ = tokio::time::timeout(CLOSING, closed).await;
            Err(error)
        }
    }
}

async fn build(
    store: Store,
    options: &Options,
    folder: &Path,
    generation: u64,
    begin: Begin,
) -> Result<Arc<Replica>, Error> {
    let id = ReplicaId { node: options.me, generation };
    identify(&store.ledger(), folder, id).await?;
    if matches!(begin, Begin::Found) && !store.is_empty() {
        return Err(Error::Exists(folder.into()));
    }
    let snapshots = folder.join("snapshots");
    let vault = Vault::open(&snapshots, store.ledger()).map_err(at(&snapshots))?;
    let (sender, published) = Published::new();
    let machine = Machine::new(sender, vault.clone(), store.ledger());
    let raft = start(options, id, &store, machine).await?;
    let expected = match &begin {
        Begin::Join(expected) => expected.clone(),
        Begin::Found | Begin::Again => BTreeSet::new(),
    };
    let replica = Arc::new(Replica {
        id,
        raft,
        store,
        published,
        feeds: Feeds::default(),
        transport: Arc::clone(&options.transport),
        clock: Arc::clone(&options.clock),
        stopwatch: Stopwatch::default(),
        incoming: Arc::new(Mutex::new(Incoming::new(vault))),
        installing: AsyncMutex::default(),
        expected: Mutex::new(expected),
        asking: AsyncMutex::default(),
        conductor: Mutex::default(),
        closed: Mutex::default(),
    });
    replica.begin(begin).await?;
    Ok(replica)
}

/// A folder belongs to one replica for good: an old log under a new name could vote twice.
async fn identify(ledger: &Ledger, folder: &Path, id: ReplicaId) -> Result<(), Error> {
    let known = ledger.setting(Setting::Identity).map_err(at(folder))?;
    let Some(bytes) = known else {
        let bytes = codec::encode(codec::IDENTITY, &id).map_err(std::io::Error::from);
        let bytes = bytes.map_err(at(folder))?;
        return ledger.set(Setting::Identity, bytes).await.map_err(at(folder));
    };
    let found = codec::decode(codec::IDENTITY, &bytes).map_err(std::io::Error::from);
    let found: ReplicaId = found.map_err(at(folder))?;
    if found == id {
        Ok(())
    } else {
        Err(Error::Foreign { folder: folder.into(), found, expected: id })
    }
}

async fn start(
    options: &Options,
    id: ReplicaId,
    store: &Store,
    machine: Machine,
) -> Result<Openraft, Error> {
    let config = configure(options).validate().map_err(|error| Error::Raft(error.into()))?;
    let network = Network {
        me: id,
        transport: Arc::clone(&options.transport),
        append_deadline: options.timers.election_max * APPEND_ELECTIONS,
    };
    let raft = Openraft::new(Id(id), Arc::new(config), network, store.clone(), machine).await;
    raft.map_err(|error| Error::Raft(error.into()))
}

fn configure(options: &Options) -> Config {
    let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Config {
        cluster_name: "sloth".into(),
        heartbeat_interval: millis(options.timers.heartbeat),
        election_timeout_min: millis(options.timers.election_min),
        election_timeout_max: millis(options.timers.election_max),
        install_snapshot_timeout: millis(RECOVERY),
        snapshot_policy: SnapshotPolicy::LogsSinceLast(options.snapshot_every),
        max_in_snapshot_log_to_keep: KEPT_ENTRIES,
        purge_batch_size: PURGE_ENTRIES,
        backoff: BACKOFF.into(),
        // The conductor ticks when there is somebody to hear it.
        enable_tick: false,
        enable_pre_vote: Some(true),
        // The state is in memory: a leader that starts again must not lead before it has caught up.
        enable_leader_restore: Some(false),
        ..Config::default()
    }
}

impl Replica {
    async fn begin(&self, begin: Begin) -> Result<(), Error> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| Error::Raft(error);
        if matches!(begin, Begin::Found) {
            let members = BTreeMap::from([(Id(self.id), EmptyNode::new())]);
            self.raft.initialize(members).await.map_err(|error| failed(error.into()))?;
        }
        let me = Id(self.id);
        let voters = self
            .raft
            .with_raft_state(move |raft| raft.membership_state.effective().voter_ids().eq([me]));
        if !voters.await.map_err(|error| failed(error.into()))? {
            return Ok(());
        }
        self.raft.trigger().elect(false).await.map_err(|error| failed(error.into()))?;
        let recovered = self.raft.wait_for_recovery(Some(RECOVERY)).await;
        recovered.map(drop).map_err(|error| failed(error.into()))
    }
}
