//! The data directory: is it ours, can it be written, how fast is its disk?

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use config::{Paths, Resolved};

use super::{Finding, store};
use crate::output::time;

/// Writes that are timed.
const WRITES: usize = 9;
/// As much as a small commit.
const BYTES: [u8; 4_096] = [0; 4_096];

pub fn look(resolved: &Resolved) -> Vec<Finding> {
    let paths = resolved.paths();
    let mut findings = vec![directory(&paths)];
    if paths.root().is_dir() {
        findings.extend(key(&paths));
        findings.push(disk(paths.root(), resolved.config.raft.election_min / 2));
        findings.extend(store::look(&paths));
    }
    findings.extend(secret(resolved));
    findings
}

fn directory(paths: &Paths) -> Finding {
    let root = paths.root();
    let shown = root.display();
    let check = "data directory";
    match fs::metadata(root) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Finding::good(check, format!("{shown} is not there yet"))
        }
        Err(error) => {
            Finding::bad(check, format!("{shown}: {error}"), "choose one with --data-dir")
        }
        Ok(metadata) if !metadata.is_dir() => Finding::bad(
            check,
            format!("{shown} is no directory"),
            "choose another with --data-dir",
        ),
        Ok(_) => match format(paths) {
            Ok(()) => Finding::good(check, shown.to_string()),
            Err(finding) => finding,
        },
    }
}

/// Whether this program can use what is there.
fn format(paths: &Paths) -> Result<(), Finding> {
    let check = "data directory";
    let root = paths.root().display();
    if rustix::fs::access(paths.root(), rustix::fs::Access::WRITE_OK).is_err() {
        let owner = fs::metadata(paths.root()).map(|metadata| metadata.uid()).unwrap_or_default();
        let detail = format!("{root} belongs to user {owner} and cannot be written");
        return Err(Finding::bad(
            check,
            detail,
            "run as that user, or choose another with --data-dir",
        ));
    }
    paths.prepare().map_err(|error| {
        Finding::bad(check, crate::error::chain(&error), "choose another with --data-dir")
    })
}

/// The node's key must be its own.
fn key(paths: &Paths) -> Option<Finding> {
    let metadata = fs::metadata(paths.identity()).ok()?;
    Some(match metadata.mode() & 0o077 {
        0 => Finding::good("key", "only its owner can read it"),
        mode => Finding::bad(
            "key",
            format!(
                "others can read {} (mode {mode:03o} beyond the owner's)",
                paths.identity().display()
            ),
            format!("chmod 600 {}", paths.identity().display()),
        ),
    })
}

/// How long a commit waits for the disk.
fn disk(root: &Path, bearable: Duration) -> Finding {
    let times = match timed_writes(root) {
        Ok(times) => times,
        Err(error) => return Finding::unknown("disk", format!("cannot be timed: {error}")),
    };
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let detail = format!("a durable write takes {}, at worst {}", milli(median), milli(worst));
    match worst > bearable {
        false => Finding::good("disk", detail),
        true => Finding::odd(
            "disk",
            detail,
            "a voter this slow gives leadership away: use a faster disk, or label it voter=never",
        ),
    }
}

fn milli(duration: Duration) -> String {
    match duration < Duration::from_millis(100) {
        true => format!("{:.1} ms", duration.as_secs_f64() * 1_000.0),
        false => time::spoken(duration),
    }
}

/// Sorted.
fn timed_writes(root: &Path) -> io::Result<Vec<Duration>> {
    let path = root.join(format!("doctor.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let times = (0..WRITES).map(|_| timed(&mut file)).collect::<io::Result<Vec<_>>>();
    fs::remove_file(&path)?;
    let mut times = times?;
    times.sort();
    Ok(times)
}

fn timed(file: &mut File) -> io::Result<Duration> {
    let started = Instant::now();
    file.write_all(&BYTES)?;
    file.sync_data()?;
    Ok(started.elapsed())
}

/// A shared secret that can be guessed protects nothing.
fn secret(resolved: &Resolved) -> Option<Finding> {
    let check = "cluster secret";
    match resolved.config.cluster.read_secret() {
        Ok(None) => None,
        Ok(Some(secret)) => Some(match node::ClusterSecret::new(secret.reveal()) {
            Ok(_) => Finding::good(check, "cannot be guessed"),
            Err(error) => Finding::bad(check, crate::error::chain(&error), "openssl rand -hex 32"),
        }),
        Err(error) => {
            Some(Finding::bad(check, crate::error::chain(&error), "see cluster.secret_file"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_directory_that_is_absent_or_ours_is_good_and_another_format_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let absent = Paths::new(folder.path().join("none"));
        assert_eq!(directory(&absent).verdict, Verdict::Good);
        let paths = Paths::new(folder.path());
        assert_eq!(directory(&paths).verdict, Verdict::Good);
        fs::write(paths.version(), "99\n").unwrap();
        assert_eq!(directory(&paths).verdict, Verdict::Bad);
        let file = Paths::new(paths.version());
        assert_eq!(directory(&file).verdict, Verdict::Bad);
    }

    #[test]
    fn timing_the_disk_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(timed_writes(folder.path()).unwrap().len(), WRITES);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
