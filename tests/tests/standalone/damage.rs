use std::fs;
use std::path::PathBuf;

use tests::Home;

const WORKFLOW: &str = r#"task("a"):command("true"):build()"#;

/// A directory in which a run has ended, and the first file of its log.
fn used() -> (Home, PathBuf) {
    let home = Home::new();
    let path = home.write("w.sloth", WORKFLOW).display().to_string();
    home.sloth(["run", &path]).ok();
    let segment = home.data().join("raft/0/log/00000001.segment");
    (home, segment)
}

#[test]
fn a_log_that_is_whole_is_called_healthy() {
    let (home, _) = used();
    let checked = home.sloth(["db", "check"]).json();
    assert_eq!((&checked["healthy"], &checked["log"]), (&true.into(), &"file".into()), "{checked}");
    home.sloth(["db", "check"]).ok().prints("is healthy");
}

#[test]
fn a_damaged_log_serves_nothing_and_says_which_file_what_is_lost_and_what_to_do() {
    let (home, segment) = used();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[300] ^= 0x40;
    fs::write(&segment, &bytes).unwrap();
    let name = segment.display().to_string();
    let refused = home.sloth(["run", "list"]).exits(70).says(&name).says("sloth db check");
    assert!(refused.stdout.is_empty(), "{refused}");
    let checked = home.sloth(["db", "check"]).exits(70);
    let checked = checked.prints(&name).prints("lost: ").says("restore");
    assert!(checked.stderr.contains("mv "), "{checked}");
    assert!(fs::read(&segment).unwrap() == bytes, "it was touched");
}

#[test]
fn a_log_that_lost_its_end_is_refused() {
    let (home, segment) = used();
    let mut bytes = fs::read(&segment).unwrap();
    bytes[300..].fill(0);
    fs::write(&segment, &bytes).unwrap();
    home.sloth(["run", "list"]).exits(70).says("everything before group");
    home.sloth(["db", "check"]).exits(70);
}

#[test]
fn a_torn_end_is_cut_with_one_warning() {
    let (home, segment) = used();
    let mut bytes = fs::read(&segment).unwrap();
    let end = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let end = end.next_multiple_of(8);
    bytes[end..end + 5].fill(7);
    fs::write(&segment, &bytes).unwrap();
    let listed = home.sloth(["run", "list"]).env("SLOTH_LOG", "warn").ok();
    assert_eq!(listed.stderr.matches("nobody was promised").count(), 1, "{listed}");
    let again = home.sloth(["run", "list"]).env("SLOTH_LOG", "warn").ok();
    assert!(!again.stderr.contains("nobody was promised"), "{again}");
}
