use state::kv::{Condition, Set};
use state::lease::Acquire;
use state::query::{PAGE_BYTES, PAGE_MAX};
use state::{Command, Elapsed, Query, View};

use crate::world::{World, found};

fn set(world: &mut World, key: &str, json: &str) {
    world.ok(Command::Set(Set {
        namespace: "n".into(),
        key: key.into(),
        json: json.into(),
        ttl: None,
        only_if: Condition::Always,
        fence: None,
    }));
}

fn keys(world: &World, prefix: &str, after: Option<&str>, limit: u32) -> Vec<String> {
    let (namespace, prefix, after) = ("n".into(), prefix.into(), after.map(Into::into));
    match world.state.answer(&Query::Entries { namespace, prefix, after, limit }) {
        View::Entries(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn entries_come_in_byte_order_page_by_page() {
    let mut world = World::founded();
    for key in ["b", "a/2", "a/1", "a", "é", "a0"] {
        set(&mut world, key, "1");
    }
    assert_eq!(keys(&world, "", None, 10), ["a", "a/1", "a/2", "a0", "b", "é"]);
    assert_eq!(keys(&world, "a/", None, 10), ["a/1", "a/2"]);
    assert_eq!(keys(&world, "a/", Some("a/1"), 10), ["a/2"]);
    assert_eq!(keys(&world, "a/", Some("a"), 10), ["a/1", "a/2"]);
    assert_eq!(keys(&world, "a/", Some("z"), 10), [""; 0]);
    assert_eq!(keys(&world, "", Some("a/2"), 2), ["a0", "b"]);
    assert_eq!(keys(&world, "", None, 0), [""; 0]);
}

#[test]
fn a_page_is_bounded_in_rows_and_bytes() {
    let mut world = World::founded();
    for number in 0..PAGE_MAX + 5 {
        set(&mut world, &format!("k{number:04}"), "1");
    }
    assert_eq!(keys(&world, "", None, u32::MAX).len(), PAGE_MAX as usize);
    let value = format!("\"{}\"", "x".repeat(50_000));
    for number in 0..20 {
        set(&mut world, &format!("big{number:02}"), &value);
    }
    assert_eq!(keys(&world, "big", None, 20).len(), PAGE_BYTES / 50_007);
}

#[test]
fn leases_are_listed_by_prefix() {
    let mut world = World::founded();
    for name in ["a1", "a2", "b"] {
        let ttl = Some(Elapsed(1_000));
        world.ok(Command::Acquire(Acquire { name: name.into(), label: "".into(), run: None, ttl }));
    }
    let query = Query::Leases { prefix: "a".into(), after: Some("a1".into()), limit: 5 };
    let View::Leases(leases) = world.state.answer(&query) else { panic!("no leases") };
    assert_eq!(leases.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["a2"]);
}

#[test]
fn the_cluster_says_whether_it_holds_data() {
    let mut world = World::default();
    assert_eq!(world.state.answer(&Query::Cluster), View::Cluster(None));
    world.ok(found(true));
    let about = |world: &World| match world.state.answer(&Query::Cluster) {
        View::Cluster(Some(cluster)) => (cluster.standalone, cluster.has_data),
        other => panic!("{other:?}"),
    };
    assert_eq!(about(&world), (true, false));
    set(&mut world, "k", "1");
    assert_eq!(about(&world), (true, true));
}

#[test]
fn absent_things_are_absent() {
    let world = World::founded();
    let hash = state::Hash::of(b"");
    let entry = Query::Entry { namespace: "n".into(), key: "k".into() };
    assert_eq!(world.state.answer(&entry), View::Entry(None));
    assert_eq!(world.state.answer(&Query::Document { hash }), View::Document(None));
    assert_eq!(world.state.answer(&Query::Workflow { name: "w".into() }), View::Workflow(None));
    let run = state::RunId(ulid::Ulid(1));
    assert_eq!(world.state.answer(&Query::Run { run }), View::Run(None));
}
