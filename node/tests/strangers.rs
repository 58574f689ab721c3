//! What somebody gets of a real node who is no member: nothing, on every protocol that the node has registered.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use config::{Address, Config, Labels, Name, NodeId, Paths, Secret};
use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Trial};
use mesh::proto::handshake::Agreed;
use mesh::proto::{ClusterSecret, Key, Load, Status, TokenId};
use mesh::{Error, Gate, Identity, Mesh, Peer, Presence, Protocol};
use node::exec::guard::{self, NodeSide};
use node::{Mode, Options, Running};
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::timeout;

const SECRET: &str = "5d0f3c7e91b24a68c7d2e8f10a3b5c69";
const OTHER: &str = "a1c9e07b34d852f6e0b7c4d19f8a2356";
/// What is open to somebody who has proved the secret and is not admitted yet.
const OPEN: [&str; 2] = ["cluster.join", "mesh.sight"];
/// Far beyond what a busy machine needs.
const LIMIT: Duration = Duration::from_secs(60);
const CALL: Duration = Duration::from_secs(10);

static GUARD: OnceLock<Arc<NodeSide>> = OnceLock::new();

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let code = guard::start(&guard::Options::new(folder.path().join("lock")), |side| {
        GUARD.get_or_init(|| Arc::new(side));
        let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
        let trials = vec![
            trial("who_proves_the_secret_reaches_admission_alone", || Box::pin(proven())),
            trial("who_knows_another_secret_is_not_even_connected", || Box::pin(unproven())),
            trial("who_was_removed_gets_nothing", || Box::pin(removed())),
        ];
        i32::from(libtest_mimic::run(&arguments, trials).has_failed())
    });
    code.unwrap().try_into().map_or(ExitCode::FAILURE, |code: u8| ExitCode::from(code))
}

fn trial(name: &str, test: fn() -> std::pin::Pin<Box<dyn Future<Output = ()>>>) -> Trial {
    Trial::test(name, move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { timeout(LIMIT, test()).await.expect("too slow") });
        Ok(())
    })
}

async fn proven() {
    let (node, _folder) = founder().await;
    let stranger = stranger(SECRET, &node).await;
    let target = node.handle().identity().id;
    let protocols = node.protocols();
    assert!(protocols.len() > 8, "{protocols:?}");
    for protocol in protocols {
        let answer = call(&stranger, target, protocol).await;
        let reached = !matches!(answer, Err(Error::Refused { .. }));
        assert_eq!(reached, OPEN.contains(&protocol.name()), "{}: {answer:?}", protocol.name());
    }
    stranger.stop().await;
    node.halt().await.unwrap();
}

async fn unproven() {
    let (node, _folder) = founder().await;
    let stranger = stranger(OTHER, &node).await;
    let target = node.handle().identity().id;
    for protocol in node.protocols() {
        let answer = stranger.call(target, protocol, Vec::new(), Duration::from_secs(1)).await;
        assert!(answer.is_err(), "{}: {answer:?}", protocol.name());
    }
    stranger.stop().await;
    node.halt().await.unwrap();
}

async fn removed() {
    let (node, _folder) = founder().await;
    let stranger = stranger(SECRET, &node).await;
    let target = node.handle().identity().id;
    let join = *node.protocols().iter().find(|it| it.name() == OPEN[0]).unwrap();
    // As the admission protocol has it: name, whether it is fixed, labels.
    let request = (Name::new("evil").unwrap(), true, Labels::default());
    let request = state::codec::encode(1, &request);
    let admitted = stranger.call(target, join, request.clone(), CALL).await.unwrap();
    assert!(!admitted.is_empty());
    let by = node::Caller::User { uid: 0 };
    while node.handle().nodes(node::Consistency::Linearizable).await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }
    node.handle().remove(by, "evil", "test".into(), true).await.unwrap();
    for protocol in node.protocols() {
        // A removal works on connections that are open: wait until it has arrived.
        loop {
            let answer = call(&stranger, target, protocol).await;
            if answer.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let again = stranger.call(target, join, request, Duration::from_secs(1)).await;
    assert!(again.is_err(), "{again:?}");
    stranger.stop().await;
    node.halt().await.unwrap();
}

async fn call(stranger: &Mesh, target: NodeId, protocol: Protocol) -> Result<Vec<u8>, Error> {
    stranger.call(target, protocol, vec![1], CALL).await
}

/// A node on loopback that has founded a cluster with the secret.
async fn founder() -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.mesh.listen = vec!["127.0.0.1:0".parse().unwrap()];
    config.mesh.mdns = false;
    config.cluster.secret = Some(Secret::new(SECRET));
    let node = node::start(options(config, folder.path())).await.unwrap();
    (node, folder)
}

fn options(config: Config, folder: &Path) -> Options {
    Options {
        config,
        paths: Paths::new(folder),
        mode: Mode::Node { join: None },
        host: Name::new("founder").unwrap(),
        processors: 2,
        environment: Vec::new(),
        guard: GUARD.get().unwrap().clone(),
    }
}

/// Somebody with a key of its own and a secret, who takes the node for a member.
async fn stranger(secret: &str, node: &Running) -> Mesh {
    let gate = Claims {
        secret: ClusterSecret::new(secret).unwrap().key(),
        target: node.handle().identity().id,
    };
    let options = mesh::Options {
        identity: Identity::from_seed([7; 32]).unwrap(),
        listen: vec!["127.0.0.1:0".parse::<Address>().unwrap()],
        advertise: Vec::new(),
        seeds: node.addresses(),
        mdns: false,
        status: Status {
            name: Name::new("stranger").unwrap(),
            version: "0".into(),
            labels: Labels::default(),
            load: Load::default(),
        },
        gate: Arc::new(gate),
    };
    let mesh = Mesh::start(options).await.unwrap().0;
    // Another secret is refused, and then nothing is to be waited for.
    let mut left = 200;
    while !mesh.peers().contains(&node.handle().identity().id) && left > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        left -= 1;
    }
    mesh
}

struct Claims {
    secret: Key,
    target: NodeId,
}

impl Gate for Claims {
    fn agreed(&self, _: &NodeId) -> Agreed {
        Agreed::Unknown
    }

    fn members(&self) -> BTreeSet<NodeId> {
        [self.target].into()
    }

    fn presence(&self) -> Presence {
        Presence::default()
    }

    fn secret(&self) -> Option<Key> {
        Some(self.secret.clone())
    }

    fn token(&self) -> Option<(TokenId, Key)> {
        None
    }

    fn token_key(&self, _: TokenId) -> BoxFuture<'_, Option<Key>> {
        Box::pin(async { None })
    }

    fn allows(&self, _: &Peer, _: &str, _: &str) -> bool {
        true
    }
}
