//! Looking at a replica that nobody uses: is everything there that was promised?

use std::io;
use std::path::{Path, PathBuf};

use config::LogKind;
use openraft::EntryPayload;
use state::Batch;

use crate::log::{Inspected, Setting, folder, record};
use crate::machine::{Record, SnapshotFile};
use crate::types::{LogId, Proposal};
use crate::{Error, codec};

/// What a look at a replica's folder has found.
#[derive(Debug)]
pub struct Health {
    pub log: LogKind,
    /// The entries that can be read.
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// Everything up to it is in the snapshot.
    pub snapshot: Option<u64>,
    pub faults: Vec<Fault>,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub path: PathBuf,
    pub what: String,
    /// What cannot be had any more.
    pub lost: String,
}

/// Verifies every record, the snapshot and the mark of a replica, and changes nothing. Nobody may use it meanwhile.
pub fn check(replica: &Path) -> Result<Health, Error> {
    let (log, inspected) = folder::inspect(replica)?;
    let whole = inspected.indexes.iter().take_while(|index| readable(&inspected, **index));
    let last = whole.last().copied();
    let mut health = Health {
        log,
        first: inspected.indexes.first().copied(),
        last,
        snapshot: None,
        faults: Vec::new(),
    };
    let behind = last.map_or("every entry of the log".into(), |last| {
        format!("what was written after entry {last}")
    });
    if last != inspected.indexes.last().copied() {
        let bad = inspected.indexes.iter().find(|index| Some(**index) > last);
        let what = format!("entry {} cannot be read", bad.copied().unwrap_or_default());
        health.faults.push(Fault { path: replica.join(folder::LOG), what, lost: behind.clone() });
    }
    if let Some(fault) = &inspected.fault {
        let (path, what) = match fault {
            Error::Damaged { path, what } => (path.clone(), what.clone()),
            other => (replica.join(folder::LOG), other.to_string()),
        };
        health.faults.push(Fault { path, what, lost: behind });
    }
    check_snapshot(replica, &inspected, &mut health);
    Ok(health)
}

/// Whether an entry and the commands in it decode.
fn readable(inspected: &Inspected, index: u64) -> bool {
    let decoded = || -> io::Result<()> {
        let bytes = (inspected.record)(index)?.ok_or(io::ErrorKind::NotFound)?;
        if let EntryPayload::Normal(Proposal(bytes)) = record::decode(index, &bytes)?.payload {
            codec::decode::<Batch>(codec::BATCH, &bytes)?;
        }
        Ok(())
    };
    decoded().is_ok()
}

fn check_snapshot(replica: &Path, inspected: &Inspected, health: &mut Health) {
    let folder = replica.join("snapshots");
    let purged = setting::<LogId>(inspected, Setting::Purged, codec::LOG_ID).map(|id| id.index());
    let record = setting::<Record>(inspected, Setting::Snapshot, codec::SNAPSHOT);
    let index = record.as_ref().and_then(|it| it.meta.last_log_id).map(|id| id.index());
    if purged > index {
        let lost = "all of the state before the log begins".into();
        let what = "no snapshot holds what is purged from the log".into();
        health.faults.push(Fault { path: folder.clone(), what, lost });
    }
    let Some(record) = record else { return };
    health.snapshot = index;
    let path = folder.join(&record.name);
    let read = SnapshotFile::open(&path, record.length, record.hash, false)
        .and_then(|file| file.read())
        .map_err(|error| error.to_string())
        .and_then(|bytes| state::snapshot::decode(&bytes).map_err(|error| error.to_string()));
    if let Err(what) = read {
        let index = index.unwrap_or_default();
        let lost = format!("all of the state up to entry {index}");
        health.faults.push(Fault { path, what, lost });
    }
}

fn setting<T: serde::de::DeserializeOwned>(
    inspected: &Inspected,
    setting: Setting,
    format: codec::Format,
) -> Option<T> {
    codec::decode(format, inspected.settings.get(&setting)?).ok()
}
