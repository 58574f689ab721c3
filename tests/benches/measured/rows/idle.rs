//! What a node takes while nothing happens, guard and node together.

use std::fs;
use std::time::{Duration, Instant};

use crate::Result;
use crate::cluster::Cluster;
use crate::report::{Aim, Row, Sample, Unit};
use crate::world::World;

/// The first seconds of a cluster are not idle.
const SETTLE: Duration = Duration::from_secs(5);
const SPAN: Duration = Duration::from_secs(20);
/// Linux tells programs a hundredth of a second, whatever it counts in itself.
const TICKS_PER_SECOND: f64 = 100.0;
const PROCESSOR: Aim = Aim::AtMost(1.0);
const MEMORY: Aim = Aim::AtMost(50.0);

/// Of each node of a cluster.
struct Usage {
    percent: Sample,
    mebibytes: Sample,
}

pub async fn measure(world: &World) -> Result<Vec<Row>> {
    let three = sloth(world, 3).await?;
    let alone = sloth(world, 1).await?;
    let etcd = etcd(world).await?;
    let mut rows = vec![
        Row::new("idle node of three, processor", Unit::Percent, three.percent).aim(PROCESSOR),
        Row::new("idle node of three, memory", Unit::Mebibytes, three.mebibytes).aim(MEMORY),
    ];
    if let Some(etcd) = etcd {
        let peers = [etcd.percent, etcd.mebibytes];
        rows = rows.into_iter().zip(peers).map(|(row, it)| row.beside("etcd", it)).collect();
    }
    rows.push(Row::new("idle node alone, processor", Unit::Percent, alone.percent).aim(PROCESSOR));
    rows.push(Row::new("idle node alone, memory", Unit::Mebibytes, alone.mebibytes).aim(MEMORY));
    Ok(rows)
}

async fn sloth(world: &World, count: usize) -> Result<Usage> {
    let cluster = Cluster::formed(world, count).await?;
    let nodes = cluster.members.iter().map(|member| Ok(member.processes()?.to_vec()));
    usage(&nodes.collect::<Result<Vec<_>>>()?).await
}

async fn etcd(world: &World) -> Result<Option<Usage>> {
    let Ok(etcd) = &world.etcd else { return Ok(None) };
    let servers = etcd.start(world)?;
    let nodes: Vec<_> = servers.processes.iter().map(|process| vec![process.id()]).collect();
    usage(&nodes).await.map(Some)
}

/// Of nodes that are given by their processes.
async fn usage(nodes: &[Vec<u32>]) -> Result<Usage> {
    tokio::time::sleep(SETTLE).await;
    let (began, before) = (Instant::now(), each(nodes, busy)?);
    tokio::time::sleep(SPAN).await;
    let (after, span) = (each(nodes, busy)?, began.elapsed().as_secs_f64());
    let percent = before.iter().zip(after).map(|(before, after)| (after - before) / span * 100.0);
    Ok(Usage { percent: percent.collect(), mebibytes: each(nodes, memory)?.into_iter().collect() })
}

fn each(nodes: &[Vec<u32>], of: impl Fn(&[u32]) -> Result<f64>) -> Result<Vec<f64>> {
    nodes.iter().map(|node| of(node)).collect()
}

fn busy(node: &[u32]) -> Result<f64> {
    node.iter().map(|process| processor(*process)).sum()
}

/// Seconds of processor time that a process has taken.
fn processor(process: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field is a name in parentheses, which may hold spaces.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks = ticks.sum::<std::result::Result<u64, _>>()?;
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// Mebibytes of resident memory of one node: of its last process all, of those before what is theirs alone, since the
/// rest is the same pages.
fn memory(node: &[u32]) -> Result<f64> {
    let (last, before) = node.split_last().ok_or("a node without a process")?;
    let mut kibibytes = status(*last, "VmRSS:")?;
    for process in before {
        kibibytes += status(*process, "RssAnon:")?;
    }
    Ok(kibibytes / 1_024.0)
}

fn status(process: u32, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
