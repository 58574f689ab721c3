use std::fs;
use std::path::PathBuf;

use config::{ClusterId, Config};
use mesh::Mesh;
use mesh::proto::Status;
use state::member::Dissolve;
use state::{Command, Subject};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::anchor::Anchor;
use super::gate::Gatekeeper;
use super::growth::{Growth, Holder};
use super::members::{Gone, Members};
use super::{admission, confirm, departure, forming, pulse};
use crate::Error;
use crate::agreement::Agreement;
use crate::life::Finish;
use crate::permit::Permit;
use crate::running::Running;

/// What goes on in the background of a node with a network.
pub(crate) struct Background {
    pub gate: Gatekeeper,
    pub events: mesh::Events,
    pub status: Status,
    pub permit: Permit,
    pub holder: Holder,
}

impl Background {
    /// Answers other nodes from now on.
    pub fn serve(&self, mesh: &Mesh) -> Result<(), Error> {
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

async fn dissolve(agreement: &Agreement, into: ClusterId) {
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
