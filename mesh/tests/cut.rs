//! A network that swallows everything, and heals.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

mod world;

use std::sync::Arc;
use std::time::Duration;

use config::Address;
use mesh::Event;
use proto::roster::Health;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use world::{ECHO, Node, id, members, start_behind, until};

/// Forwards connections to one address; while cut, it keeps them and passes nothing on.
struct Relay {
    address: Address,
    to: watch::Sender<Option<Address>>,
    cut: watch::Sender<bool>,
}

impl Relay {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string().parse().unwrap();
        let (to, target) = watch::channel(None);
        let (cut, state) = watch::channel(false);
        tokio::spawn(async move {
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let (state, target) = (state.clone(), target.borrow().clone());
                tokio::spawn(forward(near, target, state));
            }
        });
        Self { address, to, cut }
    }
}

async fn forward(near: TcpStream, target: Option<Address>, cut: watch::Receiver<bool>) {
    let Some(target) = target else { return };
    let far = TcpStream::connect(target.to_string()).await.unwrap();
    let ((mut a, mut b), (mut c, mut d)) = (near.into_split(), far.into_split());
    tokio::join!(pass(&mut a, &mut d, cut.clone()), pass(&mut c, &mut b, cut.clone()));
}

async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut cut: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if cut.wait_for(|cut| !cut).await.is_err() || to.write_all(&buffer[..count]).await.is_err()
        {
            return;
        }
    }
}

/// Two members that know each other only through relays.
async fn pair() -> (Node, Node, Arc<[Relay; 2]>) {
    let relays = Arc::new([Relay::start().await, Relay::start().await]);
    let a = start_behind(1, members(&[1, 2]), &relays[0].address, &[]).await;
    relays[0].to.send_replace(Some(a.address.clone()));
    let b = start_behind(2, members(&[1, 2]), &relays[1].address, &[&relays[0].address]).await;
    relays[1].to.send_replace(Some(b.address.clone()));
    until(|| async { a.mesh.peers().contains(&b.id) && b.mesh.peers().contains(&a.id) }).await;
    (a, b, relays)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_node_is_taken_for_dead_after_a_while_and_found_again_when_the_cut_heals() {
    let (mut a, b, relays) = pair().await;
    let health = |event| match event {
        Event::Health { node, health } if node == id(2) => Some(health),
        _ => None,
    };
    relays.iter().for_each(|relay| relay.cut.send(true).unwrap());
    let cut = a.mesh.now();
    let short = Duration::from_millis(300);
    assert!(a.mesh.call(b.id, ECHO, vec![], short).await.is_err());
    assert_eq!(a.event(health).await, Health::Suspect);
    assert_eq!(a.event(health).await, Health::Silent);
    assert!(a.mesh.now() - cut > Duration::from_secs(7));
    a.event(|event| matches!(event, Event::Disconnected { .. }).then_some(())).await;
    relays.iter().for_each(|relay| relay.cut.send(false).unwrap());
    assert_eq!(a.event(health).await, Health::Alive);
    assert_eq!(a.call(&b, ECHO, b"x").await.unwrap(), b"x");
}
