use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use config::NodeId;
use config::limits::FRAME_BYTES;
use futures::future::join_all;

use super::Handler;
use crate::{Lane, Transport, TransportError};

/// Two connected nodes; `to` answers with the handler it was made with.
pub struct Pair {
    pub from: NodeId,
    pub to: NodeId,
    /// The transport of `from`.
    pub transport: Arc<dyn Transport>,
    /// What keeps both alive.
    pub alive: Box<dyn Any + Send>,
}

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
/// Room in a frame for what a transport adds.
const ENVELOPE_BYTES: usize = 1_024;

/// What every transport must keep; `connect` makes two nodes, the second with the given handler.
///
/// # Panics
/// When one of the promises is broken.
pub async fn transport_suite<F: Future<Output = Pair>>(connect: impl Fn(Handler) -> F) {
    every_lane_brings_its_answer_back(connect(echo()).await).await;
    answers_belong_to_their_requests(connect(echo()).await).await;
    a_silent_node_is_given_up_at_the_deadline(connect(silent()).await).await;
    an_unknown_node_is_unreachable(connect(echo()).await).await;
    a_busy_lane_holds_up_no_other(&connect).await;
}

/// Says who asked on which lane, then repeats the request.
fn echo() -> Handler {
    Arc::new(|from, lane, body| {
        Box::pin(async move { [&[from.as_bytes()[0], lane as u8], body.as_slice()].concat() })
    })
}

fn silent() -> Handler {
    Arc::new(|_, _, _| Box::pin(std::future::pending()))
}

async fn every_lane_brings_its_answer_back(pair: Pair) {
    for lane in Lane::ALL {
        for size in [0, 1, 70_000, FRAME_BYTES - ENVELOPE_BYTES] {
            let body = vec![7; size];
            let answer = pair.transport.call(pair.to, lane, body.clone(), LONG).await;
            let expected = [&[pair.from.as_bytes()[0], lane as u8], body.as_slice()].concat();
            assert!(answer == Ok(expected), "{lane} with {size} bytes");
        }
    }
}

async fn answers_belong_to_their_requests(pair: Pair) {
    let calls = (0..100u8).map(|number| {
        let answer = pair.transport.call(pair.to, Lane::Forward, vec![number; 50], LONG);
        async move { assert_eq!(answer.await.map(|it| it[2..] == [number; 50]), Ok(true)) }
    });
    join_all(calls).await;
}

async fn a_silent_node_is_given_up_at_the_deadline(pair: Pair) {
    let started = Instant::now();
    let answer = pair.transport.call(pair.to, Lane::Vote, vec![1], SHORT).await;
    assert!(
        matches!(answer, Err(TransportError::Lost { node, .. }) if node == pair.to),
        "{answer:?}"
    );
    assert!(started.elapsed() >= SHORT && started.elapsed() < LONG);
}

async fn an_unknown_node_is_unreachable(pair: Pair) {
    let unknown = NodeId::new([0xee; NodeId::BYTES]);
    let answer = pair.transport.call(unknown, Lane::Vote, vec![1], LONG).await;
    assert!(matches!(answer, Err(TransportError::Unreachable { .. })), "{answer:?}");
}

async fn a_busy_lane_holds_up_no_other<F: Future<Output = Pair>>(connect: &impl Fn(Handler) -> F) {
    let busy = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&busy);
    let handler: Handler = Arc::new(move |_, lane, body| {
        let count = Arc::clone(&count);
        Box::pin(async move {
            if lane == Lane::Snapshot {
                count.fetch_add(1, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
            body
        })
    });
    let pair = connect(handler).await;
    let transport = Arc::clone(&pair.transport);
    let stuck = tokio::spawn(async move {
        let chunk = vec![0; FRAME_BYTES / 2];
        transport.call(pair.to, Lane::Snapshot, chunk, LONG).await
    });
    while busy.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    for lane in [Lane::Vote, Lane::Append, Lane::Forward] {
        let answer = pair.transport.call(pair.to, lane, vec![5], LONG).await;
        assert_eq!(answer, Ok(vec![5]), "{lane}");
    }
    stuck.abort();
}
