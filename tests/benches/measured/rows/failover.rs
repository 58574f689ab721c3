//! The leader is killed; how long until a write begun afterwards at a survivor has succeeded.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;
use web::Client;
use web::wire::Set;

use crate::Result;
use crate::cluster::Cluster;
use crate::report::{Aim, Row, Sample, Unit};
use crate::world::World;

const RUNS: usize = 7;
/// A fresh write to a survivor begins this often.
const EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);
/// The cluster has been quiet for so long.
const CALM: Duration = Duration::from_secs(1);

pub async fn measure(world: &World) -> Result<Vec<Row>> {
    let mut sample = Sample::default();
    for _ in 0..RUNS {
        sample.push_millis(lose_leader(world).await?);
    }
    let what = "`kill -9` of the leader of three until the next write";
    Ok(vec![Row::new(what, Unit::Millis, sample).aim(Aim::AtMost(1_000.0))])
}

async fn lose_leader(world: &World) -> Result<Duration> {
    let mut cluster = Cluster::formed(world, 3).await?;
    tokio::time::sleep(CALM).await;
    let leader = cluster.leader().await?;
    let mut survivors = cluster.clients().await?;
    survivors.pop();
    for survivor in &survivors {
        write(survivor.clone()).await?;
    }
    cluster.members[leader].kill()?;
    let killed = Instant::now();
    first(&survivors).await?;
    Ok(killed.elapsed())
}

/// Writes to each survivor in turn until one of the writes succeeds.
async fn first(survivors: &[Client]) -> Result<()> {
    let mut writes = JoinSet::new();
    let mut clock = tokio::time::interval(EVERY);
    let end = tokio::time::sleep(PATIENCE);
    tokio::pin!(end);
    let mut turn = survivors.iter().cycle();
    loop {
        tokio::select! {
            _ = clock.tick() => if let Some(survivor) = turn.next() {
                writes.spawn(write(survivor.clone()));
            },
            Some(Ok(Ok(()))) = writes.join_next() => return Ok(()),
            () = &mut end => return Err(format!("no write within {PATIENCE:?}").into()),
        }
    }
}

async fn write(client: Client) -> Result<()> {
    let set = Set { value: json!(1), ttl: None, only_if: None, fence: None };
    client.set("bench", "key", &set).await?;
    Ok(())
}
