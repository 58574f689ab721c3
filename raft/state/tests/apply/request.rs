use state::kv::{Condition, Set};
use state::member::Leave;
use state::{Answer, Command, Kind, Request, RequestId, Subject};

use crate::world::{World, admit, node, refused, up};

fn set(key: &str) -> Command {
    Command::Set(Set {
        namespace: "n".into(),
        key: key.into(),
        json: "1".into(),
        ttl: None,
        only_if: Condition::Absent,
        fence: None,
    })
}

#[test]
fn a_retry_gets_the_first_answer_and_changes_nothing() {
    let mut world = World::founded();
    assert_eq!(world.numbered(1, set("k")), Ok(Answer::Version(1)));
    let before = world.state.kv.clone();
    assert_eq!(world.numbered(1, set("k")), Ok(Answer::Version(1)));
    assert_eq!(world.numbered(1, set("other")), Ok(Answer::Version(1)));
    assert_eq!(world.state.kv, before);
}

#[test]
fn a_refusal_is_an_answer_too() {
    let mut world = World::founded();
    world.ok(set("k"));
    let first = world.numbered(1, set("k"));
    assert_eq!(refused(first.clone()), Kind::Conflict);
    world.ok(Command::Delete(state::kv::Delete {
        namespace: "n".into(),
        key: "k".into(),
        only_if: Condition::Always,
        fence: None,
    }));
    assert_eq!(world.numbered(1, set("k")), first);
}

#[test]
fn requests_of_an_older_life_are_not_applied() {
    let mut world = World::founded();
    world.ok(Command::Up(up(1, 2)));
    assert_eq!(refused(world.numbered(1, set("k"))), Kind::OutcomeUnknown);
    assert!(world.state.kv.is_empty());
}

#[test]
fn requests_of_a_departed_node_are_not_applied() {
    let mut world = World::founded();
    world.ok(Command::Admit(admit(2, "two")));
    world.ok(Command::Up(up(2, 1)));
    let id = RequestId { node: node(2), incarnation: 1, sequence: 0, settled: 0 };
    let request = |command| Request { id: Some(id), by: Subject::Node(node(2)), command };
    let leave = Command::Leave(Leave { node: node(2), gone: true });
    assert_eq!(world.request(request(leave)), Ok(Answer::Done));
    assert_eq!(refused(world.request(request(set("k")))), Kind::OutcomeUnknown);
    assert!(world.state.kv.is_empty());
}

#[test]
fn one_refused_request_of_an_entry_does_not_touch_the_others() {
    let mut world = World::founded();
    let request = |key: &str| Request { id: None, by: Subject::Node(node(1)), command: set(key) };
    let replies = world.entry(vec![request("a"), request("a"), request("b")]);
    assert_eq!(replies[0], Ok(Answer::Version(1)));
    assert_eq!(refused(replies[1].clone()), Kind::Conflict);
    assert_eq!(replies[2], Ok(Answer::Version(1)));
}
