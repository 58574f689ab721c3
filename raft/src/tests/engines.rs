use std::path::Path;
use std::sync::Arc;

use config::LogKind;
use openraft::StorageError;
use openraft::testing::log::{StoreBuilder, Suite};
use tempfile::TempDir;

use crate::log::{LogEngine, Opened, Sled, Store, folder};
use crate::machine::{Machine, Published, Vault};
use crate::testing::{Memory, Net, Pair, log_suite, transport_suite};
use crate::types::Types;

use super::support::node;

fn blobs(folder: &Path) -> usize {
    std::fs::read_dir(folder.join("blobs")).unwrap().count()
}

#[test]
fn the_memory_engine_keeps_its_promises() {
    log_suite(|| Box::new(Memory::default()));
}

#[test]
fn the_sled_engine_keeps_its_promises() {
    let folders = TempDir::new().unwrap();
    let count = std::cell::Cell::new(0);
    log_suite(|| {
        count.set(count.get() + 1);
        Box::new(Sled::open(&folders.path().join(count.get().to_string())).unwrap())
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

#[test]
fn the_file_engine_keeps_its_promises() {
    let folders = TempDir::new().unwrap();
    let count = std::cell::Cell::new(0);
    log_suite(|| {
        count.set(count.get() + 1);
        opened(&folders.path().join(count.get().to_string()), LogKind::File).engine
    });
}

fn opened(replica: &Path, kind: LogKind) -> Opened {
    folder::open(replica, kind).unwrap()
}

struct Engines(fn(&Path) -> Opened);

impl StoreBuilder<Types, Store, Machine, TempDir> for Engines {
    async fn build(&self) -> Result<(TempDir, Store, Machine), StorageError<Types>> {
        let folder = TempDir::new().unwrap();
        let (store, _) = Store::start((self.0)(folder.path())).unwrap();
        let vault = Vault::open(&folder.path().join("snapshots"), store.ledger()).unwrap();
        let machine = Machine::new(Published::new().0, vault, store.ledger());
        Ok((folder, store, machine))
    }
}

#[tokio::test]
async fn openraft_accepts_the_memory_engine() {
    let opened = |_: &Path| Opened { engine: Box::new(Memory::default()), tail: Vec::new() };
    Suite::test_all(Engines(opened)).await.unwrap();
}

#[tokio::test]
async fn openraft_accepts_the_sled_engine() {
    Suite::test_all(Engines(|folder| opened(folder, LogKind::Sled))).await.unwrap();
}

#[tokio::test]
async fn openraft_accepts_the_file_engine() {
    Suite::test_all(Engines(|folder| opened(folder, LogKind::File))).await.unwrap();
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
