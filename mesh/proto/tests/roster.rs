//! Suspicion with made-up time.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::BTreeSet;
use std::time::Duration;

use config::{Labels, Name, NodeId};
use proptest::prelude::*;
use proto::roster::{Effect, Event, Health, Roster, TICK};
use proto::{Beat, Load, Status};

const NODE: NodeId = NodeId::new([1; 32]);

fn beat() -> Beat {
    let name = Name::new("a").unwrap();
    let (labels, load) = (Labels::default(), Load::default());
    let status = Status { name, version: "0.1.0".into(), labels, load };
    Beat { status, addresses: vec![], known: vec![] }
}

/// A roster and the time it lives in.
struct World {
    roster: Roster,
    now: Duration,
}

impl World {
    fn new() -> Self {
        let mut world = Self { roster: Roster::new(Duration::ZERO), now: Duration::ZERO };
        world.tell(Event::Members(BTreeSet::from([NODE])));
        assert_eq!(world.tell(Event::Connected(NODE)), [Effect::Beat(NODE)]);
        world.hear();
        world
    }

    fn tell(&mut self, event: Event) -> Vec<Effect> {
        self.roster.handle(event, self.now)
    }

    fn hear(&mut self) -> Vec<Effect> {
        self.tell(Event::Heard(NODE, beat()))
    }

    /// Lets time pass in regular ticks.
    fn pass(&mut self, time: Duration) -> Vec<Effect> {
        let end = self.now + time;
        let mut effects = Vec::new();
        while self.now < end {
            self.now = end.min(self.now + TICK);
            effects.extend(self.tell(Event::Tick));
        }
        effects.retain(|effect| !matches!(effect, Effect::Beat(_)));
        effects
    }

    fn health(&self) -> Health {
        self.roster.view(self.now).nodes[&NODE].health
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn silence_is_suspected_then_taken_for_death_and_dialed_anew() {
    let mut world = World::new();
    assert_eq!(world.pass(seconds(2.75)), []);
    assert_eq!(world.pass(seconds(0.25)), [Effect::Health(NODE, Health::Suspect)]);
    assert_eq!(world.pass(seconds(4.75)), []);
    let dead = [Effect::Health(NODE, Health::Silent), Effect::Redial(NODE)];
    assert_eq!(world.pass(seconds(0.25)), dead);
    assert_eq!(world.hear(), [Effect::Health(NODE, Health::Alive)]);
}

#[test]
fn a_broken_connection_is_looked_at_at_once_and_proves_nothing() {
    let mut world = World::new();
    assert_eq!(world.tell(Event::Broken(NODE)), [Effect::Look(NODE)]);
    assert_eq!(world.health(), Health::Alive);
    assert_eq!(world.tell(Event::Connected(NODE)), [Effect::Beat(NODE)]);
    assert_eq!(world.tell(Event::Missed(NODE)), [], "it is connected again");
}

#[test]
fn a_broken_connection_that_cannot_be_restored_is_suspected_at_once() {
    let mut world = World::new();
    world.tell(Event::Broken(NODE));
    assert_eq!(world.tell(Event::Missed(NODE)), [Effect::Health(NODE, Health::Suspect)]);
    assert_eq!(world.tell(Event::Missed(NODE)), []);
    assert_eq!(world.pass(seconds(7.75)), [], "it is not dead before its time");
}

#[test]
fn a_missed_heartbeat_alone_changes_nothing() {
    let mut world = World::new();
    assert_eq!(world.tell(Event::Missed(NODE)), []);
    assert_eq!(world.health(), Health::Alive);
}

#[test]
fn time_in_which_this_node_did_not_run_is_not_held_against_others() {
    let mut world = World::new();
    world.now += seconds(60.0);
    assert_eq!(world.tell(Event::Tick), [Effect::Beat(NODE)]);
    assert_eq!(world.health(), Health::Alive);
}

#[test]
fn a_node_that_was_late_once_may_be_as_late_again() {
    let mut world = World::new();
    assert_eq!(world.pass(seconds(3.5)).len(), 1);
    world.hear();
    for _ in 0..10 {
        assert_eq!(world.pass(seconds(6.0)), []);
        assert_eq!(world.hear(), []);
    }
}

#[test]
fn heartbeats_are_sent_each_second_and_never_two_at_once() {
    let mut world = World::new();
    let mut beats = 0;
    for _ in 0..40 {
        world.now += TICK;
        let effects = world.tell(Event::Tick);
        if effects.contains(&Effect::Beat(NODE)) {
            beats += 1;
            world.tell(Event::Answered(NODE, beat(), seconds(0.01)));
        }
    }
    assert_eq!(beats, 10);
    world.pass(seconds(2.0));
    let more = (0..40).flat_map(|_| {
        world.now += TICK;
        world.tell(Event::Tick)
    });
    assert_eq!(more.filter(|effect| matches!(effect, Effect::Beat(_))).count(), 0);
}

#[test]
fn round_trips_are_smoothed_and_strangers_are_not_listed() {
    let mut world = World::new();
    world.tell(Event::Answered(NODE, beat(), seconds(0.008)));
    world.tell(Event::Answered(NODE, beat(), seconds(0.016)));
    world.tell(Event::Heard(NodeId::new([2; 32]), beat()));
    let view = world.roster.view(world.now);
    assert_eq!(view.nodes.len(), 1);
    assert_eq!(view.nodes[&NODE].round_trip, Some(seconds(0.009)));
    world.tell(Event::Members(BTreeSet::new()));
    assert!(world.roster.view(world.now).nodes.is_empty());
}

proptest! {
    /// Heartbeats up to 2.5 s late and stalls of this node of up to 20 s: a busy machine, nobody dead.
    #[test]
    fn a_busy_machine_suspects_nobody(
        gaps in prop::collection::vec((0u64..2500, 0u64..20_000, 0u8..10), 1..200)
    ) {
        let mut world = World::new();
        for (late, stall, dice) in gaps {
            prop_assert_eq!(world.pass(Duration::from_millis(late)), []);
            if dice == 0 {
                world.now += Duration::from_millis(stall);
                world.tell(Event::Tick);
            }
            prop_assert_eq!(world.hear(), []);
        }
    }
}
