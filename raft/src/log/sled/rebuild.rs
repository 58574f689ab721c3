//! Sled's file never shrinks, and what is free in it is written over at every open: a log that was long once
//! would start slowly for good.

use std::fs;
use std::io;
use std::path::Path;

use super::Sled;
use super::folder::{FOUND, SCRATCH, discard, scratch};
use crate::log::folder::{LOG, sync_folder};
use crate::log::{LogEngine, Setting, Write};

/// Smaller files are not worth a look: they open in some ten milliseconds.
pub const WORTH_BYTES: u64 = 64 << 20;
/// A file this many times what is in it is written anew.
const AIR: u64 = 4;
/// Entries copied at once; the largest are a quarter of a megabyte.
const COPIED: u64 = 64;

/// Writes the log in a replica's folder anew if its file has at least `worth` bytes, most of them free.
pub fn rebuild(engine: Sled, replica: &Path, worth: u64) -> io::Result<Sled> {
    let file = fs::metadata(replica.join(LOG).join("db"))?.len();
    if file < worth || file < AIR * engine.live_bytes()? {
        return Ok(engine);
    }
    let scratch = scratch(replica)?;
    let copy = Sled::open(&scratch)?;
    copy_all(&engine, &copy)?;
    copy.sync()?;
    drop((engine, copy));
    sync_folder(&scratch)?;
    // Until the old log is discarded it is the true one; see `put_back`.
    fs::rename(replica.join(LOG), replica.join(FOUND))?;
    fs::rename(replica.join(SCRATCH), replica.join(LOG))?;
    sync_folder(replica)?;
    discard(replica)?;
    tracing::info!(log = %replica.display(), bytes = file, "a log of mostly free space was written anew");
    Sled::open(&replica.join(LOG))
}

fn copy_all(from: &Sled, to: &Sled) -> io::Result<()> {
    for setting in Setting::ALL {
        if let Some(value) = from.setting(setting)? {
            to.write(&Write::set(setting, value))?;
        }
    }
    let Some((first, last)) = from.bounds()? else { return Ok(()) };
    let mut next = first;
    while next <= last {
        let entries = from.read(next..next.saturating_add(COPIED))?;
        to.write(&Write { entries, settings: Vec::new() })?;
        next = next.saturating_add(COPIED);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_long_once_becomes_small_and_keeps_its_content() {
        let replica = tempfile::tempdir().unwrap();
        let log = replica.path().join(LOG);
        let size = || fs::metadata(log.join("db")).unwrap().len();
        let sled = Sled::open(&log).unwrap();
        for index in 0..3_000 {
            let entries = vec![(index, vec![index as u8; 3_000])];
            sled.write(&Write { entries, settings: Vec::new() }).unwrap();
        }
        sled.write(&Write::set(Setting::Vote, b"vote".to_vec())).unwrap();
        while sled.purge(2_950, 500).unwrap() {}
        sled.sync().unwrap();
        let (entries, before) = (sled.read(0..u64::MAX).unwrap(), size());
        let sled = rebuild(sled, replica.path(), u64::MAX).unwrap();
        assert_eq!(size(), before);
        let sled = rebuild(sled, replica.path(), 1 << 20).unwrap();
        assert!(size() * AIR < before, "{} of {before}", size());
        assert!(sled.read(0..u64::MAX).unwrap() == entries && entries.len() == 49);
        assert_eq!(sled.setting(Setting::Vote).unwrap().as_deref(), Some(b"vote".as_slice()));
        assert_eq!(fs::read_dir(replica.path()).unwrap().count(), 1);
    }
}
