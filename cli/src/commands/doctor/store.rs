//! What the data directory holds: its log, the secrets, and the room that is left for more.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use config::Paths;
use node::db;

use super::Finding;

/// Below this the log cannot grow any more soon.
const ROOM_BAD: u64 = 64 << 20;
/// Below this an artifact or a flood of lines may fill the disk.
const ROOM_ODD: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

pub fn look(paths: &Paths) -> Vec<Finding> {
    let mut findings = vec![room(paths.root())];
    findings.extend(log(paths));
    findings.extend(secrets(&paths.secrets()));
    findings
}

fn room(root: &Path) -> Finding {
    match rustix::fs::statvfs(root) {
        Ok(disk) => verdict(disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => Finding::unknown("room", format!("cannot be told: {error}")),
    }
}

fn verdict(free: u64) -> Finding {
    let detail = format!("{} MiB are free for the data directory", free / MIB);
    let remedy = "free some of its disk, or forget old runs: sloth run prune --older-than 30d";
    match free {
        free if free < ROOM_BAD => Finding::bad("room", detail, remedy),
        free if free < ROOM_ODD => Finding::odd("room", detail, remedy),
        _ => Finding::good("room", detail),
    }
}

/// Every record of the log, the snapshot and the mark, unless somebody writes them now.
fn log(paths: &Paths) -> Option<Finding> {
    let check = "log";
    match db::check(paths) {
        Ok(checked) => {
            let health = &checked.health;
            let kind = health.log.word();
            Some(match health.faults.first() {
                None => Finding::good(check, format!("{kind}: every record is whole")),
                Some(fault) => {
                    let path = fault.path.display();
                    let detail = format!("{path} is damaged: {}; lost: {}", fault.what, fault.lost);
                    Finding::bad(check, detail, checked.remedy.unwrap_or("sloth db check".into()))
                }
            })
        }
        Err(node::Error::NotFound { .. }) => None,
        Err(node::Error::Conflict(_)) => {
            Some(Finding::unknown(check, "a node uses it; once that is stopped: sloth db check"))
        }
        Err(error) => Some(Finding::bad(check, crate::error::chain(&error), "sloth db check")),
    }
}

/// Sealed, but their key lies beside them.
fn secrets(folder: &Path) -> Option<Finding> {
    let check = "secrets";
    let files = fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let files: Vec<PathBuf> = files.collect();
    let all = std::iter::once(folder.to_owned()).chain(files.iter().cloned());
    let open = |path: &PathBuf| fs::metadata(path).is_ok_and(|metadata| others_may(&metadata));
    Some(match all.clone().find(open) {
        None => Finding::good(check, "only their owner can read them"),
        Some(path) => {
            let detail = format!("others can read {}", path.display());
            Finding::bad(check, detail, format!("chmod -R go= {}", folder.display()))
        }
    })
}

fn others_may(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn little_room_is_odd_and_none_is_bad() {
        let verdicts = [0, ROOM_BAD - 1, ROOM_BAD, ROOM_ODD - 1, ROOM_ODD].map(verdict);
        let words = verdicts.map(|finding| finding.verdict);
        use Verdict::{Bad, Good, Odd};
        assert_eq!(words, [Bad, Bad, Odd, Odd, Good]);
    }

    #[test]
    fn secrets_that_others_can_read_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join("secrets");
        assert_eq!(super::secrets(&secrets), None);
        fs::create_dir(&secrets).unwrap();
        let file = secrets.join("a");
        fs::write(&file, "x").unwrap();
        let mode =
            |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        mode(&secrets, 0o700);
        mode(&file, 0o600);
        assert_eq!(super::secrets(&secrets).unwrap().verdict, Verdict::Good);
        mode(&file, 0o640);
        let found = super::secrets(&secrets).unwrap();
        assert!(found.verdict == Verdict::Bad && found.detail.ends_with("/a"), "{found:?}");
    }

    #[test]
    fn a_directory_without_a_replica_has_no_log() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(log(&Paths::new(folder.path())), None);
    }
}
