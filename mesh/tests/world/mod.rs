//! Nodes on loopback with a gate that a test sets.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::{Address, Labels, Name, NodeId};
use futures::future::BoxFuture;
use mesh::{
    Error, Event, Events, Gate, Identity, Mesh, Options, Peer, Permission, Presence, Protocol,
};
use proto::handshake::Agreed;
use proto::{Key, Load, Status, TokenId};
use tokio::time::timeout;

/// Far beyond what a busy machine needs.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const ECHO: Protocol = Protocol::new("test.echo", Permission::Members("echo"));
pub const ADMIT: Protocol = Protocol::new("test.admit", Permission::Strangers("admit"));

/// What a test says is agreed.
#[derive(Default)]
pub struct Agreement {
    pub members: BTreeSet<NodeId>,
    pub removed: BTreeSet<NodeId>,
    pub presence: Presence,
    pub secret: Option<Key>,
    pub token: Option<(TokenId, Key)>,
    pub tokens: BTreeMap<TokenId, Key>,
    pub forbidden: BTreeSet<&'static str>,
}

#[derive(Clone, Default)]
pub struct TestGate(pub Arc<Mutex<Agreement>>);

impl TestGate {
    pub fn set(&self, change: impl FnOnce(&mut Agreement)) {
        change(&mut self.0.lock().unwrap());
    }

    fn get<T>(&self, read: impl FnOnce(&Agreement) -> T) -> T {
        read(&self.0.lock().unwrap())
    }
}

impl Gate for TestGate {
    fn agreed(&self, node: &NodeId) -> Agreed {
        self.get(|it| match (it.removed.contains(node), it.members.contains(node)) {
            (true, _) => Agreed::Removed,
            (_, true) => Agreed::Member,
            _ => Agreed::Unknown,
        })
    }

    fn members(&self) -> BTreeSet<NodeId> {
        self.get(|it| it.members.clone())
    }

    fn presence(&self) -> Presence {
        self.get(|it| it.presence)
    }

    fn secret(&self) -> Option<Key> {
        self.get(|it| it.secret.clone())
    }

    fn token(&self) -> Option<(TokenId, Key)> {
        self.get(|it| it.token.clone())
    }

    fn token_key(&self, token: TokenId) -> BoxFuture<'_, Option<Key>> {
        Box::pin(async move { self.get(|it| it.tokens.get(&token).cloned()) })
    }

    fn allows(&self, _: &Peer, action: &str, _: &str) -> bool {
        self.get(|it| !it.forbidden.contains(action))
    }
}

pub struct Node {
    pub mesh: Mesh,
    pub events: Events,
    pub gate: TestGate,
    pub id: NodeId,
    pub address: Address,
}

pub fn identity(seed: u8) -> Identity {
    Identity::from_seed([seed; 32]).unwrap()
}

pub fn id(seed: u8) -> NodeId {
    identity(seed).node()
}

pub fn key(byte: u8) -> Key {
    Key::new([byte; 32])
}

pub fn status(seed: u8) -> Status {
    let name = Name::new(&format!("node-{seed}")).unwrap();
    let load = Load { running: 1, slots: 4, cpu_permille: 10 };
    Status { name, version: "0.1.0".into(), labels: "gpu".parse::<Labels>().unwrap(), load }
}

/// Starts a node that knows these seeds.
pub async fn start(seed: u8, gate: TestGate, listen: &str, seeds: &[&Address]) -> Node {
    let options = options(seed, &gate, listen, seeds);
    let node = launch(options, gate).await;
    let address = node.mesh.addresses().borrow()[0].clone();
    Node { address, ..node }
}

/// Starts a node that others reach at another address than it listens on, which it returns.
pub async fn start_behind(seed: u8, gate: TestGate, front: &Address, seeds: &[&Address]) -> Node {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut options = options(seed, &gate, &port.to_string(), seeds);
    options.advertise = vec![front.clone()];
    Node { address: port.to_string().parse().unwrap(), ..launch(options, gate).await }
}

pub fn options(seed: u8, gate: &TestGate, listen: &str, seeds: &[&Address]) -> Options {
    Options {
        identity: identity(seed),
        listen: vec![listen.parse().unwrap()],
        advertise: vec![],
        seeds: seeds.iter().map(|seed| (*seed).clone()).collect(),
        mdns: false,
        status: status(seed),
        gate: Arc::new(gate.clone()),
    }
}

/// Starts a node; its address is still to be filled in.
pub async fn launch(options: Options, gate: TestGate) -> Node {
    let (mesh, events) = Mesh::start(options).await.unwrap();
    mesh.serve(ECHO, |_, body| async { body }).unwrap();
    mesh.serve(ADMIT, |peer, _| async move { format!("{:?}", peer.trust).into_bytes() }).unwrap();
    Node { id: mesh.me(), mesh, events, gate, address: Address::any() }
}

/// A gate of a cluster with these members.
pub fn members(seeds: &[u8]) -> TestGate {
    let gate = TestGate::default();
    gate.set(|it| it.members = seeds.iter().map(|seed| id(*seed)).collect());
    gate
}

/// A gate with this secret and no members.
pub fn secret(byte: u8) -> TestGate {
    let gate = TestGate::default();
    gate.set(|it| it.secret = Some(key(byte)));
    gate
}

pub async fn member(seed: u8, all: &[u8], seeds: &[&Address]) -> Node {
    start(seed, members(all), "127.0.0.1:0", seeds).await
}

/// Two connected members.
pub async fn pair() -> (Node, Node) {
    let a = member(1, &[1, 2], &[]).await;
    let b = member(2, &[1, 2], &[&a.address]).await;
    until(|| async { a.mesh.peers().contains(&b.id) && b.mesh.peers().contains(&a.id) }).await;
    (a, b)
}

impl Node {
    pub async fn call(&self, to: &Node, protocol: Protocol, body: &[u8]) -> Result<Vec<u8>, Error> {
        self.mesh.call(to.id, protocol, body.to_vec(), PATIENCE).await
    }

    /// The first event that fits.
    pub async fn event<T>(&mut self, mut fits: impl FnMut(Event) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = fits(self.events.next().await.unwrap()) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap()
    }
}

/// Waits for a condition.
pub async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap();
}
