//! Machines with one secret, simulated: they end in one cluster whatever the offsets and delays.

#![allow(clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::{ClusterId, NodeId};
use proto::Sighting;
use proto::founding::{Decision, Event, Founding, RENEW};

const SEEDS: u64 = 200;
const END: Duration = Duration::from_secs(45);
const ADMISSION: Duration = Duration::from_millis(40);

/// SplitMix64: all a seeded simulation needs.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn milliseconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

enum Message {
    Start,
    /// The node looks at its decision and asks those it knows.
    Wake,
    Question {
        from: usize,
        sighting: Sighting,
        sent: Duration,
    },
    Answer {
        sighting: Sighting,
        asked: Duration,
    },
    /// `from` asks to be let in.
    Join {
        from: usize,
        cluster: ClusterId,
    },
    Joined {
        into: ClusterId,
    },
    Refused {
        by: usize,
    },
}

struct Machine {
    founding: Founding,
    cluster: Option<ClusterId>,
    asking: bool,
}

struct World {
    rng: Rng,
    now: Duration,
    queue: BTreeMap<(Duration, u64), (usize, Message)>,
    sequence: u64,
    ids: Vec<NodeId>,
    machines: Vec<Option<Machine>>,
    members: BTreeMap<ClusterId, BTreeSet<usize>>,
    founded: Vec<usize>,
    /// Until when the first half does not hear the other.
    healed: Duration,
    loss_percent: u64,
}

impl World {
    fn new(seed: u64, healed: Duration) -> Self {
        let mut rng = Rng(seed);
        let count = 2 + rng.below(8) as usize;
        let ids =
            (0..count).map(|_| NodeId::new(std::array::from_fn(|_| rng.next() as u8))).collect();
        let loss_percent = rng.below(20);
        let mut world = Self {
            rng,
            now: Duration::ZERO,
            queue: BTreeMap::new(),
            sequence: 0,
            ids,
            machines: (0..count).map(|_| None).collect(),
            members: BTreeMap::new(),
            founded: Vec::new(),
            healed,
            loss_percent,
        };
        let spread = [1, 300, 6000][world.rng.below(3) as usize];
        for machine in 0..count {
            let offset = world.rng.milliseconds(0, spread);
            world.post(machine, offset, Message::Start);
        }
        world
    }

    fn post(&mut self, to: usize, delay: Duration, message: Message) {
        self.sequence += 1;
        self.queue.insert((self.now + delay, self.sequence), (to, message));
    }

    /// Sends over the network: delayed, sometimes lost, never across a partition.
    fn send(&mut self, from: usize, to: usize, message: Message) {
        let half = self.ids.len() / 2;
        let cut = self.now < self.healed && (from < half) != (to < half);
        if cut || self.rng.below(100) < self.loss_percent {
            return;
        }
        let delay = self.rng.milliseconds(1, 400);
        self.post(to, delay, message);
    }

    fn run(&mut self) {
        while let Some(((now, _), (to, message))) = self.queue.pop_first() {
            if now > END {
                return;
            }
            self.now = now;
            self.deliver(to, message);
        }
    }

    fn deliver(&mut self, to: usize, message: Message) {
        if let Message::Start = message {
            let founding = Founding::new(self.ids[to], self.now);
            self.machines[to] = Some(Machine { founding, cluster: None, asking: false });
            return self.post(to, Duration::ZERO, Message::Wake);
        }
        if self.machines[to].is_none() {
            return;
        }
        match message {
            Message::Start => {}
            Message::Wake => self.wake(to),
            Message::Question { from, sighting, sent } => {
                self.tell(to, Event::Sighted { sighting, asked: None });
                let answer = Message::Answer { sighting: self.sighting(to), asked: sent };
                self.send(to, from, answer);
            }
            Message::Answer { sighting, asked } => {
                self.tell(to, Event::Sighted { sighting, asked: Some(asked) });
            }
            Message::Join { from, cluster } => self.join(to, from, cluster),
            Message::Joined { into } => self.enter(to, into),
            Message::Refused { by } => {
                self.machine(to).asking = false;
                self.tell(to, Event::Denied(self.ids[by]));
            }
        }
    }

    fn machine(&mut self, index: usize) -> &mut Machine {
        self.machines[index].as_mut().unwrap()
    }

    fn wake(&mut self, me: usize) {
        self.refresh(me);
        let now = self.now;
        let decision = self.machine(me).founding.decide(now);
        self.act(me, decision);
        for other in (0..self.ids.len()).filter(|other| *other != me) {
            let sighting = self.sighting(me);
            self.send(me, other, Message::Question { from: me, sighting, sent: now });
        }
        self.post(me, RENEW, Message::Wake);
    }

    fn tell(&mut self, me: usize, event: Event) {
        self.refresh(me);
        let now = self.now;
        let decision = self.machine(me).founding.handle(event, now);
        self.act(me, decision);
    }

    /// A cluster is pristine while it has one member: the simulation writes no user data.
    fn refresh(&mut self, me: usize) {
        let now = self.now;
        let sighting = self.sighting(me);
        let presence = Event::Presence { cluster: sighting.cluster, pristine: sighting.pristine };
        let machine = self.machine(me);
        if machine.cluster.is_some() {
            machine.founding.handle(presence, now);
        }
    }

    fn sighting(&self, me: usize) -> Sighting {
        let cluster = self.machines[me].as_ref().and_then(|machine| machine.cluster);
        let pristine = cluster.is_some_and(|cluster| self.members[&cluster].len() == 1);
        Sighting { node: self.ids[me], cluster, pristine, addresses: vec![] }
    }

    fn act(&mut self, me: usize, decision: Decision) {
        match decision {
            Decision::Found => self.found(me),
            Decision::AskAdmission { node, cluster, .. } if !self.machine(me).asking => {
                self.machine(me).asking = true;
                let to = self.ids.iter().position(|id| *id == node).unwrap();
                self.post(to, ADMISSION, Message::Join { from: me, cluster });
            }
            Decision::Yield { .. } => self.dissolve(me),
            _ => {}
        }
    }

    fn found(&mut self, me: usize) {
        let cluster = ClusterId::new(std::array::from_fn(|_| self.rng.next() as u8));
        self.founded.push(me);
        self.members.insert(cluster, BTreeSet::from([me]));
        self.machine(me).cluster = Some(cluster);
        self.refresh(me);
    }

    fn dissolve(&mut self, me: usize) {
        let cluster = self.machine(me).cluster.take().unwrap();
        assert_eq!(
            self.members.remove(&cluster),
            Some(BTreeSet::from([me])),
            "only pristine ones yield"
        );
        let now = self.now;
        let gone = Event::Presence { cluster: None, pristine: false };
        let decision = self.machine(me).founding.handle(gone, now);
        self.act(me, decision);
    }

    fn join(&mut self, me: usize, from: usize, cluster: ClusterId) {
        if self.machine(me).cluster != Some(cluster) {
            return self.post(from, ADMISSION, Message::Refused { by: me });
        }
        self.members.get_mut(&cluster).unwrap().insert(from);
        self.post(from, ADMISSION, Message::Joined { into: cluster });
    }

    fn enter(&mut self, me: usize, into: ClusterId) {
        let machine = self.machine(me);
        machine.cluster = Some(into);
        machine.asking = false;
        self.refresh(me);
    }
}

#[test]
fn whatever_the_offsets_and_delays_one_machine_founds() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed, Duration::ZERO);
        world.run();
        assert_eq!(world.founded.len(), 1, "seed {seed}: founders {:?}", world.founded);
        let everybody: BTreeSet<_> = (0..world.ids.len()).collect();
        let members: Vec<_> = world.members.values().cloned().collect();
        assert_eq!(members, [everybody], "seed {seed}");
    }
}

#[test]
fn after_a_split_heals_nobody_is_left_over_and_lone_founders_have_yielded() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed, Duration::from_secs(20));
        world.run();
        let members: BTreeSet<_> = world.members.values().flatten().copied().collect();
        assert_eq!(members.len(), world.ids.len(), "seed {seed}: {:?}", world.members);
        let lonely = world.members.values().filter(|members| members.len() == 1).count();
        assert!(lonely == 0, "seed {seed}: {:?}", world.members);
        assert!(world.members.len() <= 2, "seed {seed}: {:?}", world.members);
    }
}
