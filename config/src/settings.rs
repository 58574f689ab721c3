use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::environment::optional_file;
use crate::{Address, Error, Labels, LogKind, Name, Secret, Timers, limits};

/// Everything that can be set, by section.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub node: Node,
    pub mesh: Mesh,
    pub cluster: Cluster,
    pub raft: Raft,
    pub run: Run,
}

#[derive(Clone, Debug)]
pub struct Node {
    /// Unique in the cluster; the host's name unless given.
    pub name: Option<Name>,
    pub labels: Labels,
    /// Labels without value.
    pub tags: Vec<Name>,
    pub data_dir: PathBuf,
    /// Instances at once; twice the processors unless given.
    pub max_tasks: u32,
}

#[derive(Clone, Debug)]
pub struct Mesh {
    pub listen: Vec<Address>,
    /// What to tell others instead of what is found out, behind NAT and in containers.
    pub advertise: Vec<Address>,
    pub seeds: Vec<Address>,
    pub mdns: bool,
}

/// At most one of the two is set.
#[derive(Clone, Debug, Default)]
pub struct Cluster {
    pub secret: Option<Secret>,
    pub secret_file: Option<PathBuf>,
}

#[derive(Clone, Debug)]
pub struct Raft {
    /// At most this many voters: 1, 3 or 5.
    pub voters: u32,
    pub replace_after: Duration,
    /// Log entries between snapshots.
    pub snapshot_every: u64,
    /// What a new replica keeps its log in.
    pub log: LogKind,
    pub heartbeat: Duration,
    pub election_min: Duration,
    pub election_max: Duration,
}

#[derive(Clone, Debug)]
pub struct Run {
    /// How long a node that stops waits for its attempts.
    pub grace: Duration,
    /// Finished runs kept.
    pub keep: u32,
    pub lease: Duration,
    pub kill_grace: Duration,
    pub lease_margin: Duration,
    pub rehome_after: Duration,
    pub named_wait: Duration,
}

impl Default for Node {
    fn default() -> Self {
        Self {
            name: None,
            labels: Labels::default(),
            tags: Vec::new(),
            data_dir: PathBuf::new(),
            max_tasks: 2,
        }
    }
}

impl Default for Mesh {
    fn default() -> Self {
        Self { listen: vec![Address::any()], advertise: Vec::new(), seeds: Vec::new(), mdns: true }
    }
}

impl Default for Raft {
    fn default() -> Self {
        // An unoptimized build on a busy machine misses deadlines an optimized one keeps.
        let [heartbeat, election_min, election_max] =
            if cfg!(debug_assertions) { [100, 400, 800] } else { [100, 250, 500] };
        Self {
            voters: 5,
            replace_after: Duration::from_secs(300),
            snapshot_every: 10_000,
            log: LogKind::File,
            heartbeat: Duration::from_millis(heartbeat),
            election_min: Duration::from_millis(election_min),
            election_max: Duration::from_millis(election_max),
        }
    }
}

impl Default for Run {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(30),
            keep: limits::RUNS_KEPT,
            lease: Duration::from_secs(10),
            kill_grace: Duration::from_secs(5),
            lease_margin: Duration::from_secs(1),
            rehome_after: Duration::from_secs(300),
            named_wait: Duration::from_secs(60),
        }
    }
}

impl Node {
    /// Labels and tags in one.
    pub fn all_labels(&self) -> Result<Labels, Error> {
        let mut labels = self.labels.clone();
        for tag in &self.tags {
            labels.insert(tag.clone(), None)?;
        }
        Ok(labels)
    }
}

impl Cluster {
    /// The shared secret, read from its file when it is in one.
    pub fn read_secret(&self) -> Result<Option<Secret>, Error> {
        match &self.secret_file {
            Some(path) => read_secret(path).map(Some),
            None => Ok(self.secret.clone()),
        }
    }
}

fn read_secret(path: &Path) -> Result<Secret, Error> {
    let text = optional_file(path)?.unwrap_or_default();
    match text.trim() {
        "" => Err(Error::NoSecret { path: path.into() }),
        secret => Ok(Secret::new(secret)),
    }
}

impl Config {
    pub fn timers(&self) -> Timers {
        let Raft { heartbeat, election_min, election_max, replace_after, .. } = self.raft;
        let Run { lease, kill_grace, lease_margin, rehome_after, named_wait, .. } = self.run;
        Timers {
            heartbeat,
            election_min,
            election_max,
            lease,
            kill_grace,
            lease_margin,
            rehome_after,
            named_wait,
            replace_after,
        }
    }

    /// The first key whose value cannot work, and why.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let (mesh, raft, run) = (&self.mesh, &self.raft, &self.run);
        let dialled = mesh.seeds.iter().all(|address| address.port() != 0);
        let told = mesh.advertise.iter().all(|address| address.port() != 0);
        let rules = [
            ("node.max_tasks", self.node.max_tasks > 0, "expected at least 1"),
            ("node.tags", self.node.all_labels().is_ok(), "not all of them can be labels"),
            ("mesh.listen", !mesh.listen.is_empty(), "expected at least one address"),
            ("mesh.listen", mesh.listen.iter().all(|a| a.ip().is_some()), "expected IP addresses"),
            ("mesh.seeds", dialled, "port 0 cannot be dialled"),
            ("mesh.advertise", told, "port 0 cannot be dialled"),
            ("raft.voters", matches!(raft.voters, 1 | 3 | 5), "expected 1, 3 or 5"),
            ("raft.snapshot_every", raft.snapshot_every > 0, "expected at least 1"),
            ("raft.heartbeat", !raft.heartbeat.is_zero(), "expected more than 0"),
            (
                "raft.election_min",
                raft.election_min >= raft.heartbeat * 2,
                "expected at least twice raft.heartbeat, or every delay is an election",
            ),
            (
                "raft.election_max",
                raft.election_max > raft.election_min,
                "expected more than raft.election_min, or voters keep standing at once",
            ),
            (
                "run.lease",
                run.lease >= raft.election_max * 2,
                "expected at least twice raft.election_max, or a leader's death stops attempts",
            ),
            ("run.lease_margin", !run.lease_margin.is_zero(), "expected more than 0"),
            ("run.keep", run.keep > 0, "expected at least 1"),
        ];
        rules.into_iter().find(|(_, holds, _)| !holds).map(|(key, _, reason)| (key, reason))
    }
}
