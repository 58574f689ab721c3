use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use config::{Address, Overrides, Resolved};
use node::exec::guard::NodeSide;
use node::{Finish, Mode, Running, Token};
use tokio::runtime::Builder;
use web::wire::Mint;
use web::{Client, Server};

use super::join;
use crate::args::Globals;
use crate::error::Error;
use crate::exit::Exit;
use crate::life;
use crate::output::{Output, time};
use crate::signals::Signals;

/// How the node of this machine is to be. All of it can be set in config.toml, too.
#[derive(Args, Debug)]
pub struct Start {
    /// Join a cluster: a token, a file that holds one, or - for standard input [env: SLOTH_JOIN=]
    #[arg(long, value_name = "TOKEN|FILE|-")]
    join: Option<String>,
    /// The node's name, unique in its cluster; the host's name unless given
    #[arg(long)]
    name: Option<String>,
    /// A label KEY=VALUE for tasks to choose by; may be repeated
    #[arg(long = "label", value_name = "KEY=VALUE")]
    labels: Vec<String>,
    /// A label without value; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Where to listen for other nodes; may be repeated [default: 0.0.0.0:7181]
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// The address to tell others, behind NAT and in containers; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    advertise: Vec<String>,
    /// A node that may be there; may be repeated
    #[arg(long = "seed", value_name = "ADDRESS")]
    seeds: Vec<String>,
    /// Look for nobody on the local network
    #[arg(long)]
    no_mdns: bool,
    /// Attempts at once; twice the processors unless given
    #[arg(long, value_name = "COUNT")]
    max_tasks: Option<u32>,
    /// A file with the secret that all nodes of the cluster share [env: SLOTH_CLUSTER_SECRET=]
    #[arg(long, value_name = "FILE")]
    cluster_secret_file: Option<PathBuf>,
}

/// How long a command may hold the data directory before it is said to be in use.
const HELD_MAX: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);

/// Of the token in the line for the next machine: it may stand on a command line.
const JOIN_TTL: &str = "1h";

impl Start {
    pub fn run(&self, globals: &Globals) -> Result<Exit, Error> {
        if !globals.node.is_empty() {
            return Err(Error::usage("--node names a node that runs, this starts one"));
        }
        let variable = std::env::var("SLOTH_JOIN").ok().filter(|text| !text.is_empty());
        let token = join::token(self.join.as_deref(), variable, time::now())?;
        let resolved = life::resolve(globals, self.overrides())?;
        resolved.paths().prepare()?;
        let node =
            |side| life::end(serve(&resolved, globals, token.clone(), side), &globals.output());
        let started = Instant::now();
        loop {
            match life::guarded(&resolved, node) {
                // A command that is about to end may hold the directory.
                Err(node::exec::Error::Held { .. }) if started.elapsed() < HELD_MAX => sleep(LOOK),
                code => return Ok(Exit::Other(code?)),
            }
        }
    }

    fn overrides(&self) -> Overrides {
        let mut overrides = Overrides::default();
        overrides
            .set("node.name", self.name.as_ref())
            .set_all("node.labels", &self.labels)
            .set_all("node.tags", &self.tags)
            .set("node.max_tasks", self.max_tasks)
            .set_all("mesh.listen", &self.listen)
            .set_all("mesh.advertise", &self.advertise)
            .set_all("mesh.seeds", &self.seeds)
            .set("mesh.mdns", self.no_mdns.then_some(false))
            .set(
                "cluster.secret_file",
                self.cluster_secret_file.as_ref().map(|path| path.display()),
            );
        overrides
    }
}

/// The node's whole life, in its own process.
fn serve(
    resolved: &Resolved,
    globals: &Globals,
    join: Option<Token>,
    guard: NodeSide,
) -> Result<Exit, Error> {
    let out = globals.output();
    life::log(&out);
    let runtime = life::runtime(&mut Builder::new_multi_thread())?;
    let exit = runtime.block_on(live(resolved, join, Arc::new(guard), &out));
    runtime.shutdown_background();
    exit
}

/// One cluster after the other: one that dissolves sends its nodes into another.
async fn live(
    resolved: &Resolved,
    join: Option<Token>,
    guard: Arc<NodeSide>,
    out: &Output,
) -> Result<Exit, Error> {
    let mut signals = Signals::new()?;
    loop {
        let mode = Mode::Node { join: join.clone() };
        let starting = node::start(life::options(resolved, mode, guard.clone()));
        let running = tokio::select! {
            started = starting => started?,
            () = signals.next() => return Ok(Exit::Done),
        };
        match stay(running, resolved, &mut signals, out).await? {
            Some(exit) => return Ok(exit),
            None => out.note("this cluster has dissolved into another one; joining that"),
        }
    }
}

/// A node at work, to its end. None when it is to start again.
async fn stay(
    mut running: Running,
    resolved: &Resolved,
    signals: &mut Signals,
    out: &Output,
) -> Result<Option<Exit>, Error> {
    let server = web::serve(running.handle(), resolved.socket()?).await?;
    let client = Client::in_process(running.handle());
    if let Some(notice) = running.notice() {
        out.note(notice);
    }
    let addresses = running.addresses();
    let has_secret = resolved.config.cluster.read_secret()?.is_some();
    if let Err(error) = present(&client, &addresses, out, has_secret).await {
        out.warn(&error.message);
    }
    let finish = tokio::select! {
        finish = running.finished() => finish,
        () = signals.next() => return drain(running, server, signals, out).await.map(Some),
    };
    server.stop().await;
    running.halt().await?;
    match finish {
        Finish::Dissolved => Ok(None),
        Finish::Removed => {
            out.note("this node does not belong to its cluster any more");
            Ok(Some(Exit::Done))
        }
        Finish::Failed(why) => Err(Error::new(Exit::Broken, why)),
    }
}

/// Ends in order; a second signal ends at once.
async fn drain(
    running: Running,
    server: Server,
    signals: &mut Signals,
    out: &Output,
) -> Result<Exit, Error> {
    out.note("stopping: waiting for what runs; once more quits at once");
    let stop = async {
        running.stop().await?;
        server.stop().await;
        Ok(Exit::Done)
    };
    tokio::select! {
        stopped = stop => stopped,
        () = signals.next() => Ok(Exit::Interrupted),
    }
}

/// Says who the node is.
async fn present(
    client: &Client,
    addresses: &[Address],
    out: &Output,
    has_secret: bool,
) -> Result<(), Error> {
    let identity = client.identity().await?;
    let nodes = client.nodes().await?.items;
    let role = nodes.iter().find(|node| node.is_self).map(|node| node.role.as_str());
    let addresses: Vec<String> = addresses.iter().map(Address::to_string).collect();
    for (key, value) in [
        ("node", identity.name.as_str()),
        ("id", &identity.id),
        ("role", role.unwrap_or("worker")),
        ("addresses", &addresses.join(", ")),
        ("cluster", &identity.cluster),
    ] {
        out.note(&format!("{key:<11}{value}"));
    }
    if nodes.len() == 1 && std::io::stderr().is_terminal() {
        invite(client, out, has_secret).await?;
    }
    Ok(())
}

/// The line for the next machine. A token is printed to a terminal only.
async fn invite(client: &Client, out: &Output, has_secret: bool) -> Result<(), Error> {
    if has_secret {
        out.advise("next: sloth node, on every machine with the same secret");
        return Ok(());
    }
    let mint = Mint { ttl: JOIN_TTL.into(), uses: 1, labels: Vec::new() };
    let token = client.mint(&mint).await?.token;
    out.note("");
    out.note("on the next machine, within an hour:");
    out.note(&format!("  sloth node --join {token}"));
    Ok(())
}
