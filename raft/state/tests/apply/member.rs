use std::collections::BTreeSet;

use config::ClusterId;
use state::member::{Admission, Dissolve, Drain, Grow, Label, Leave, Remove};
use state::token::{Key, Mint};
use state::workflow::Save;
use state::{Answer, Command, Configuration, Elapsed, Kind, ReplicaId, run};

use crate::world::{World, admit, found, labels, name, node, up};

fn remove(number: u8) -> Command {
    Command::Remove(Remove { node: node(number), reason: "broken".into() })
}

fn leave(number: u8, gone: bool) -> Command {
    Command::Leave(Leave { node: node(number), gone })
}

fn grow(number: u8) -> Command {
    Command::Grow(Grow { node: node(number) })
}

fn label(number: u8, set: &str, remove: &[&str]) -> Command {
    let remove = remove.iter().map(|text| name(text)).collect();
    Command::Label(Label { node: node(number), set: labels(set), remove })
}

fn three() -> World {
    let mut world = World::founded();
    world.ok(Command::Admit(admit(2, "two")));
    world.ok(Command::Admit(admit(3, "three")));
    world
}

fn replicas(numbers: &[u8]) -> BTreeSet<ReplicaId> {
    numbers.iter().map(|number| ReplicaId { node: node(*number), generation: 0 }).collect()
}

fn voters(world: &mut World, voters: &[u8], learners: &[u8]) {
    world.index += 1;
    let (voters, learners) = (replicas(voters), replicas(learners));
    world.state.configure(world.index, Configuration { voters, learners });
}

fn name_of(world: &World, number: u8) -> String {
    world.state.members[&node(number)].name.to_string()
}

fn labels_of(world: &World, number: u8) -> String {
    world.state.members[&node(number)].labels.to_string()
}

#[test]
fn a_cluster_is_founded_once() {
    let mut world = World::founded();
    assert_eq!(world.refused(found(false)), Kind::Conflict);
    let founder = &world.state.members[&node(1)];
    assert_eq!((founder.generation, &founder.admitted), (Some(0), &Admission::Founder));
    assert_eq!(world.events(), ["node.admitted", "node.up"]);
}

#[test]
fn a_taken_name_gets_a_number_unless_it_was_given_by_hand() {
    let mut world = World::founded();
    for (number, got) in [(2, "one-2"), (3, "one-3")] {
        world.ok(Command::Admit(admit(number, "one")));
        assert_eq!(name_of(&world, number), got);
    }
    let by_hand = state::member::Admit { name_fixed: true, ..admit(4, "one-3") };
    assert_eq!(world.refused(Command::Admit(by_hand)), Kind::Conflict);
    let long = "x".repeat(63);
    for number in [5, 6] {
        world.ok(Command::Admit(admit(number, &long)));
    }
    assert_eq!(name_of(&world, 6), format!("{}-2", "x".repeat(61)));
}

#[test]
fn admitting_a_member_again_changes_nothing() {
    let mut world = three();
    let before = world.state.members.clone();
    assert_eq!(world.ok(Command::Admit(admit(2, "other"))), Answer::Done);
    assert_eq!(world.state.members, before);
}

#[test]
fn a_token_admits_as_often_as_it_says_and_gives_its_labels() {
    let mut world = World::founded();
    world.ok(Command::Mint(Mint {
        id: "t".into(),
        key: Key([1; 32]),
        uses: 2,
        ttl: Elapsed(60_000),
        labels: labels("role=web"),
    }));
    let by = |number, id: &str| {
        let by = Admission::Token(id.into());
        Command::Admit(state::member::Admit {
            by,
            labels: labels("role=db,gpu"),
            ..admit(number, "n")
        })
    };
    assert_eq!(world.refused(by(2, "other")), Kind::Denied);
    world.ok(by(2, "t"));
    world.ok(by(2, "t"));
    assert_eq!(labels_of(&world, 2), "gpu,role=web");
    world.ok(by(3, "t"));
    assert_eq!(world.refused(by(4, "t")), Kind::Denied);
    world.ok(Command::Up(state::member::Up { labels: labels("role=db"), ..up(2, 1) }));
    assert_eq!(labels_of(&world, 2), "role=web");
}

#[test]
fn an_expired_token_admits_nobody() {
    let mut world = World::founded();
    let ttl = Elapsed(1_000);
    let mint = Mint { id: "t".into(), key: Key([1; 32]), uses: 1, ttl, labels: labels("") };
    world.ok(Command::Mint(mint));
    world.wait(1_000);
    let by = Admission::Token("t".into());
    let reply = world.refused(Command::Admit(state::member::Admit { by, ..admit(2, "n") }));
    assert_eq!(reply, Kind::Denied);
}

#[test]
fn nobody_else_becomes_a_founder() {
    let mut world = World::founded();
    let by = Admission::Founder;
    let command = Command::Admit(state::member::Admit { by, ..admit(2, "n") });
    assert_eq!(world.refused(command), Kind::Invalid);
}

#[test]
fn each_start_of_a_process_is_one_life() {
    let mut world = World::founded();
    assert_eq!(world.ok(Command::Up(up(1, 1))), Answer::Incarnation(1));
    assert_eq!(world.ok(Command::Up(up(1, 2))), Answer::Incarnation(2));
    assert_eq!(world.ok(Command::Up(up(1, 2))), Answer::Incarnation(2));
    assert_eq!(world.ok(Command::Up(up(1, 1))), Answer::Incarnation(3));
    assert_eq!(world.refused(Command::Up(up(9, 1))), Kind::NotFound);
    let slots = state::member::SLOTS_MAX + 1;
    assert_eq!(world.refused(Command::Up(state::member::Up { slots, ..up(1, 4) })), Kind::Limit);
}

#[test]
fn a_new_life_is_not_lost() {
    let mut world = World::founded();
    let lose = run::Lose { node: node(1), incarnation: 1, reason: "silent".into() };
    world.ok(Command::Lose(lose));
    assert!(world.state.members[&node(1)].lost.is_some());
    world.ok(Command::Up(up(1, 2)));
    assert_eq!(world.state.members[&node(1)].lost, None);
}

#[test]
fn labels_set_by_command_outlive_the_configuration() {
    let mut world = World::founded();
    let start =
        |nonce, text: &str| Command::Up(state::member::Up { labels: labels(text), ..up(1, nonce) });
    world.ok(start(2, "role=db,gpu,zone=a"));
    world.ok(label(1, "role=web,extra", &["gpu"]));
    assert_eq!(labels_of(&world, 1), "extra,role=web,zone=a");
    world.ok(start(3, "role=cache,gpu,zone=b"));
    assert_eq!(labels_of(&world, 1), "extra,role=web,zone=b");
    world.ok(label(1, "gpu=1", &["role"]));
    world.ok(start(4, "role=cache,gpu"));
    assert_eq!(labels_of(&world, 1), "extra,gpu=1");
    assert_eq!(world.refused(label(9, "a", &[])), Kind::NotFound);
}

#[test]
fn labels_are_bounded_whatever_they_come_from() {
    let mut world = World::founded();
    let many = |letter: &str| {
        let list: Vec<_> = (0..40).map(|number| format!("{letter}{number}")).collect();
        list.join(",")
    };
    world.ok(label(1, &many("a"), &[]));
    assert_eq!(world.refused(label(1, &many("b"), &[])), Kind::Limit);
    for letter in ["c", "d"] {
        let removed: Vec<_> = (0..40).map(|number| format!("{letter}{number}")).collect();
        let removed: Vec<&str> = removed.iter().map(String::as_str).collect();
        let reply = world.apply(label(1, "", &removed));
        assert_eq!(reply.is_ok(), letter == "c");
    }
}

#[test]
fn a_leaving_node_stays_leaving_until_it_has_gone_and_its_key_with_it() {
    let mut world = three();
    world.ok(leave(2, false));
    world.ok(leave(2, false));
    world.ok(Command::Up(up(2, 1)));
    assert!(world.state.members[&node(2)].leaving);
    world.ok(leave(2, true));
    assert_eq!(world.last_event(), "node.left");
    assert!(!world.state.members.contains_key(&node(2)));
    assert_eq!(world.ok(leave(2, true)), Answer::Done);
    assert_eq!(world.refused(Command::Admit(admit(2, "two"))), Kind::Denied);
    assert_eq!(world.refused(leave(9, true)), Kind::NotFound);
}

#[test]
fn a_draining_node_takes_work_again_in_its_next_life() {
    let mut world = World::founded();
    let takes_work = |world: &World| world.state.members[&node(1)].takes_work();
    assert!(takes_work(&world));
    let drain = |number| Command::Drain(Drain { node: node(number) });
    world.ok(drain(1));
    world.ok(drain(1));
    assert!(!takes_work(&world));
    assert_eq!(world.events()[2..], ["node.draining"]);
    assert_eq!(world.refused(drain(9)), Kind::NotFound);
    world.ok(Command::Up(up(1, 2)));
    assert!(takes_work(&world));
}

#[test]
fn a_node_with_a_replica_is_not_gone_yet() {
    let mut world = three();
    voters(&mut world, &[1], &[2]);
    assert_eq!(world.refused(leave(2, true)), Kind::Conflict);
    voters(&mut world, &[1], &[]);
    world.ok(leave(2, true));
}

#[test]
fn a_removed_key_never_comes_back() {
    let mut world = three();
    assert_eq!(world.ok(remove(2)), Answer::Removed(true));
    assert_eq!(world.ok(remove(2)), Answer::Removed(false));
    assert_eq!(world.refused(Command::Admit(admit(2, "two"))), Kind::Denied);
    assert_eq!(world.refused(Command::Up(up(2, 1))), Kind::NotFound);
    world.ok(Command::Admit(admit(4, "two")));
    assert_eq!(name_of(&world, 4), "two");
}

#[test]
fn the_only_member_stays() {
    let mut world = World::founded();
    assert_eq!(world.refused(remove(1)), Kind::Conflict);
    assert_eq!(world.refused(leave(1, false)), Kind::Conflict);
    assert_eq!(world.refused(leave(1, true)), Kind::Conflict);
}

#[test]
fn removing_a_voter_leaves_a_quorum_of_living_ones() {
    let mut world = three();
    voters(&mut world, &[1], &[2]);
    assert_eq!(world.refused(remove(1)), Kind::Conflict);
    voters(&mut world, &[1, 2, 3], &[]);
    world.ok(Command::Up(up(3, 1)));
    world.ok(Command::Lose(run::Lose { node: node(3), incarnation: 1, reason: "x".into() }));
    assert_eq!(world.refused(remove(2)), Kind::Conflict);
    assert_eq!(world.ok(remove(3)), Answer::Removed(true));
    assert_eq!(world.refused(remove(2)), Kind::Conflict);
}

#[test]
fn every_replica_has_a_generation_of_its_own() {
    let mut world = three();
    let first = world.ok(grow(2));
    assert_eq!(first, Answer::Generation(world.index));
    let second = world.ok(grow(2));
    assert_eq!(second, Answer::Generation(world.index));
    assert_ne!(first, second);
    assert_eq!(world.refused(grow(9)), Kind::NotFound);
    voters(&mut world, &[1], &[2]);
    assert_eq!(world.refused(grow(2)), Kind::Conflict);
    assert_eq!(world.refused(grow(1)), Kind::Conflict);
}

#[test]
fn neither_a_leaving_nor_an_unwilling_node_grows() {
    let mut world = three();
    world.ok(leave(2, false));
    assert_eq!(world.refused(grow(2)), Kind::Conflict);
    world.ok(label(3, "voter=never", &[]));
    assert_eq!(world.refused(grow(3)), Kind::Conflict);
}

fn dissolve() -> Command {
    Command::Dissolve(Dissolve { into: ClusterId::new([1; 16]) })
}

#[test]
fn a_cluster_without_data_dissolves_and_refuses_everything_afterwards() {
    let mut world = World::founded();
    world.ok(dissolve());
    assert_eq!(world.refused(Command::Admit(admit(2, "two"))), Kind::Dissolved);
    assert_eq!(world.refused(dissolve()), Kind::Dissolved);
}

#[test]
fn a_cluster_with_a_second_member_or_data_does_not_dissolve() {
    assert_eq!(three().refused(dissolve()), Kind::Conflict);
    let mut world = World::founded();
    let bundle = world.upload(b"bundle");
    world.ok(Command::Save(Save { name: "w".into(), bundle, description: String::new() }));
    assert!(world.state.has_data());
    assert_eq!(world.refused(dissolve()), Kind::Conflict);
    let into = ClusterId::new([7; 16]);
    assert_eq!(World::founded().refused(Command::Dissolve(Dissolve { into })), Kind::Conflict);
    assert_eq!(World::default().refused(dissolve()), Kind::Conflict);
}

#[test]
fn what_was_only_ever_standalone_counts_as_empty() {
    let mut world = World::default();
    world.ok(found(true));
    let bundle = world.upload(b"bundle");
    world.ok(Command::Save(Save { name: "w".into(), bundle, description: String::new() }));
    world.ok(dissolve());
    let mut world = World::default();
    world.ok(found(true));
    world.ok(Command::Admit(admit(2, "two")));
    assert!(!world.state.cluster.unwrap().standalone);
}
