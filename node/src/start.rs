//! The life of a node's process: what it opens, in which order, and how it ends.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::{Address, Config, Name, NodeId, Paths};
use mesh::proto::Token;
use mesh::{Identity as Key, Mesh};
use plan::Ledger;
use state::member::{ClusterId, Drain, Found};
use state::{Command, Subject};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::agreement::Agreement;
use crate::attempt::{Bench, Environment};
use crate::blobs::Blobs;
use crate::cluster::{self, Anchor, Background};
use crate::files::Files;
use crate::handle::{Handle, Identity, Inner};
use crate::life::{Birth, Finish, Lives};
use crate::logs::Logs;
use crate::peers::Peers;
use crate::permit::{Permit, Until};
use crate::planner::Planner;
use crate::secrets::Secrets;
use crate::sight::Sight;
use crate::{Error, exec, keeper, random, replicas};

/// Entries between two snapshots of a directory that is opened for single commands.
const SNAPSHOT_ALONE: u64 = 512;

/// What a node is started with.
pub struct Options {
    pub config: Config,
    pub paths: Paths,
    pub mode: Mode,
    /// Its name, unless the configuration gives one.
    pub host: Name,
    pub processors: u32,
    /// What tasks inherit.
    pub environment: Vec<(OsString, OsString)>,
    pub guard: Arc<exec::guard::NodeSide>,
}

/// What the node is there for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// One machine, no network. Without `executes` it only answers.
    Standalone { executes: bool },
    /// A member of a cluster: of the token's, of that with the configured secret, or of a new one.
    Node { join: Option<Token> },
}

/// A node at work. Dropped without [`Running::stop`] it ends as by a crash.
pub struct Running {
    handle: Handle,
    raft: Arc<raft::Raft>,
    mesh: Option<Mesh>,
    spawner: exec::Spawner,
    sight: Sight,
    ledger: Arc<Mutex<Ledger>>,
    busy: watch::Receiver<usize>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    finished: mpsc::Receiver<Finish>,
    notice: Option<String>,
    /// A node that may not live until the next sweep.
    alone: Option<(Paths, Logs)>,
    grace: Duration,
    kill_grace: Duration,
}

/// The parts that both kinds of node have.
pub(crate) struct Parts {
    pub options: Options,
    pub me: NodeId,
    pub raft: Arc<raft::Raft>,
    pub agreement: Agreement,
    pub sight: Sight,
    pub mesh: Option<Mesh>,
    pub executes: bool,
    pub permit: Permit,
    pub notice: Option<String>,
    pub cluster: ClusterId,
}

/// Starts a node; returns once it serves.
pub async fn start(options: Options) -> Result<Running, Error> {
    options.paths.prepare()?;
    let key = Key::open(&options.paths.identity())?;
    match options.mode.clone() {
        Mode::Standalone { executes } => standalone(options, key.node(), executes).await,
        Mode::Node { join } => cluster::start(options, key, join).await,
    }
}

async fn standalone(options: Options, me: NodeId, executes: bool) -> Result<Running, Error> {
    if let Some(anchor) = Anchor::load(&options.paths)? {
        return Err(Error::Conflict(format!(
            "{} belongs to a node of cluster {}, which does not run: start it by `sloth node`",
            options.paths.root().display(),
            anchor.cluster
        )));
    }
    let raft = raft::Raft::new(raft::Options {
        me,
        timers: options.config.timers(),
        // Each start applies what came after the last snapshot, and there is a start for each command.
        snapshot_every: options.config.raft.snapshot_every.min(SNAPSHOT_ALONE),
        log: options.config.raft.log,
        transport: Arc::new(raft::Alone),
        clock: Arc::new(raft::SystemClock),
        deadline: raft::Options::DEADLINE,
    });
    let agreement = Agreement::new(me, raft.handle());
    let cluster = match replicas::newest(&options.paths) {
        Some(generation) => {
            raft.open(&options.paths.replica(generation), generation).await?;
            agreement.cluster().await?.id
        }
        None => found(&raft, &agreement, &options, true).await?,
    };
    let permit = Permit::new(options.guard.clone(), &options.config.timers(), Until::Unbounded);
    let parts = Parts {
        me,
        raft: Arc::new(raft),
        agreement,
        sight: Sight::alone(me),
        mesh: None,
        executes,
        permit,
        notice: None,
        cluster,
        options,
    };
    parts.assemble(None).await
}

/// Founds a cluster of this node alone.
pub(crate) async fn found(
    raft: &raft::Raft,
    agreement: &Agreement,
    options: &Options,
    standalone: bool,
) -> Result<ClusterId, Error> {
    raft.found(&options.paths.replica(0)).await?;
    let me = agreement.me();
    let cluster = ClusterId(random::bytes()?);
    let found = Found {
        cluster,
        node: me,
        name: options.name(),
        labels: options.config.node.all_labels()?,
        standalone,
    };
    agreement.write(Subject::Node(me), Command::Found(found)).await?;
    Ok(cluster)
}

impl Options {
    pub(crate) fn name(&self) -> Name {
        self.config.node.name.clone().unwrap_or_else(|| self.host.clone())
    }
}

impl Parts {
    /// Begins a new life of the node and sets everything to work.
    pub async fn assemble(self, background: Option<Background>) -> Result<Running, Error> {
        let Parts { options, me, raft, agreement, sight, mesh, executes, permit, .. } = self;
        let (notice, cluster) = (self.notice, self.cluster);
        let Options { config, paths, processors, environment, guard, .. } = options;
        let birth = Birth {
            agreement: agreement.clone(),
            slots: config.node.max_tasks,
            labels: config.node.all_labels()?,
            // On a laptop `run` resumes nothing unasked.
            adopts: executes && mesh.is_some(),
        };
        let incarnation = match mesh {
            None => Some(birth.begin().await?),
            Some(_) => birth.begin_soon().await?,
        };
        let logs = Logs::new(paths.clone());
        let blobs = Blobs::new(paths.blobs());
        let peers = Peers::new(me, logs.clone(), blobs.clone(), mesh.clone());
        peers.serve()?;
        let spawner = exec::Spawner::new(guard.directory())?;
        let files = Files::default();
        let secrets = Secrets::new(&paths, agreement.clone());
        let (busy, watched) = watch::channel(0);
        let (finish, finished) = mpsc::channel(1);
        let planner = Planner::new(agreement.clone(), sight.clone(), &config, mesh.is_none());
        let identity = Identity {
            id: me,
            name: agreement.names().await.unwrap_or_default().of(me),
            standalone: mesh.is_none(),
            cluster: cluster.to_string(),
            version: env!("CARGO_PKG_VERSION").into(),
        };
        let mut running = Running {
            handle: Handle::new(Inner {
                agreement: agreement.clone(),
                peers: peers.clone(),
                sight: sight.clone(),
                files: files.clone(),
                secrets: secrets.clone(),
                identity,
                processors,
            }),
            raft,
            mesh: mesh.clone(),
            spawner: spawner.clone(),
            sight,
            ledger: planner.ledger(),
            busy: watched,
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
            finished,
            notice,
            alone: mesh.is_none().then(|| (paths.clone(), logs.clone())),
            grace: config.run.grace,
            kill_grace: config.run.kill_grace,
        };
        let stop = running.stopping();
        running.spawn(planner.run(stop.clone()));
        let keeping = keeper::keep(
            agreement.clone(),
            paths.clone(),
            logs.clone(),
            blobs.clone(),
            stop.clone(),
        );
        running.spawn(keeping);
        if executes {
            let timers = config.timers();
            let lives = Lives {
                birth,
                permit,
                lease: mesh.clone().map(|mesh| (mesh, timers.lease, timers.renew())),
                busy,
                bench: Bench {
                    agreement,
                    spawner,
                    paths,
                    logs,
                    blobs,
                    peers,
                    files,
                    secrets,
                    environment: Arc::new(Environment::new(environment)),
                    kill_grace: config.run.kill_grace,
                },
            };
            running.spawn(lives.run(incarnation, stop));
        }
        if let (Some(background), Some(mesh)) = (background, mesh) {
            background.spawn(&mut running, mesh, &config, finish)?;
        }
        Ok(running)
    }
}

impl Running {
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// What whoever started it should be told.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Where other nodes reach it; empty without a network.
    pub fn addresses(&self) -> Vec<Address> {
        self.mesh.as_ref().map(|mesh| mesh.addresses().borrow().clone()).unwrap_or_default()
    }

    /// Every conversation that other nodes can begin with it.
    pub fn protocols(&self) -> Vec<mesh::Protocol> {
        self.mesh.as_ref().map(Mesh::protocols).unwrap_or_default()
    }

    /// Resolves with the reason when this node has ended by itself.
    pub async fn finished(&mut self) -> Finish {
        tokio::select! {
            Some(finish) = self.finished.recv() => finish,
            reason = self.raft.stopped() => Finish::Failed(reason),
        }
    }

    /// Ends in order: takes nothing new, hands leadership over, waits up to `run.grace` for what runs, stops the rest.
    pub async fn stop(mut self) -> Result<(), Error> {
        if self.mesh.is_some() {
            self.drain().await;
        }
        let idle = self.busy.wait_for(|busy| *busy == 0);
        if tokio::time::timeout(self.grace, idle).await.is_err() {
            tracing::warn!("attempts still run after {:?} and are stopped", self.grace);
        }
        self.halt().await
    }

    /// What cannot be agreed now will be found out by the others.
    async fn drain(&self) {
        let agreement = self.handle.agreement();
        let me = agreement.me();
        let drain = Command::Drain(Drain { node: me });
        if let Err(error) = agreement.write(Subject::Node(me), drain).await {
            tracing::debug!(%error, "the cluster was not told that this node stops");
        }
        if let Err(error) = agreement.raft().hand_over().await {
            tracing::debug!(%error, "leadership was not handed over");
        }
    }

    /// Ends at once: what runs is stopped and counts as lost.
    pub async fn halt(mut self) -> Result<(), Error> {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        if let Some((paths, logs)) = &self.alone {
            keeper::forget_alone(self.handle.agreement(), paths, logs);
        }
        for left in self.spawner.stop_all(self.kill_grace).await {
            tracing::warn!("{left} cannot be killed");
        }
        if let Some(mesh) = &self.mesh {
            mesh.stop().await;
        }
        self.raft.shutdown().await;
        Ok(())
    }

    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    pub(crate) fn sight(&self) -> Sight {
        self.sight.clone()
    }

    pub(crate) fn ledger(&self) -> Arc<Mutex<Ledger>> {
        self.ledger.clone()
    }

    pub(crate) fn busy(&self) -> watch::Receiver<usize> {
        self.busy.clone()
    }

    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}
