use std::collections::BTreeSet;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use config::{ClusterId, Labels, LogKind, Name, NodeId, Timers};
use state::kv::{Condition, Set};
use state::member::{Admission, Admit, Found, Up};
use state::{Answer, Command, Query, ReplicaId, Subject, View, Wall};
use tempfile::TempDir;

use crate::log::{LogEngine, Opened, Store};
use crate::replica::{self, Begin};
use crate::shared::Body;
use crate::testing::Net;
use crate::{Clock, Consistency, Error, Handle, Options, Raft};

/// Longer than anything takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn node(number: u8) -> NodeId {
    NodeId::new([number; NodeId::BYTES])
}

pub fn replica(number: u8, generation: u64) -> ReplicaId {
    ReplicaId { node: node(number), generation }
}

pub fn set(key: &str, value: &str) -> Command {
    Command::Set(Set {
        namespace: "test".into(),
        key: key.into(),
        json: format!("{value:?}"),
        ttl: None,
        only_if: Condition::Always,
        fence: None,
    })
}

/// A clock that ticks at every look.
#[derive(Default)]
pub struct Counting(AtomicU64);

impl Clock for Counting {
    fn wall(&self) -> Wall {
        Wall(self.0.fetch_add(1, Ordering::SeqCst))
    }

    fn stopwatch(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub fn timers() -> Timers {
    Timers {
        heartbeat: Duration::from_millis(60),
        election_min: Duration::from_millis(300),
        election_max: Duration::from_millis(600),
        lease: Duration::from_secs(4),
        kill_grace: Duration::from_secs(1),
        lease_margin: Duration::from_millis(500),
        rehome_after: Duration::from_secs(5),
        named_wait: Duration::from_secs(5),
        replace_after: Duration::from_secs(5),
    }
}

/// One node: its part in the agreement and its folder.
pub struct Member {
    pub me: NodeId,
    pub raft: Raft,
    pub handle: Handle,
    pub home: Arc<TempDir>,
}

impl Member {
    pub fn new(net: &Net, number: u8) -> Self {
        Self::at(net, number, Arc::new(TempDir::new().unwrap()))
    }

    pub fn at(net: &Net, number: u8, home: Arc<TempDir>) -> Self {
        Self::keeping(net, number, home, LogKind::File)
    }

    /// The same with another kind of log, should it make a replica.
    pub fn keeping(net: &Net, number: u8, home: Arc<TempDir>, log: LogKind) -> Self {
        let me = node(number);
        let raft = Raft::new(Options {
            me,
            timers: timers(),
            snapshot_every: 4_096,
            log,
            transport: net.transport(me),
            clock: Arc::new(Counting::default()),
            deadline: PATIENCE,
        });
        net.attach(me, raft.serve());
        Self { me, handle: raft.handle(), raft, home }
    }

    pub fn folder(&self) -> PathBuf {
        self.home.path().join("replica")
    }

    pub async fn set(&self, key: &str, value: &str) -> Result<Answer, Error> {
        self.handle.write(Subject::Node(self.me), set(key, value)).await
    }

    pub async fn get(&self, key: &str, consistency: Consistency) -> Result<Option<String>, Error> {
        let query = Query::Entry { namespace: "test".into(), key: key.into() };
        match self.handle.read(query, consistency).await? {
            View::Entry(entry) => Ok(entry.map(|entry| entry.json.trim_matches('"').to_string())),
            other => panic!("{other:?}"),
        }
    }

    /// What a linearizable read says.
    pub async fn value(&self, key: &str) -> String {
        self.get(key, Consistency::Linearizable).await.unwrap().unwrap_or_default()
    }
}

pub async fn founded(net: &Net, number: u8) -> Member {
    let member = Member::new(net, number);
    member.raft.found(&member.folder()).await.unwrap();
    member
}

/// The same with a log in sled.
pub async fn founded_in_sled(net: &Net, number: u8) -> Member {
    let home = Arc::new(TempDir::new().unwrap());
    let member = Member::keeping(net, number, home, LogKind::Sled);
    member.raft.found(&member.folder()).await.unwrap();
    member
}

/// Lets a new node join those that `leader` leads, as a learner.
pub async fn joined(net: &Net, leader: &Member, number: u8, generation: u64) -> Member {
    let member = Member::new(net, number);
    let expected = leader.handle.status().voters;
    member.raft.join(&member.folder(), generation, expected).await.unwrap();
    leader.handle.add_learner(replica(number, generation)).await.unwrap();
    member
}

/// Nodes 1, 2 and 3, all voters, members that have begun a life; 1 leads.
pub async fn three(net: &Net) -> [Member; 3] {
    let members = unnumbered_three(net).await;
    for member in &members {
        begin_life(&members[0], member).await;
    }
    members
}

/// Lets a member begin a life, so that its requests are numbered.
pub async fn begin_life(leader: &Member, member: &Member) {
    let commands = vec![found(leader.me), admit(member.me), up(member.me)];
    let replies = leader.handle.write_many(Subject::Node(leader.me), commands).await.unwrap();
    let Ok(Answer::Incarnation(life)) = replies[2] else { panic!("{replies:?}") };
    member.handle.set_session(life);
}

/// The same, but their requests cannot be repeated.
pub async fn unnumbered_three(net: &Net) -> [Member; 3] {
    let first = founded(net, 1).await;
    let second = joined(net, &first, 2, 1).await;
    let third = joined(net, &first, 3, 2).await;
    first.handle.change_voters(voters()).await.unwrap();
    [first, second, third]
}

pub fn voters() -> BTreeSet<ReplicaId> {
    BTreeSet::from([replica(1, 0), replica(2, 1), replica(3, 2)])
}

/// Waits until a condition holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What `kill -9` leaves of a folder at this moment.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            std::fs::copy(item.path(), target).unwrap();
        }
    }
}

impl Raft {
    /// Founds a cluster whose log is in the given engine.
    pub async fn found_on(&self, engine: Box<dyn LogEngine>, folder: &Path) -> Result<(), Error> {
        std::fs::create_dir_all(folder).unwrap();
        let store = Store::start(Opened { engine, tail: Vec::new() }).unwrap();
        let options = &self.shared.options;
        let replica = replica::open_on(store, options, folder, 0, Begin::Found).await?;
        replica.conduct(&self.shared);
        self.shared.become_(Body::Replica(replica));
        Ok(())
    }

    /// Makes a snapshot of everything and leaves only so many entries in the log.
    pub async fn snapshot_now(&self, keep: u64) {
        let replica = self.shared.replica().unwrap();
        replica.snapshot_now(keep).await;
    }
}

pub fn found(founder: NodeId) -> Command {
    Command::Found(Found {
        cluster: ClusterId::new([7; 16]),
        node: founder,
        name: Name::new("first").unwrap(),
        labels: Labels::default(),
        standalone: false,
    })
}

pub fn admit(node: NodeId) -> Command {
    Command::Admit(Admit {
        node,
        name: Name::new("member").unwrap(),
        name_fixed: false,
        labels: Labels::default(),
        by: Admission::Secret,
    })
}

pub fn up(node: NodeId) -> Command {
    Command::Up(Up {
        node,
        nonce: 1,
        version: "1".into(),
        slots: 2,
        labels: Labels::default(),
        adopts: false,
    })
}
