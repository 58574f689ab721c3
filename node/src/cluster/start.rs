use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use config::{Address, Config};
use mesh::proto::{ClusterSecret, Load, Status, Token};
use mesh::{Identity as Key, Mesh};
use raft::Raft;
use state::member::{ClusterId, Dissolve};
use state::{Command, Subject};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::admission::{self, Request, mesh_id};
use super::anchor::Anchor;
use super::confirm;
use super::forming::{self, Formed};
use super::gate::{Gatekeeper, Known};
use super::growth::{Growth, Holder};
use super::members::{Gone, Members};
use super::{departure, pulse, transport};
use crate::agreement::Agreement;
use crate::life::Finish;
use crate::permit::{Permit, Until};
use crate::sight::Sight;
use crate::start::{Options, Parts, Running, found};
use crate::{Error, clock, replicas};

/// What there is to go on from.
enum Past {
    Empty,
    /// A member without a replica.
    Worker(Anchor),
    Replica(Anchor, u64),
}

/// Starts a node with a network; returns once it is a member and serves.
pub(crate) async fn start(
    options: Options,
    key: Key,
    token: Option<Token>,
) -> Result<Running, Error> {
    let (past, notice) = past(&options)?;
    let gate =
        Gatekeeper::new(secret(&options.config)?, token.as_ref().map(|it| (it.id, it.key())));
    let me = key.node();
    let status = status(&options)?;
    let (mesh, mut events) = Mesh::start(mesh::Options {
        identity: key,
        listen: options.config.mesh.listen.clone(),
        advertise: options.config.mesh.advertise.clone(),
        seeds: seeds(&options, &past, token.as_ref()),
        mdns: options.config.mesh.mdns,
        status: status.clone(),
        gate: Arc::new(gate.clone()),
    })
    .await?;
    let raft = Arc::new(Raft::new(raft::Options {
        me,
        timers: options.config.timers(),
        snapshot_every: options.config.raft.snapshot_every,
        log: options.config.raft.log,
        transport: Arc::new(transport::MeshTransport::new(mesh.clone())),
        clock: Arc::new(raft::SystemClock),
        deadline: raft::Options::DEADLINE,
    }));
    transport::serve(&mesh, &raft.serve())?;
    let agreement = Agreement::new(me, raft.handle());
    let request = Request {
        name: options.name(),
        name_fixed: options.config.node.name.is_some(),
        labels: options.config.node.all_labels()?,
    };
    let anchor = match past {
        Past::Replica(anchor, generation) => {
            know(&gate, &anchor);
            raft.open(&options.paths.replica(generation), generation).await?;
            anchor
        }
        Past::Worker(anchor) => {
            know(&gate, &anchor);
            raft.follow(anchor.voters.iter().copied())?;
            anchor
        }
        Past::Empty => {
            let formed = match (&token, gate.has_secret()) {
                (Some(_), _) => {
                    Formed::Joined(forming::by_token(&mesh, &mut events, &request).await?)
                }
                (None, true) => forming::by_secret(&mesh, &request).await?,
                (None, false) => Formed::Alone,
            };
            enter(formed, &raft, &agreement, &options, &gate, &mesh).await?
        }
    };
    gate.is_in(agreement.clone());
    mesh.refresh().await?;
    let sight = Sight::new(me, mesh.roster());
    let lease = options.config.run.lease;
    let permit = Permit::new(
        options.guard.clone(),
        &options.config.timers(),
        Until::Time(clock::boottime() + lease),
    );
    let background = Background {
        gate,
        events,
        status,
        permit: permit.clone(),
        holder: Holder {
            raft: raft.clone(),
            agreement: agreement.clone(),
            paths: options.paths.clone(),
        },
    };
    background.serve(&mesh)?;
    let parts = Parts {
        options,
        me,
        raft,
        agreement,
        sight,
        mesh: Some(mesh),
        executes: true,
        permit,
        notice,
        cluster: anchor.cluster,
    };
    parts.assemble(Some(background)).await
}

/// Founds or enters the cluster; from here on this directory belongs to it.
async fn enter(
    formed: Formed,
    raft: &Raft,
    agreement: &Agreement,
    options: &Options,
    gate: &Gatekeeper,
    mesh: &Mesh,
) -> Result<Anchor, Error> {
    let anchor = match formed {
        Formed::Alone => {
            let cluster = found(raft, agreement, options, false).await?;
            Anchor { cluster, voters: vec![mesh.me()], addresses: Vec::new() }
        }
        Formed::Joined(welcome) => {
            raft.follow(welcome.voters.iter().copied())?;
            let known =
                |node: &config::NodeId| (*node, mesh.roster().borrow().addresses(node).to_vec());
            Anchor {
                cluster: welcome.cluster,
                voters: welcome.voters.clone(),
                addresses: welcome.members.iter().map(known).collect(),
            }
        }
    };
    anchor.save(&options.paths)?;
    know(gate, &anchor);
    Ok(anchor)
}

/// Until the agreement says more: whoever was known before is a member.
fn know(gate: &Gatekeeper, anchor: &Anchor) {
    let others = anchor.addresses.iter().map(|(node, _)| *node);
    gate.know(Known {
        cluster: Some(mesh_id(anchor.cluster)),
        pristine: false,
        members: others.chain(anchor.voters.iter().copied()).collect(),
        removed: Default::default(),
    });
}

/// What this directory holds. A replica that was only ever standalone is set aside: it counts as empty.
fn past(options: &Options) -> Result<(Past, Option<String>), Error> {
    let newest = replicas::newest(&options.paths);
    Ok(match (Anchor::load(&options.paths)?, newest) {
        (Some(anchor), Some(generation)) => (Past::Replica(anchor, generation), None),
        (Some(anchor), None) => (Past::Worker(anchor), None),
        (None, Some(_)) => {
            let folder = replicas::set_aside(&options.paths)?;
            let notice = format!(
                "this machine's standalone history is kept in {}, apart from the cluster",
                folder.display()
            );
            (Past::Empty, Some(notice))
        }
        (None, None) => (Past::Empty, None),
    })
}

fn secret(config: &Config) -> Result<Option<mesh::proto::Key>, Error> {
    let Some(secret) = config.cluster.read_secret()? else { return Ok(None) };
    let secret = ClusterSecret::new(secret.reveal());
    secret.map(|secret| Some(secret.key())).map_err(|error| Error::Invalid(error.to_string()))
}

fn status(options: &Options) -> Result<Status, Error> {
    Ok(Status {
        name: options.name(),
        version: env!("CARGO_PKG_VERSION").into(),
        labels: options.config.node.all_labels()?,
        load: Load { running: 0, slots: options.config.node.max_tasks, cpu_permille: 0 },
    })
}

fn seeds(options: &Options, past: &Past, token: Option<&Token>) -> Vec<Address> {
    let remembered = match past {
        Past::Worker(anchor) | Past::Replica(anchor, _) => anchor.addresses.clone(),
        Past::Empty => Vec::new(),
    };
    let remembered = remembered.into_iter().flat_map(|(_, addresses)| addresses);
    let of_token = token.map(|token| token.addresses.clone()).unwrap_or_default();
    options.config.mesh.seeds.iter().cloned().chain(of_token).chain(remembered).collect()
}

/// What goes on in the background of a node with a network.
pub(crate) struct Background {
    gate: Gatekeeper,
    events: mesh::Events,
    status: Status,
    permit: Permit,
    holder: Holder,
}

impl Background {
    fn serve(&self, mesh: &Mesh) -> Result<(), Error> {
        self.holder.serve(mesh)?;
        admission::serve(mesh, self.holder.agreement.clone())?;
        Ok(())
    }

    /// Sets everything to work; whatever ends this node's membership is told by `finish`.
    pub fn spawn(
        self,
        running: &mut Running,
        mesh: Mesh,
        config: &Config,
        finish: mpsc::Sender<Finish>,
    ) -> Result<(), Error> {
        let Background { gate, events, status, permit, holder } = self;
        let (agreement, sight) = (holder.agreement.clone(), running.sight());
        let stop: CancellationToken = running.stopping();
        confirm::serve(&mesh, agreement.clone(), running.ledger())?;
        let growth = Growth {
            agreement: agreement.clone(),
            mesh: mesh.clone(),
            sight: sight.clone(),
            permit,
            voters: config.raft.voters as usize,
            replace_after: config.raft.replace_after,
            lease: config.run.lease,
        };
        running.spawn(growth.run(stop.clone()));
        running.spawn(holder.clone().watch(stop.clone()));
        let busy = running.busy();
        running.spawn(pulse::beat(mesh.clone(), agreement.clone(), status, busy, stop.clone()));
        let members = Members {
            agreement: agreement.clone(),
            mesh: mesh.clone(),
            sight,
            gate: gate.clone(),
            paths: holder.paths.clone(),
        };
        let leaving = departure::watch(agreement.clone(), stop.clone());
        let refused = departure::refused(events, gate, stop.clone());
        let (paths, until) = (holder.paths.clone(), stop.clone());
        running.spawn(async move {
            let finished = tokio::select! {
                gone = members.run(until) => match gone {
                    Some(Gone::Removed) => Finish::Removed,
                    Some(Gone::Dissolved) => Finish::Dissolved,
                    None => return,
                },
                left = leaving => if left { Finish::Removed } else { return },
                removed = refused => if removed { Finish::Removed } else { return },
            };
            if let Err(error) = forget(&paths) {
                tracing::error!(%error, "the directory still says that it belongs to the cluster");
            }
            // Nobody waits for it only when the node ends anyway.
            let _ = finish.send(finished).await;
        });
        running.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                into = forming::settle(&mesh) => dissolve(&agreement, into).await,
            }
        });
        Ok(())
    }
}

async fn dissolve(agreement: &Agreement, into: mesh::proto::ClusterId) {
    let into = ClusterId(*into.as_bytes());
    let by = Subject::Node(agreement.me());
    match agreement.write(by, Command::Dissolve(Dissolve { into })).await {
        Ok(_) => tracing::info!(%into, "this cluster has dissolved into another one"),
        Err(error) => tracing::warn!(%error, "this cluster could not dissolve"),
    }
}

/// The directory belongs to no cluster any more.
fn forget(paths: &config::Paths) -> Result<(), Error> {
    Anchor::remove(paths)?;
    let folder: PathBuf = paths.replicas();
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(crate::blobs::file("remove", &folder)(error))
        }
        _ => Ok(()),
    }
}
