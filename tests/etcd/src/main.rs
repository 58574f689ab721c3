//! Puts 100-byte values by concurrent clients, one connection each, and prints puts per second.
//!   etcd-load leader|all CLIENTS ENDPOINT…

mod api;

use std::error::Error;
use std::time::{Duration, Instant};

use api::Server;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const WARM_UP: Duration = Duration::from_secs(1);
const SPAN: Duration = Duration::from_secs(4);
const KEYS: u64 = 100_000;
const VALUE_BYTES: usize = 100;
/// There is a leader by then.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [place, clients, endpoints @ ..] = arguments.as_slice() else {
        return Err("usage: etcd-load leader|all CLIENTS ENDPOINT…".into());
    };
    let endpoints = leader_last(endpoints).await?;
    let endpoints = match place.as_str() {
        "leader" => &endpoints[endpoints.len() - 1..],
        "all" => &endpoints,
        other => return Err(format!("expected leader or all, not {other}").into()),
    };
    println!("{}", load(endpoints, clients.parse()?).await?);
    Ok(())
}

/// Waits for a leader, and puts its endpoint behind the others.
async fn leader_last(endpoints: &[String]) -> Result<Vec<String>> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        for (index, endpoint) in endpoints.iter().enumerate() {
            let Ok(mut server) = Server::connect(endpoint).await else { continue };
            if server.leads().await.unwrap_or(false) {
                let mut sorted = endpoints.to_vec();
                let leader = sorted.remove(index);
                sorted.push(leader);
                return Ok(sorted);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    Err("none of the servers leads".into())
}

async fn load(endpoints: &[String], clients: usize) -> Result<f64> {
    let mut writers = JoinSet::new();
    for index in 0..clients {
        let server = Server::connect(&endpoints[index % endpoints.len()]).await?;
        writers.spawn(write(server, index as u64));
    }
    let mut count = 0;
    while let Some(written) = writers.join_next().await {
        count += written??;
    }
    Ok(count as f64 / SPAN.as_secs_f64())
}

/// One client: one put after the other. Counts those after the warm-up.
async fn write(mut server: Server, seed: u64) -> Result<u64> {
    let value = vec![b'v'; VALUE_BYTES];
    let began = Instant::now();
    let (mut count, mut turn) = (0, seed);
    while began.elapsed() < WARM_UP + SPAN {
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = format!("key-{:012}", (turn >> 33) % KEYS);
        server.put(key.into_bytes(), value.clone()).await?;
        count += u64::from(began.elapsed() >= WARM_UP);
    }
    Ok(count)
}
