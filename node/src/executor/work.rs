//! What an executor asks of the agreement, and tells it.

use std::time::Duration;

use raft::Feed;
use state::query::Work;
use state::run::{Assignment, Report};
use state::{AttemptKey, Command, Query, Subject, View};
use tokio_util::sync::CancellationToken;

use crate::agreement::Consistency;
use crate::attempt::{Attempt, Bench};
use crate::error::Kind;

/// How long one request for news may wait.
const FEED_WAIT: Duration = Duration::from_secs(20);
/// Before asking again when there was no answer.
const PAUSE: Duration = Duration::from_millis(200);

/// The next change of what is assigned to this node. What is older than what it knows already, from a replica
/// that still catches up, is no news.
pub async fn news(bench: &Bench, index: Option<u64>) -> Feed {
    let me = bench.agreement.me();
    loop {
        match bench.agreement.raft().feed(me, index, FEED_WAIT).await {
            Ok(feed) if index.is_none_or(|index| feed.index >= index) => return feed,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "no news about assignments"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs an attempt to its report; nothing if it is not assigned any more.
pub async fn carry_out(
    bench: &Bench,
    assignment: Assignment,
    incarnation: u64,
    cancel: CancellationToken,
) -> Option<Report> {
    let work = work(bench, assignment.attempt).await?;
    Some(Box::pin(Attempt::new(bench.clone(), work, incarnation, cancel).run()).await)
}

/// What there is to do. A replica that still catches up may not know it yet.
async fn work(bench: &Bench, attempt: AttemptKey) -> Option<Work> {
    let mut consistency = Consistency::Stale;
    loop {
        match bench.agreement.read(Query::Work { attempt }, consistency).await {
            Ok(View::Work(Some(work))) => return Some(*work),
            Ok(_) if consistency == Consistency::Linearizable => return None,
            Ok(_) => consistency = Consistency::Linearizable,
            Err(error) => {
                tracing::debug!(%error, "the work is not known yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Proposes a report until it is accepted or refused.
pub async fn deliver(bench: &Bench, report: Report) {
    let by = Subject::Node(bench.agreement.me());
    loop {
        let written = bench.agreement.write(by.clone(), Command::Report(report.clone())).await;
        match written {
            Ok(_) => return,
            Err(error) => match error.kind() {
                Kind::NoQuorum | Kind::Deadline | Kind::Unavailable => {
                    tracing::debug!(%error, "a report waits");
                    tokio::time::sleep(PAUSE).await;
                }
                _ => {
                    tracing::debug!(%error, "a report was not accepted");
                    return;
                }
            },
        }
    }
}
