//! Removes from this machine what nothing agreed refers to any more.

use std::collections::BTreeSet;
use std::fs;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use config::Paths;
use state::{Query, RunId, View};
use tokio_util::sync::CancellationToken;

use crate::agreement::{Agreement, Consistency};
use crate::blobs::Blobs;
use crate::logs::Logs;
use crate::workspace;

/// Between two sweeps.
const PERIOD: Duration = Duration::from_secs(60);
/// Younger files may belong to an attempt that has not reported yet.
const YOUNG: Duration = Duration::from_secs(3_600);

/// Removes the files of forgotten runs, as a replica that is the only one knows them.
pub fn forget_alone(agreement: &Agreement, paths: &Paths, logs: &Logs) {
    let Some(state) = agreement.raft().snapshot_state() else { return };
    for run in present(paths).into_iter().filter(|run| state.runs.get(*run).is_none()) {
        logs.forget(run);
        workspace::forget(paths, run);
    }
}

/// Sweeps now and then until told to stop.
pub async fn keep(
    agreement: Agreement,
    paths: Paths,
    logs: Logs,
    blobs: Blobs,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PERIOD) => {}
        }
        if let Err(error) = sweep(&agreement, &paths, &logs, &blobs).await {
            tracing::debug!(%error, "nothing was swept");
        }
    }
}

async fn sweep(
    agreement: &Agreement,
    paths: &Paths,
    logs: &Logs,
    blobs: &Blobs,
) -> Result<(), crate::Error> {
    let state = agreement.raft().snapshot_state();
    let unknown = |run: &RunId| state.as_ref().is_none_or(|state| state.runs.get(*run).is_none());
    for run in present(paths).into_iter().filter(unknown) {
        // A replica that still catches up may only not know it yet.
        let known = agreement.read(Query::Run { run }, Consistency::Linearizable).await?;
        if matches!(known, View::Run(None)) {
            logs.forget(run);
            workspace::forget(paths, run);
        }
    }
    let query = Query::Held { node: agreement.me() };
    if let View::Held(held) = agreement.read(query, Consistency::Linearizable).await? {
        let held: BTreeSet<String> = held.iter().map(ToString::to_string).collect();
        let before = SystemTime::now().checked_sub(YOUNG).unwrap_or(SystemTime::UNIX_EPOCH);
        blobs.sweep(|name| held.contains(name), before);
    }
    Ok(())
}

/// Runs that have files here.
fn present(paths: &Paths) -> BTreeSet<RunId> {
    let folders = [paths.logs(""), paths.work("")];
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let names = entries.flatten().map(|entry| entry.file_name());
    names.filter_map(|name| RunId::from_str(name.to_str()?).ok()).collect()
}
