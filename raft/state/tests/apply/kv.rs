use config::limits::{KEY_BYTES, VALUE_BYTES};
use state::kv::{Condition, Delete, NAMESPACES_MAX, Set, TTL_MAX};
use state::lease::{Acquire, Fence};
use state::{Answer, Command, Elapsed, Kind};

use crate::world::World;

fn set(key: &str, json: &str) -> Set {
    Set {
        namespace: "default".into(),
        key: key.into(),
        json: json.into(),
        ttl: None,
        only_if: Condition::Always,
        fence: None,
    }
}

fn set_if(key: &str, json: &str, only_if: Condition) -> Command {
    Command::Set(Set { only_if, ..set(key, json) })
}

fn delete(key: &str) -> Delete {
    Delete { namespace: "default".into(), key: key.into(), only_if: Condition::Always, fence: None }
}

fn get(world: &World, key: &str) -> Option<String> {
    world.state.kv.get("default", key, world.state.clock).map(|entry| entry.json.clone())
}

#[test]
fn every_change_has_the_next_version_also_after_a_deletion() {
    let mut world = World::founded();
    assert_eq!(world.ok(Command::Set(set("k", "1"))), Answer::Version(1));
    assert_eq!(world.ok(Command::Set(set("k", "2"))), Answer::Version(2));
    assert_eq!(world.ok(Command::Delete(delete("k"))), Answer::Removed(true));
    assert_eq!(world.ok(Command::Delete(delete("k"))), Answer::Removed(false));
    assert_eq!(get(&world, "k"), None);
    assert_eq!(world.ok(Command::Set(set("k", "3"))), Answer::Version(3));
    assert_eq!(world.ok(Command::Set(set("other", "1"))), Answer::Version(1));
}

#[test]
fn a_forgotten_version_is_never_met_again() {
    let mut world = World::founded();
    for _ in 0..5 {
        world.ok(Command::Set(set("0", "1")));
    }
    world.ok(Command::Delete(delete("0")));
    let requests = |number: usize| {
        let key = format!("k{number}");
        let by = state::Subject::Node(crate::world::node(1));
        [Command::Set(set(&key, "1")), Command::Delete(delete(&key))]
            .map(|command| state::Request { id: None, by: by.clone(), command })
    };
    world.entry((0..state::kv::ENDED_MAX).flat_map(requests).collect());
    assert_eq!(world.ok(Command::Set(set("0", "1"))), Answer::Version(6));
}

#[test]
fn conditions_compare_presence_version_and_text() {
    let mut world = World::founded();
    assert_eq!(world.refused(set_if("k", "1", Condition::Version(1))), Kind::Conflict);
    assert_eq!(world.refused(set_if("k", "1", Condition::Value("1".into()))), Kind::Conflict);
    world.ok(set_if("k", "1", Condition::Version(0)));
    assert_eq!(world.refused(set_if("k", "1", Condition::Absent)), Kind::Conflict);
    world.ok(set_if("k", "2", Condition::Value("1".into())));
    assert_eq!(world.refused(set_if("k", "3", Condition::Value("2.0".into()))), Kind::Conflict);
    world.ok(set_if("k", "3", Condition::Version(2)));
    let stale = Delete { only_if: Condition::Version(2), ..delete("k") };
    assert_eq!(world.refused(Command::Delete(stale)), Kind::Conflict);
    assert_eq!(get(&world, "k").as_deref(), Some("3"));
}

#[test]
fn a_key_with_a_ttl_goes_and_a_set_without_one_keeps_it() {
    let mut world = World::founded();
    world.ok(Command::Set(Set { ttl: Some(Elapsed(1_000)), ..set("a", "1") }));
    world.ok(Command::Set(Set { ttl: Some(Elapsed(1_000)), ..set("b", "1") }));
    world.ok(Command::Set(set("b", "2")));
    world.wait(999);
    assert!(get(&world, "a").is_some());
    world.wait(1);
    assert_eq!((get(&world, "a"), get(&world, "b").as_deref()), (None, Some("2")));
    assert_eq!(world.ok(Command::Set(set("a", "1"))), Answer::Version(2));
}

#[test]
fn more_expire_than_one_tick_does_but_none_is_seen_any_more() {
    let mut world = World::founded();
    for number in 0..1_500 {
        world.ok(Command::Set(Set { ttl: Some(Elapsed(1)), ..set(&format!("k{number}"), "1") }));
    }
    world.wait(1);
    assert_eq!(world.state.kv.len(), 500);
    assert_eq!(world.state.kv.range("default", "", None, world.state.clock).count(), 0);
    assert!(world.state.next_deadline().is_some_and(|next| next <= world.state.clock));
    world.wait(0);
    assert!(world.state.kv.is_empty());
    assert_eq!((world.state.kv.bytes(), world.state.next_deadline()), (0, None));
}

#[test]
fn a_write_under_a_lease_needs_its_present_token() {
    let mut world = World::founded();
    let acquire =
        Acquire { name: "lock".into(), label: "me".into(), run: None, ttl: Some(Elapsed(1_000)) };
    let Answer::Token(token) = world.ok(Command::Acquire(acquire)) else { panic!("no token") };
    let fenced = |token| {
        Command::Set(Set { fence: Some(Fence { name: "lock".into(), token }), ..set("k", "1") })
    };
    world.ok(fenced(token));
    assert_eq!(world.refused(fenced(token - 1)), Kind::Stale);
    assert_eq!(world.refused(fenced(token + 1)), Kind::Stale);
    world.wait(1_000);
    assert_eq!(world.refused(fenced(token)), Kind::Stale);
    let fence = Some(Fence { name: "lock".into(), token });
    assert_eq!(world.refused(Command::Delete(Delete { fence, ..delete("k") })), Kind::Stale);
}

#[test]
fn what_is_no_key_or_value_is_refused() {
    let mut world = World::founded();
    for (key, json, kind) in [
        ("", "1", Kind::Invalid),
        ("a\n", "1", Kind::Invalid),
        (&"x".repeat(KEY_BYTES + 1), "1", Kind::Limit),
        ("k", "", Kind::Invalid),
        ("k", "{\"b\":1,\"a\":1}", Kind::Invalid),
        ("k", &format!("\"{}\"", "x".repeat(VALUE_BYTES)), Kind::Limit),
    ] {
        assert_eq!(world.refused(Command::Set(set(key, json))), kind, "{key} {json}");
    }
    world.ok(Command::Set(set(&"é".repeat(KEY_BYTES / 2), "1")));
    world.ok(Command::Set(set("k", &format!("\"{}\"", "x".repeat(VALUE_BYTES - 2)))));
    for ttl in [Elapsed(0), Elapsed(TTL_MAX.0 + 1)] {
        let wrong = Set { ttl: Some(ttl), ..set("k", "1") };
        assert_eq!(world.refused(Command::Set(wrong)), Kind::Invalid);
    }
    let wrong = Set { namespace: "a b".into(), ..set("k", "1") };
    assert_eq!(world.refused(Command::Set(wrong)), Kind::Invalid);
}

#[test]
fn namespaces_are_apart_and_bounded() {
    let mut world = World::founded();
    let within = |number: usize| Set { namespace: format!("n{number}"), ..set("k", "1") };
    for number in 0..NAMESPACES_MAX {
        assert_eq!(world.ok(Command::Set(within(number))), Answer::Version(1));
    }
    assert_eq!(world.refused(Command::Set(within(NAMESPACES_MAX))), Kind::Limit);
    world.ok(Command::Delete(Delete { namespace: "n0".into(), ..delete("k") }));
    world.ok(Command::Set(within(NAMESPACES_MAX)));
}

#[test]
fn bytes_are_those_of_present_keys_and_values() {
    let mut world = World::founded();
    world.ok(Command::Set(set("key", "12345")));
    assert_eq!(world.state.kv.bytes(), 8);
    world.ok(Command::Set(set("key", "1")));
    assert_eq!(world.state.kv.bytes(), 4);
    world.ok(Command::Delete(delete("key")));
    assert_eq!(world.state.kv.bytes(), 0);
}
