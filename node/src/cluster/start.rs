use std::sync::Arc;

use config::{Address, Config, NodeId};
use mesh::proto::{ClusterSecret, Load, Status, Token};
use mesh::{Events, Identity as Key, Mesh};
use raft::Raft;

use super::admission::{Request, Welcome};
use super::anchor::Anchor;
use super::background::Background;
use super::forming::{self, Formed};
use super::gate::{Gatekeeper, Known};
use super::growth::Holder;
use super::past::Past;
use super::transport;
use crate::agreement::Agreement;
use crate::options::Options;
use crate::permit::{Permit, Until};
use crate::running::Running;
use crate::sight::Sight;
use crate::standalone::found;
use crate::start::Parts;
use crate::{Error, clock};

/// Starts a node with a network; returns once it is a member and serves.
pub(crate) async fn start(
    options: Options,
    key: Key,
    token: Option<Token>,
) -> Result<Running, Error> {
    let (past, notice) = Past::of(&options.paths)?;
    let gate =
        Gatekeeper::new(secret(&options.config)?, token.as_ref().map(|it| (it.id, it.key())));
    let (me, status) = (key.node(), status(&options)?);
    let seeds = seeds(&options, &past, token.as_ref());
    let (mesh, events) = connect(&options, key, seeds, &status, &gate).await?;
    let raft = Arc::new(replica(&options, &mesh));
    transport::serve(&mesh, &raft.serve())?;
    let agreement = Agreement::new(me, raft.handle());
    let mut entry = Entry { options, gate, mesh, events, raft, agreement };
    let anchor = entry.enter(past, token.is_some()).await?;
    let Entry { options, gate, mesh, events, raft, agreement } = entry;
    gate.is_in(agreement.clone());
    mesh.refresh().await?;
    let until = Until::Time(clock::boottime() + options.config.run.lease);
    let permit = Permit::new(options.guard.clone(), &options.config.timers(), until);
    let paths = options.paths.clone();
    let holder = Holder { raft: raft.clone(), agreement: agreement.clone(), paths };
    let background = Background { gate, events, status, permit: permit.clone(), holder };
    background.serve(&mesh)?;
    let parts = Parts {
        options,
        me,
        raft,
        agreement,
        sight: Sight::new(me, mesh.roster()),
        mesh: Some(mesh),
        executes: true,
        permit,
        notice,
        cluster: anchor.cluster,
    };
    parts.assemble(Some(background)).await
}

async fn connect(
    options: &Options,
    key: Key,
    seeds: Vec<Address>,
    status: &Status,
    gate: &Gatekeeper,
) -> Result<(Mesh, Events), Error> {
    let mesh = &options.config.mesh;
    let options = mesh::Options {
        identity: key,
        listen: mesh.listen.clone(),
        advertise: mesh.advertise.clone(),
        seeds,
        mdns: mesh.mdns,
        status: status.clone(),
        gate: Arc::new(gate.clone()),
    };
    Ok(Mesh::start(options).await?)
}

fn replica(options: &Options, mesh: &Mesh) -> Raft {
    Raft::new(raft::Options {
        me: mesh.me(),
        timers: options.config.timers(),
        snapshot_every: options.config.raft.snapshot_every,
        log: options.config.raft.log,
        transport: Arc::new(transport::MeshTransport::new(mesh.clone())),
        clock: Arc::new(raft::SystemClock),
        deadline: raft::Options::DEADLINE,
    })
}

/// The way from a directory into its cluster.
struct Entry {
    options: Options,
    gate: Gatekeeper,
    mesh: Mesh,
    events: Events,
    raft: Arc<Raft>,
    agreement: Agreement,
}

impl Entry {
    /// Goes on as what it was, or founds or enters a cluster; from here on the directory belongs to it.
    async fn enter(&mut self, past: Past, has_token: bool) -> Result<Anchor, Error> {
        match past {
            Past::Replica(anchor, generation) => {
                know(&self.gate, &anchor);
                self.raft.open(&self.options.paths.replica(generation), generation).await?;
                Ok(anchor)
            }
            Past::Worker(anchor) => {
                know(&self.gate, &anchor);
                self.raft.follow(anchor.voters.iter().copied())?;
                Ok(anchor)
            }
            Past::Empty => {
                let anchor = match self.form(has_token).await? {
                    Formed::Alone => self.found().await?,
                    Formed::Joined(welcome) => self.follow(welcome)?,
                };
                anchor.save(&self.options.paths)?;
                know(&self.gate, &anchor);
                Ok(anchor)
            }
        }
    }

    async fn form(&mut self, has_token: bool) -> Result<Formed, Error> {
        let request = Request {
            name: self.options.name(),
            name_fixed: self.options.config.node.name.is_some(),
            labels: self.options.config.node.all_labels()?,
        };
        match (has_token, self.gate.has_secret()) {
            (true, _) => {
                let welcome = forming::by_token(&self.mesh, &mut self.events, &request).await?;
                Ok(Formed::Joined(welcome))
            }
            (false, true) => forming::by_secret(&self.mesh, &request).await,
            (false, false) => Ok(Formed::Alone),
        }
    }

    async fn found(&self) -> Result<Anchor, Error> {
        let cluster = found(&self.raft, &self.agreement, &self.options, false).await?;
        Ok(Anchor { cluster, voters: vec![self.mesh.me()], addresses: Vec::new() })
    }

    fn follow(&self, welcome: Welcome) -> Result<Anchor, Error> {
        self.raft.follow(welcome.voters.iter().copied())?;
        let roster = self.mesh.roster();
        let known = |node: &NodeId| (*node, roster.borrow().addresses(node).to_vec());
        Ok(Anchor {
            cluster: welcome.cluster,
            addresses: welcome.members.iter().map(known).collect(),
            voters: welcome.voters,
        })
    }
}

/// Until the agreement says more: whoever was known before is a member.
fn know(gate: &Gatekeeper, anchor: &Anchor) {
    let others = anchor.addresses.iter().map(|(node, _)| *node);
    gate.know(Known {
        cluster: Some(anchor.cluster),
        pristine: false,
        members: others.chain(anchor.voters.iter().copied()).collect(),
        removed: Default::default(),
    });
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
    let of_token = token.map(|token| token.addresses.clone()).unwrap_or_default();
    let seeds = options.config.mesh.seeds.iter().cloned();
    seeds.chain(of_token).chain(past.addresses()).collect()
}
