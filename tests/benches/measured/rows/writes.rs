//! Durable writes of 100-byte values on three nodes, beside three etcd on the same disk and processors.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use web::Client;
use web::wire::Set;

use crate::Result;
use crate::cluster::Cluster;
use crate::report::{Aim, Row, Sample, Unit};
use crate::world::World;

const ROUNDS: usize = 3;
const WARM_UP: Duration = Duration::from_secs(1);
const SPAN: Duration = Duration::from_secs(4);
const KEYS: u64 = 100_000;
const VALUE_BYTES: usize = 100;

/// Who writes where, and the aim.
struct Case {
    what: &'static str,
    clients: usize,
    leader_only: bool,
    times: f64,
}

const CASES: [Case; 4] = [
    Case { what: "1 client at the leader", clients: 1, leader_only: true, times: 1.0 },
    Case { what: "64 clients at the leader", clients: 64, leader_only: true, times: 2.0 },
    Case { what: "1 client at a follower", clients: 1, leader_only: false, times: 1.0 },
    Case { what: "64 clients at all nodes", clients: 64, leader_only: false, times: 2.0 },
];

pub async fn measure(world: &World) -> Result<Vec<Row>> {
    let mut rates: [(Sample, Sample); CASES.len()] = Default::default();
    for _ in 0..ROUNDS {
        let cluster = Cluster::formed(world, 3).await?;
        for (case, (sloth, _)) in CASES.iter().zip(&mut rates) {
            sloth.push(load(&cluster, case).await?);
        }
        drop(cluster);
        let Ok(etcd) = &world.etcd else { continue };
        let servers = etcd.start(world)?;
        for (case, (_, peer)) in CASES.iter().zip(&mut rates) {
            peer.push(servers.load(case.clients, case.leader_only).await?);
        }
    }
    Ok(CASES.iter().zip(rates).map(|(case, (sloth, peer))| row(world, case, sloth, peer)).collect())
}

fn row(world: &World, case: &Case, sloth: Sample, peer: Sample) -> Row {
    let what = format!("durable writes, three nodes, {}", case.what);
    let row = Row::new(what, Unit::PerSecond, sloth).aim(Aim::Times(case.times));
    match &world.etcd {
        Ok(_) => row.beside("etcd", peer),
        Err(_) => row,
    }
}

async fn load(cluster: &Cluster, case: &Case) -> Result<f64> {
    let mut nodes = cluster.clients().await?;
    if case.leader_only {
        nodes.drain(..nodes.len() - 1);
    }
    let mut writers = JoinSet::new();
    for index in 0..case.clients {
        let client = nodes[index % nodes.len()].clone();
        writers.spawn(write(client, index as u64));
    }
    let mut count = 0;
    while let Some(written) = writers.join_next().await {
        count += written??;
    }
    Ok(count as f64 / SPAN.as_secs_f64())
}

/// One client: one write after the other. Counts those after the warm-up.
async fn write(client: Client, seed: u64) -> Result<u64> {
    let set = Set {
        value: Value::String("v".repeat(VALUE_BYTES)),
        ttl: None,
        only_if: None,
        fence: None,
    };
    let began = Instant::now();
    let (mut count, mut turn) = (0, seed);
    while began.elapsed() < WARM_UP + SPAN {
        turn = turn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let key = format!("key-{:012}", (turn >> 33) % KEYS);
        client.set("bench", &key, &set).await?;
        count += u64::from(began.elapsed() >= WARM_UP);
    }
    Ok(count)
}
