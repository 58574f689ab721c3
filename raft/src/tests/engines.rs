use std::path::Path;
use std::sync::Arc;

use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use tempfile::TempDir;

use crate::log::mark::Mark;
use crate::log::{LogEngine, Sled, Store};
use crate::machine::{Machine, Published, Vault};
use crate::testing::{Memory, Net, Pair, log_suite, transport_suite};
use crate::types::Types;

use super::support::node;

fn blobs(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("blobs")).unwrap().count()
}

#[test]
fn the_memory_engine_keeps_its_promises() {
    log_suite(Memory::default);
}

#[test]
fn the_sled_engine_keeps_its_promises() {
    let folders = TempDir::new().unwrap();
    let count = std::cell::Cell::new(0);
    log_suite(|| {
        count.set(count.get() + 1);
        Sled::open(&folders.path().join(count.get().to_string())).unwrap()
    });
    for number in 1..=count.get() {
        assert_eq!(blobs(&folders.path().join(number.to_string())), 0, "log {number}");
    }
}

#[test]
fn no_page_of_the_log_is_too_large_for_its_file() {
    let folder = TempDir::new().unwrap();
    let sled = Sled::open(folder.path()).unwrap();
    for index in 0..60u64 {
        let size = if index % 3 == 0 { 256 << 10 } else { 10 + 90 * index as usize };
        let entries = vec![(index, vec![index as u8; size])];
        sled.write(&crate::log::Write { entries, settings: Vec::new() }).unwrap();
        if index % 7 == 0 {
            sled.sync().unwrap();
        }
    }
    sled.truncate(45).unwrap();
    while sled.purge(30, 50).unwrap() {}
    sled.sync().unwrap();
    assert_eq!(blobs(folder.path()), 0);
}

struct Engines(fn(&Path) -> Box<dyn LogEngine>);

impl StoreBuilder<Types, Store, Machine, TempDir> for Engines {
    async fn build(&self) -> Result<(TempDir, Store, Machine), StorageError<Types>> {
        let folder = TempDir::new().unwrap();
        let (mark, _) = Mark::open(&folder.path().join("mark")).unwrap();
        let (store, _) = Store::start((self.0)(folder.path()), mark, 0).unwrap();
        let vault = Vault::open(&folder.path().join("snapshots"), store.ledger()).unwrap();
        let machine = Machine::new(Published::new().0, vault, store.ledger());
        Ok((folder, store, machine))
    }
}

#[tokio::test]
async fn openraft_accepts_the_memory_engine() {
    Suite::test_all(Engines(|_| Box::new(Memory::default()))).await.unwrap();
}

#[tokio::test]
async fn openraft_accepts_the_sled_engine() {
    Suite::test_all(Engines(|folder| Box::new(Sled::open(&folder.join("log")).unwrap())))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_network_in_memory_keeps_its_promises() {
    transport_suite(async |handler| {
        let net = Net::default();
        net.listen(node(2), handler);
        net.listen(node(1), Arc::new(|_, _, body| Box::pin(async move { body })));
        let transport = net.transport(node(1));
        Pair { from: node(1), to: node(2), transport, alive: Box::new(()) }
    })
    .await;
}
