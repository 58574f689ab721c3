use std::sync::Arc;
use std::time::Duration;

use openraft::async_runtime::WatchReceiver;
use openraft::{ReadPolicy, ServerState};
use tokio::time::timeout;

use super::Replica;
use crate::shared::Shared;

/// Between two attempts of a new leader to make sure that it leads.
const CONFIRM_PAUSE: Duration = Duration::from_millis(50);
/// Whether it leads is asked anew after this: an answer that a cut of the network swallowed never comes.
const CONFIRM_TIME: Duration = Duration::from_secs(1);

impl Replica {
    /// Has a task watch this replica until it stops or is closed.
    pub fn conduct(self: &Arc<Self>, shared: &Arc<Shared>) {
        let watching = conduct(Arc::clone(self), Arc::clone(shared));
        *self.conductor() = Some(tokio::spawn(watching).abort_handle());
    }

    /// Ticks while others vote; a sole voter that does not lead elects itself.
    async fn keep_time(&self) {
        let sole = self.is_sole_voter();
        self.raft.runtime_config().tick(!sole);
        if sole && !self.leads() {
            let _ = self.raft.trigger().elect(false).await;
        }
    }

    /// The term this replica leads in.
    fn term(&self) -> Option<u64> {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow_watched();
        (metrics.state == ServerState::Leader).then_some(metrics.current_term)
    }

    /// Has applied all that was decided before it led; no, if that cannot be told in time.
    async fn is_ready(&self) -> bool {
        timeout(CONFIRM_TIME, self.knows_all_before()).await.unwrap_or(false)
    }

    async fn knows_all_before(&self) -> bool {
        let Ok(linearizer) = self.raft.get_read_linearizer(ReadPolicy::ReadIndex).await else {
            return false;
        };
        let index = linearizer.read_log_id().index();
        self.published.clone().reach(index).await.is_some()
    }

    fn why_stopped(&self) -> String {
        match &self.raft.metrics().borrow_watched().running_state {
            Ok(()) => "raft ended".into(),
            Err(fatal) => fatal.to_string(),
        }
    }
}

async fn conduct(replica: Arc<Replica>, shared: Arc<Shared>) {
    let mut server = replica.raft.server_metrics();
    loop {
        replica.keep_time().await;
        tokio::select! {
            changed = server.changed() => if changed.is_err() { break },
            () = lead(&replica, &shared) => {}
        }
    }
    shared.stop(&replica.why_stopped());
}

/// Publishes in which term this replica leads; does not end while that stays so.
async fn lead(replica: &Replica, shared: &Shared) {
    let term = replica.term();
    if *shared.leading.borrow() != term {
        shared.leading.send_replace(None);
        while term.is_some() && !replica.is_ready().await {
            tokio::time::sleep(CONFIRM_PAUSE).await;
        }
        shared.leading.send_replace(term);
    }
    std::future::pending().await
}
