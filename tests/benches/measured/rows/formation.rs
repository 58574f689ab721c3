//! Three nodes start at once; how long until the first task that one delegates to another has ended.

use std::time::{Duration, Instant};

use crate::Result;
use crate::cluster::{Cluster, run, wait};
use crate::report::{Aim, Row, Sample, Unit};
use crate::world::World;

const RUNS: usize = 7;
const DELEGATED: &str = r#"
local there = task("there"):command("true"):delegate_to("n2"):build()
workflow.define("bench"):tasks({ there }):build()
"#;

pub async fn measure(world: &World) -> Result<Vec<Row>> {
    let mut sample = Sample::default();
    for _ in 0..RUNS {
        sample.push_millis(form(world).await?);
    }
    let what = "three simultaneous starts until the first delegated task has ended";
    Ok(vec![Row::new(what, Unit::Millis, sample).aim(Aim::AtMost(5_000.0))])
}

async fn form(world: &World) -> Result<Duration> {
    let began = Instant::now();
    let cluster = Cluster::start(world, 3)?;
    let client = &cluster.members[2].client;
    wait("three members", || async { Ok(client.nodes().await?.items.len() == 3) }).await?;
    run(client, DELEGATED).await?;
    Ok(began.elapsed())
}
