use state::kv::{Condition, Delete, Set};
use state::member::Remove;
use state::snapshot::{self, Error, SECTIONS};
use state::{Command, Elapsed, Hash, State};

use crate::commands::{begun, samples};
use crate::world::{World, admit, node};

/// A state with something in every section.
pub fn full() -> World {
    let mut world = World::founded();
    begun(&mut world);
    for command in samples() {
        // Much of it is refused, since it does not follow from what was before.
        let _ = world.apply(command);
    }
    world.ok(Command::Admit(admit(3, "three")));
    world.ok(Command::Remove(Remove { node: node(3), reason: String::new() }));
    let kept = |command: &Command| matches!(command, Command::Mint(_) | Command::Save(_));
    for command in samples().into_iter().filter(kept) {
        world.ok(command);
    }
    let ttl = Some(Elapsed(60_000));
    for (key, ttl) in [("kept", None), ("passing", ttl), ("deleted", None)] {
        world.ok(Command::Set(Set {
            namespace: "n".into(),
            key: key.into(),
            json: "1".into(),
            ttl,
            only_if: Condition::Always,
            fence: None,
        }));
    }
    let only_if = Condition::Always;
    let (namespace, key) = ("n".into(), "deleted".into());
    world.ok(Command::Delete(Delete { namespace, key, only_if, fence: None }));
    world.numbered(5, samples().remove(0)).unwrap_err();
    world
}

/// The bytes with the hash they need.
fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let hash = Hash::of(&body);
    body.extend(hash.0);
    body
}

fn body(state: &State) -> Vec<u8> {
    let mut bytes = snapshot::encode(state);
    bytes.truncate(bytes.len() - 32);
    bytes
}

#[test]
fn an_empty_state_reads_back() {
    let bytes = snapshot::encode(&State::default());
    assert_eq!(snapshot::decode(&bytes).unwrap(), State::default());
}

#[test]
fn a_full_state_reads_back_with_its_indexes() {
    let world = full();
    let read = snapshot::decode(&snapshot::encode(&world.state)).unwrap();
    assert_eq!(read, world.state);
    assert_eq!(read.next_deadline(), world.state.next_deadline());
    assert_eq!(read.kv.bytes(), world.state.kv.bytes());
}

#[test]
fn there_is_one_section_a_kind() {
    let bytes = snapshot::encode(&State::default());
    let found: Vec<u8> =
        snapshot::split(&bytes).unwrap().iter().map(|(number, _)| *number).collect();
    assert_eq!(found, SECTIONS.iter().map(|(number, _)| *number).collect::<Vec<u8>>());
}

#[test]
fn what_a_newer_sloth_wrote_is_refused_by_name() {
    let state = State::default();
    let newer = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = body(&state);
        change(&mut body);
        snapshot::decode(&sealed(body)).unwrap_err()
    };
    let format = newer(&|body| body[5] = 2);
    assert!(matches!(format, Error::Format(2)), "{format}");
    assert!(format.to_string().contains("newer sloth"));
    let section = newer(&|body| body.extend([99, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert!(matches!(section, Error::Section(99)), "{section}");
    assert!(section.to_string().contains("newer sloth"));
    let version = newer(&|body| body[15] = 9);
    assert!(matches!(version, Error::Content { section: 1, .. }), "{version}");
}

#[test]
fn sections_are_there_once() {
    let empty = sealed(b"sloth\x01".to_vec());
    assert!(matches!(snapshot::decode(&empty), Err(Error::Missing("base"))));
    let mut twice = body(&State::default());
    twice.extend_from_slice(&twice.clone()[6..]);
    assert!(matches!(snapshot::decode(&sealed(twice)), Err(Error::Twice(1))));
}

#[test]
fn something_else_is_no_snapshot() {
    for bytes in [&b""[..], b"sloth", &[0; 100], &sealed(b"other".to_vec())] {
        assert!(matches!(snapshot::decode(bytes), Err(Error::Damaged)));
    }
}
