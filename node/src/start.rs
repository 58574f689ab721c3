//! The start of a node's process: what it opens, in which order.

use std::sync::Arc;
use std::time::Duration;

use config::{ClusterId, Name, NodeId};
use mesh::{Identity as Key, Mesh};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::agreement::Agreement;
use crate::attempt::{Bench, Environment};
use crate::blobs::Blobs;
use crate::cluster::{self, Background};
use crate::files::Files;
use crate::handle::{Handle, Identity, Inner};
use crate::life::{Birth, Lives};
use crate::logs::Logs;
use crate::options::{Mode, Options};
use crate::peers::Peers;
use crate::permit::Permit;
use crate::planner::Planner;
use crate::running::Running;
use crate::secrets::Secrets;
use crate::sight::Sight;
use crate::{Error, exec, keeper, standalone};

/// How long a start waits to be told its name.
const NAMED: Duration = Duration::from_secs(3);

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
        Mode::Standalone { executes } => standalone::start(options, key.node(), executes).await,
        Mode::Node { join } => cluster::start(options, key, join).await,
    }
}

/// As the cluster calls this node, or as it wishes to be called while the cluster does not say.
async fn own_name(agreement: &Agreement, wished: Name) -> String {
    let me = agreement.me();
    match timeout(NAMED, agreement.names_of([me])).await {
        Ok(Ok(names)) if names.knows(me) => names.of(me),
        _ => wished.to_string(),
    }
}

impl Parts {
    /// Begins a new life of the node and sets everything to work.
    pub async fn assemble(self, background: Option<Background>) -> Result<Running, Error> {
        let Parts { options, me, raft, agreement, sight, mesh, executes, permit, .. } = self;
        let (notice, cluster, wished) = (self.notice, self.cluster, options.name());
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
            name: own_name(&agreement, wished).await,
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
