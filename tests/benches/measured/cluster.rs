use std::net::TcpListener;
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use config::Paths;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use web::Client;
use web::wire::{Consistency, Item, Source, Submit};

use crate::world::World;
use crate::{Error, Result};

/// Between two looks at something that is awaited.
pub const LOOK: Duration = Duration::from_millis(10);
/// What is awaited has happened by then.
const PATIENCE: Duration = Duration::from_secs(60);
const PORTS: Range<u16> = 20_000..30_000;
const SECRET: &str = "7f3a9c1e5b8d2f4a6c0e9b7d1f3a5c8e";

/// Nodes as processes on loopback, killed when dropped.
pub struct Cluster {
    pub members: Vec<Member>,
    _folder: TempDir,
}

/// One node: its guard, and the node below it.
pub struct Member {
    pub name: String,
    pub client: Client,
    guard: Child,
}

impl Cluster {
    /// Starts nodes `n1`, `n2`, … at the same time in empty folders with one secret. They have yet to find each other.
    pub fn start(world: &World, count: usize) -> Result<Self> {
        let folder = world.folder()?;
        let addresses = free_addresses(count)?;
        let member = |index| Member::start(world, folder.path(), &addresses, index);
        let members = (0..count).map(member).collect::<Result<_>>()?;
        Ok(Cluster { members, _folder: folder })
    }

    /// The same, once all of them vote.
    pub async fn formed(world: &World, count: usize) -> Result<Self> {
        let cluster = Cluster::start(world, count)?;
        wait("voters", || async {
            let known = cluster.members[0].client.cluster().await?;
            Ok(known.voters.len() == count && known.leader.is_some())
        })
        .await?;
        Ok(cluster)
    }

    /// The index of the member that leads.
    pub async fn leader(&self) -> Result<usize> {
        let known = self.members[0].client.cluster().await?;
        let leads = |member: &Member| Some(&member.name) == known.leader.as_ref();
        self.members.iter().position(leads).ok_or_else(|| "nobody leads".into())
    }

    /// Clients of all members, those of the leader last.
    pub async fn clients(&self) -> Result<Vec<Client>> {
        let leader = self.leader().await?;
        let mut clients: Vec<Client> = self.members.iter().map(|it| it.client.clone()).collect();
        let last = clients.remove(leader);
        clients.push(last);
        Ok(clients)
    }
}

/// Asks again until the answer is yes; an error is a no.
pub async fn wait<F, Answer>(what: &str, ask: F) -> Result<()>
where
    F: Fn() -> Answer,
    Answer: Future<Output = Result<bool>>,
{
    let began = Instant::now();
    loop {
        match ask().await {
            Ok(true) => return Ok(()),
            Ok(false) | Err(_) if began.elapsed() < PATIENCE => tokio::time::sleep(LOOK).await,
            Ok(false) => return Err(format!("no {what} within {PATIENCE:?}").into()),
            Err(error) => return Err(format!("no {what} within {PATIENCE:?}: {error}").into()),
        }
    }
}

/// Runs a workflow on the node asked, to its good end.
pub async fn run(client: &Client, text: &str) -> Result<()> {
    use futures::StreamExt;
    let source = Source::File { name: "bench.sloth".into(), text: text.into() };
    let id = client.submit(&Submit::new(source)).await?.id;
    let mut steps = client.follow(&id, None).await?;
    while let Some(step) = steps.next().await {
        if let Item::End(run) = step?.item {
            let status = run.summary.status;
            return if status.is_bad() { Err(format!("the run {status}").into()) } else { Ok(()) };
        }
    }
    Err("the run was not followed to its end".into())
}

impl Member {
    fn start(world: &World, folder: &Path, addresses: &[String], index: usize) -> Result<Self> {
        let name = format!("n{}", index + 1);
        let home = folder.join(&name);
        std::fs::create_dir(&home)?;
        let mut command = world.command(&home);
        command.env("SLOTH_CLUSTER_SECRET", SECRET).env("SLOTH_LOG", "warn");
        command.arg("--data-dir").arg(&home).args(["node", "--no-mdns", "--name", &name]);
        command.args(["--listen", &addresses[index]]);
        for seed in addresses.iter().filter(|address| **address != addresses[index]) {
            command.args(["--seed", seed]);
        }
        let guard = command.stderr(Stdio::null()).spawn()?;
        let socket = Paths::new(home).socket(None)?;
        let client = Client::unix(socket).consistency(Consistency::Stale);
        Ok(Member { name, client, guard })
    }

    /// The processes of the node: the guard's and its own.
    pub fn processes(&self) -> Result<[u32; 2]> {
        let guard = self.guard.id();
        let children = format!("/proc/{guard}/task/{guard}/children");
        let children = std::fs::read_to_string(children)?;
        let node = children.split_whitespace().next().ok_or("the guard has no child")?;
        Ok([guard, node.parse()?])
    }

    /// Kills both processes, the node's own first.
    pub fn kill(&mut self) -> Result<()> {
        if let Ok([_, node]) = self.processes() {
            kill_process(pid(node)?, Signal::KILL)?;
        }
        self.guard.kill()?;
        self.guard.wait()?;
        Ok(())
    }
}

fn pid(number: u32) -> Result<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw).ok_or_else(|| Error::from("no such process"))
}

impl Drop for Member {
    fn drop(&mut self) {
        // It may have been killed before.
        _ = self.kill();
    }
}

/// Addresses nobody listens at, with ports below those that the system gives to outgoing connections: a node that
/// dials another one before that listens must not get its port.
pub fn free_addresses(count: usize) -> Result<Vec<String>> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % PORTS.len() as u16;
    let mut addresses = Vec::new();
    for _ in PORTS {
        let step = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS.len() as u16;
        let address = format!("127.0.0.1:{}", PORTS.start + step);
        if TcpListener::bind(&address).is_ok() {
            addresses.push(address);
        }
        if addresses.len() == count {
            return Ok(addresses);
        }
    }
    Err("no ports are free".into())
}
