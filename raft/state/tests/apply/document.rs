use config::limits::PART_BYTES;
use state::document::{PARTS_MAX, Part};
use state::workflow::{Save, Unsave};
use state::{Answer, Command, Hash, Kind};

use crate::world::World;

fn part(document: Hash, count: u32, number: u32, bytes: &[u8]) -> Command {
    Command::Part(Part { document, count, number, bytes: bytes.into() })
}

fn save(bundle: Hash) -> Command {
    Command::Save(Save { name: "w".into(), bundle, description: "says what".into() })
}

#[test]
fn parts_arrive_in_any_order_and_repeatedly() {
    let mut world = World::founded();
    let whole = Hash::of(b"abc");
    for (number, bytes) in [(2, b"c"), (0, b"a"), (2, b"c"), (0, b"a")] {
        world.ok(part(whole, 3, number, bytes));
        assert_eq!(world.state.documents.read(whole), None);
    }
    world.ok(part(whole, 3, 1, b"b"));
    assert_eq!(world.state.documents.read(whole).as_deref(), Some(&b"abc"[..]));
    world.ok(part(whole, 3, 1, b"x"));
    assert_eq!(world.state.documents.read(whole).as_deref(), Some(&b"abc"[..]));
}

#[test]
fn other_bytes_than_the_name_says_are_refused_and_can_be_corrected() {
    let mut world = World::founded();
    let whole = Hash::of(b"ab");
    world.ok(part(whole, 2, 0, b"x"));
    assert_eq!(world.refused(part(whole, 2, 1, b"b")), Kind::Invalid);
    world.ok(part(whole, 2, 0, b"a"));
    world.ok(part(whole, 2, 1, b"b"));
    assert!(world.state.documents.has(whole));
}

#[test]
fn another_count_of_parts_starts_anew() {
    let mut world = World::founded();
    let whole = Hash::of(b"ab");
    world.ok(part(whole, 3, 0, b"a"));
    world.ok(part(whole, 1, 0, b"ab"));
    assert!(world.state.documents.has(whole));
}

#[test]
fn an_empty_document_is_one() {
    let mut world = World::founded();
    let empty = world.upload(b"");
    assert_eq!(world.state.documents.read(empty), Some(Vec::new()));
}

#[test]
fn parts_have_bounds() {
    let mut world = World::founded();
    let hash = Hash::of(b"");
    assert_eq!(world.refused(part(hash, 0, 0, b"")), Kind::Limit);
    assert_eq!(world.refused(part(hash, PARTS_MAX + 1, 0, b"")), Kind::Limit);
    assert_eq!(world.refused(part(hash, 2, 2, b"")), Kind::Invalid);
    assert_eq!(world.refused(part(hash, 1, 0, &vec![0; PART_BYTES + 1])), Kind::Limit);
    world.upload(&vec![0; PART_BYTES]);
}

#[test]
fn what_nothing_refers_to_goes_after_a_minute() {
    let mut world = World::founded();
    let (arriving, whole) = (Hash::of(b"ab"), world.upload(b"whole"));
    world.ok(part(arriving, 2, 0, b"a"));
    world.wait(59_999);
    assert!(world.state.documents.has(whole));
    world.ok(part(arriving, 2, 1, b"b"));
    world.wait(1);
    assert!(!world.state.documents.has(whole) && world.state.documents.has(arriving));
    world.wait(60_000);
    assert_eq!(world.state.next_deadline(), None);
}

#[test]
fn what_something_refers_to_stays_until_nothing_does() {
    let mut world = World::founded();
    let bundle = world.upload(b"bundle");
    world.ok(save(bundle));
    assert_eq!(world.state.next_deadline(), None);
    world.wait(120_000);
    assert!(world.state.documents.has(bundle));
    assert_eq!(world.ok(Command::Unsave(Unsave { name: "w".into() })), Answer::Removed(true));
    world.wait(0);
    assert!(!world.state.documents.has(bundle));
}

#[test]
fn a_fresh_upload_of_a_held_document_outlives_its_release() {
    let mut world = World::founded();
    let bundle = world.upload(b"bundle");
    world.ok(save(bundle));
    world.wait(120_000);
    world.upload(b"bundle");
    world.ok(Command::Unsave(Unsave { name: "w".into() }));
    world.wait(59_999);
    world.ok(save(bundle));
}
