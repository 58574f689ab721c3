use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::history::{Life, Outcome};
use tests::{Cluster, Dice, Node};
use web::Client;
use web::client::Error;
use web::wire::{Consistency, Kind};

/// A request is answered within 10 s, if only by saying that there is no quorum.
const DEADLINE: Duration = Duration::from_secs(15);

/// The sockets of all nodes, whether anybody stands behind them or not, and what was heard through them.
pub struct Doors {
    doors: Vec<Door>,
    opened: Instant,
    over: AtomicBool,
    tally: Mutex<Tally>,
}

/// One of them.
pub struct Door {
    pub client: Client,
    /// The same for reads without agreement.
    pub stale: Client,
    place: usize,
    /// Counts the starts of the node behind it.
    life: AtomicU64,
    /// It votes from beginning to end, so what it answers alone comes from its own copy.
    votes: bool,
}

impl Door {
    fn new(place: usize, node: &Node, list: &[Value]) -> Self {
        let client = Client::unix(node.socket()).deadline(DEADLINE);
        let role = list.iter().find(|it| it["name"] == node.name()).map(|it| &it["role"]);
        Self {
            stale: client.clone().consistency(Consistency::Stale),
            client,
            place,
            life: AtomicU64::new(0),
            votes: role.is_some_and(|role| *role == "leader" || *role == "voter"),
        }
    }

    /// The copy behind it, as long as its node is not started again.
    pub fn life(&self) -> Option<Life> {
        let life = Life { replica: self.place, number: self.life.load(Ordering::SeqCst) };
        self.votes.then_some(life)
    }
}

/// How requests ended that a node received.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub answered: u64,
    /// By the stable kind of the error.
    pub unknown: BTreeMap<&'static str, u64>,
    /// Answers that nothing these clients ask should ever get.
    pub strange: Vec<String>,
}

/// What a client was told.
pub enum Told<T> {
    Done(T),
    /// It has not happened and will not.
    Refused(Kind),
    /// It may have happened or still happen.
    Unknown,
    /// There was nobody to ask.
    Nobody,
}

impl Doors {
    pub fn new(cluster: &Cluster) -> Self {
        let list = cluster.nodes[0].list().unwrap();
        let nodes = cluster.nodes.iter().enumerate();
        Self {
            doors: nodes.map(|(place, node)| Door::new(place, node, &list)).collect(),
            opened: Instant::now(),
            over: AtomicBool::new(false),
            tally: Mutex::default(),
        }
    }

    /// One of all, in the order of the nodes.
    pub fn all(&self) -> &[Door] {
        &self.doors
    }

    pub fn any(&self, dice: &mut Dice) -> &Client {
        &self.one(dice).client
    }

    pub fn one(&self, dice: &mut Dice) -> &Door {
        dice.pick(&self.doors)
    }

    /// The node at this place is about to start again.
    pub fn begins(&self, place: usize) {
        self.doors[place].life.fetch_add(1, Ordering::SeqCst);
    }

    pub fn now(&self) -> Duration {
        self.opened.elapsed()
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Clients ask nothing new.
    pub fn close(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub fn tally(&self) -> Tally {
        self.tally.lock().unwrap().clone()
    }

    pub fn judge<T>(&self, answer: Result<T, Error>) -> Told<T> {
        let mut tally = self.tally.lock().unwrap();
        match answer {
            Ok(value) => {
                tally.answered += 1;
                Told::Done(value)
            }
            Err(Error::NotServed { .. } | Error::Connect { .. }) => Told::Nobody,
            Err(Error::Problem(problem)) if is_final(problem.kind) => {
                tally.answered += 1;
                if matches!(problem.kind, Kind::Invalid | Kind::Denied | Kind::Limit) {
                    tally.strange.push(format!("{}: {}", problem.kind, problem.detail));
                }
                Told::Refused(problem.kind)
            }
            Err(error) => {
                *tally.unknown.entry(error.kind().word()).or_default() += 1;
                if matches!(error, Error::Unreadable { .. } | Error::Unsendable { .. }) {
                    tally.strange.push(error.to_string());
                }
                Told::Unknown
            }
        }
    }

    /// Something that must never be heard.
    pub fn complain(&self, what: String) {
        self.tally.lock().unwrap().strange.push(what);
    }
}

/// The node decided; other errors say that it does not know.
fn is_final(kind: Kind) -> bool {
    !matches!(kind, Kind::NoQuorum | Kind::Deadline | Kind::Unavailable | Kind::Corrupt)
}

impl Tally {
    pub fn failed(&self) -> u64 {
        self.unknown.values().sum()
    }
}

impl<T> Told<T> {
    /// Of a write; nothing if it was never sent.
    pub fn outcome(&self, version: impl FnOnce(&T) -> u64) -> Option<Outcome> {
        match self {
            Told::Done(value) => Some(Outcome::Version(version(value))),
            Told::Refused(_) => Some(Outcome::Refused),
            Told::Unknown => Some(Outcome::Unknown),
            Told::Nobody => None,
        }
    }
}
