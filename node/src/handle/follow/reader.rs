use std::time::Duration;

use config::NodeId;
use state::AttemptKey;
use tokio::sync::mpsc;

use crate::handle::Handle;
use crate::logs::Page;

/// Bytes of a log read at once.
const PAGE_BYTES: usize = 64 << 10;
/// How long one request for lines may wait.
const WAIT: Duration = Duration::from_secs(10);
/// Requests for lines that may fail in a row before an attempt's log is given up.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);
/// Before looking again at a log that has nothing new.
const SOON: Duration = Duration::from_millis(20);

/// A page of an attempt's log.
pub struct Read {
    pub attempt: AttemptKey,
    pub node: NodeId,
    pub page: Page,
}

/// Reads a log to its end, or until its node does not answer any more.
pub async fn read_log(
    handle: Handle,
    attempt: AttemptKey,
    node: NodeId,
    from: u64,
    pages: mpsc::Sender<Read>,
) {
    let (mut next, mut failed) = (from, 0);
    loop {
        // Asked before the log is read: what was written until then is in it.
        let reported = handle.has_reported(attempt).await;
        let page = match handle.0.peers.log(node, attempt, next, PAGE_BYTES, WAIT).await {
            Ok(page) => Page { done: page.done && reported, ..page },
            Err(_) if failed < TRIES => {
                failed += 1;
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(_) => Page { records: Vec::new(), next, done: true },
        };
        failed = 0;
        next = page.next;
        let (done, empty) = (page.done, page.records.is_empty());
        if pages.send(Read { attempt, node, page }).await.is_err() || done {
            return;
        }
        if empty {
            // Its log is not open yet, or is closed and its report is on the way.
            let _ = tokio::time::timeout(SOON, handle.reported(attempt)).await;
        }
    }
}
