use state::clock::STEP_MAX;
use state::kv::{Condition, Set};
use state::lease::Acquire;
use state::token::{Key, Mint};
use state::{Command, Elapsed, Moment};

use crate::world::{World, labels};

#[test]
fn a_batch_moves_the_stopwatch_by_a_bounded_step() {
    let mut world = World::founded();
    world.tick(250);
    assert_eq!(world.state.clock, Moment(250));
    world.tick(u64::MAX);
    assert_eq!(world.state.clock, Moment(250 + STEP_MAX.0));
}

#[test]
fn an_idle_cluster_needs_no_tick() {
    assert_eq!(World::founded().state.next_deadline(), None);
}

#[test]
fn the_next_deadline_is_the_earliest_of_all_kinds() {
    let mut world = World::founded();
    let ttl = Elapsed(90_000);
    let mint = Mint { id: "t".into(), key: Key([0; 32]), uses: 1, ttl, labels: labels("") };
    world.ok(Command::Mint(mint));
    assert_eq!(world.state.next_deadline(), Some(Moment(90_000)));
    world.upload(b"x");
    assert_eq!(world.state.next_deadline(), Some(Moment(60_000)));
    let ttl = Some(Elapsed(40_000));
    world.ok(Command::Acquire(Acquire { name: "l".into(), label: String::new(), run: None, ttl }));
    assert_eq!(world.state.next_deadline(), Some(Moment(40_000)));
    world.ok(Command::Set(Set {
        namespace: "n".into(),
        key: "k".into(),
        json: "1".into(),
        ttl: Some(Elapsed(20_000)),
        only_if: Condition::Always,
        fence: None,
    }));
    assert_eq!(world.state.next_deadline(), Some(Moment(20_000)));
    world.wait(90_000);
    assert_eq!(world.state.next_deadline(), None);
}
