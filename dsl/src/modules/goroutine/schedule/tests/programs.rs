//! Made-up programs over a few channels and locks, run to their end or to their deadlock.

use proptest::prelude::*;

use super::*;

const CHANNELS: usize = 3;
const CAPACITIES: [usize; CHANNELS] = [0, 1, 3];

#[derive(Clone, Debug)]
enum Op {
    Send(usize),
    Receive(usize),
    /// From either of two channels, or to the second.
    Select(usize, usize, bool),
    Close(usize),
    Lock,
    Unlock,
    Sleep(u64),
}

/// What a routine is in the middle of.
enum Stand {
    Op(Op),
    Select { receive: [usize; 2], send: bool },
}

struct Actor {
    routine: Routine,
    program: VecDeque<Op>,
    standing: Option<(Ticket, Stand)>,
    holds: bool,
    sent: u32,
}

/// A value knows its sender and which of his it is.
type Item = (usize, u32);

struct World {
    schedule: Schedule<Item>,
    channels: Vec<Channel<Item>>,
    lock: Permits,
    actors: Vec<Actor>,
    /// Sent (when the sender was told so) and received, by channel.
    sent: Vec<Vec<Item>>,
    received: Vec<Vec<Item>>,
    holders: usize,
}

impl World {
    fn new(programs: Vec<Vec<Op>>) -> World {
        let mut schedule = Schedule::new();
        let actors = programs.into_iter().map(|program| Actor {
            routine: schedule.begin(place(1)),
            program: program.into(),
            standing: None,
            holds: false,
            sent: 0,
        });
        let actors = actors.collect();
        schedule.end(Routine::COMMAND);
        World {
            schedule,
            channels: CAPACITIES.map(Channel::new).into(),
            lock: Permits::new(1),
            actors,
            sent: vec![Vec::new(); CHANNELS],
            received: vec![Vec::new(); CHANNELS],
            holders: 0,
        }
    }

    /// Runs until nothing can happen any more.
    fn run(&mut self) -> Option<Deadlock> {
        for _ in 0..100_000 {
            if let Some(routine) = self.schedule.next() {
                let actor = self.actors.iter().position(|actor| actor.routine == routine).unwrap();
                self.step(actor);
            } else if self.schedule.alive() == 0 {
                return None;
            } else if let Some(deadlock) = self.schedule.deadlock() {
                return Some(deadlock);
            } else {
                let at = self.schedule.next_timer().expect("somebody waits for a time");
                self.schedule.advance(at);
            }
        }
        panic!("the program neither ends nor stands still");
    }

    fn step(&mut self, actor: usize) {
        if let Some((ticket, stand)) = self.actors[actor].standing.take() {
            match self.schedule.take(ticket) {
                Some((case, wake)) => self.woken(actor, stand, case, wake),
                None => self.actors[actor].standing = Some((ticket, stand)),
            }
        }
        while self.actors[actor].standing.is_none() {
            let Some(op) = self.actors[actor].program.pop_front() else {
                if self.actors[actor].holds {
                    self.unlock(actor);
                }
                return self.schedule.end(self.actors[actor].routine);
            };
            self.perform(actor, op);
        }
    }

    fn woken(&mut self, actor: usize, stand: Stand, case: usize, wake: Wake<Item>) {
        match (stand, wake) {
            (Stand::Op(Op::Send(channel)), Wake::Granted) => {
                let item = (actor, self.actors[actor].sent);
                self.sent[channel].push(item);
            }
            (Stand::Op(Op::Receive(channel)), Wake::Value(item)) => {
                self.received[channel].push(item)
            }
            (Stand::Select { receive, .. }, Wake::Value(item)) => {
                self.received[receive[case]].push(item)
            }
            (Stand::Select { receive, send: true }, Wake::Granted) => {
                assert_eq!(case, 1);
                let item = (actor, self.actors[actor].sent);
                self.sent[receive[1]].push(item);
            }
            (Stand::Op(Op::Lock), Wake::Granted) => self.locked(actor),
            (Stand::Op(Op::Sleep(_)), Wake::TimedOut) => {}
            (Stand::Op(Op::Send(_) | Op::Receive(_)) | Stand::Select { .. }, Wake::Closed) => {}
            (_, wake) => panic!("woken by {wake:?}"),
        }
    }

    fn perform(&mut self, actor: usize, op: Op) {
        match op {
            Op::Send(channel) => {
                let item = self.next_item(actor);
                match self.channels[channel].send(&mut self.schedule, item) {
                    Sent::Taken => self.sent[channel].push(item),
                    Sent::Closed => {}
                    Sent::Full(item) => {
                        let ticket = self.block(actor, "to send", None, Stand::Op(op));
                        self.channels[channel].stand_to_send(&self.schedule, ticket, 0, item);
                    }
                }
            }
            Op::Receive(channel) => match self.channels[channel].receive(&mut self.schedule) {
                Received::Value(item) => self.received[channel].push(item),
                Received::Closed => {}
                Received::Empty => {
                    let ticket = self.block(actor, "to receive", None, Stand::Op(op));
                    self.channels[channel].stand_to_receive(&self.schedule, ticket, 0);
                }
            },
            Op::Select(first, second, send) => self.select(actor, [first, second], send),
            Op::Close(channel) => drop(self.channels[channel].close(&mut self.schedule)),
            Op::Lock if self.actors[actor].holds => {}
            Op::Lock if self.lock.try_take(&self.schedule, 1) => self.locked(actor),
            Op::Lock => {
                let ticket = self.block(actor, "to lock", None, Stand::Op(op));
                self.lock.stand(&self.schedule, ticket, 1);
            }
            Op::Unlock if self.actors[actor].holds => self.unlock(actor),
            Op::Unlock => {}
            Op::Sleep(time) => {
                let until = self.schedule.now() + milliseconds(time);
                self.block(actor, "to wake", Some(until), Stand::Op(op));
            }
        }
    }

    fn select(&mut self, actor: usize, channels: [usize; 2], send: bool) {
        match self.channels[channels[0]].receive(&mut self.schedule) {
            Received::Value(item) => return self.received[channels[0]].push(item),
            Received::Closed => return,
            Received::Empty => {}
        }
        let item = self.next_item(actor);
        let full = if send {
            match self.channels[channels[1]].send(&mut self.schedule, item) {
                Sent::Taken => return self.sent[channels[1]].push(item),
                Sent::Closed => return,
                Sent::Full(item) => Some(item),
            }
        } else {
            match self.channels[channels[1]].receive(&mut self.schedule) {
                Received::Value(item) => return self.received[channels[1]].push(item),
                Received::Closed => return,
                Received::Empty => None,
            }
        };
        let ticket =
            self.block(actor, "to select", None, Stand::Select { receive: channels, send });
        self.channels[channels[0]].stand_to_receive(&self.schedule, ticket, 0);
        match full {
            Some(item) => self.channels[channels[1]].stand_to_send(&self.schedule, ticket, 1, item),
            None => self.channels[channels[1]].stand_to_receive(&self.schedule, ticket, 1),
        }
    }

    fn block(&mut self, actor: usize, what: &str, until: Option<Duration>, stand: Stand) -> Ticket {
        let ticket = self.schedule.block(self.actors[actor].routine, reason(what), until);
        self.actors[actor].standing = Some((ticket, stand));
        ticket
    }

    fn next_item(&mut self, actor: usize) -> Item {
        self.actors[actor].sent += 1;
        (actor, self.actors[actor].sent)
    }

    fn locked(&mut self, actor: usize) {
        self.actors[actor].holds = true;
        self.holders += 1;
        assert_eq!(self.holders, 1, "two hold the lock");
    }

    fn unlock(&mut self, actor: usize) {
        self.actors[actor].holds = false;
        self.holders -= 1;
        self.lock.give_back(&mut self.schedule, 1).unwrap();
    }

    /// Nothing was lost, doubled or made up.
    fn check(&mut self) {
        for channel in 0..CHANNELS {
            let mut left = Vec::new();
            while let Received::Value(item) = self.channels[channel].receive(&mut self.schedule) {
                left.push(item);
            }
            let arrived: Vec<Item> = self.received[channel].iter().chain(&left).copied().collect();
            let unique: BTreeSet<Item> = arrived.iter().copied().collect();
            assert_eq!(unique.len(), arrived.len(), "a value arrived twice");
            for item in &self.sent[channel] {
                assert!(unique.contains(item), "{item:?} was sent and is lost");
            }
        }
    }

    /// Nobody who is said to be stuck could go on.
    fn check_stuck(&mut self, deadlock: &Deadlock) {
        assert_eq!(deadlock.waits.len(), self.schedule.alive());
        for actor in 0..self.actors.len() {
            let Some((_, stand)) = &self.actors[actor].standing else { continue };
            match *stand {
                Stand::Op(Op::Receive(channel)) => {
                    assert_eq!(self.channels[channel].len(), 0);
                    assert!(!self.channels[channel].is_closed());
                }
                Stand::Op(Op::Send(channel)) => {
                    assert_eq!(self.channels[channel].len(), CAPACITIES[channel]);
                    assert!(!self.channels[channel].is_closed());
                }
                Stand::Op(Op::Lock) => assert_eq!(self.lock.free(), 0),
                Stand::Op(_) => panic!("it waits for a time"),
                Stand::Select { receive, send } => {
                    assert_eq!(self.channels[receive[0]].len(), 0);
                    let room = if send { CAPACITIES[receive[1]] } else { 0 };
                    assert_eq!(self.channels[receive[1]].len(), room);
                }
            }
        }
        for channel in 0..CHANNELS {
            let waits = |wanted: fn(&Op) -> Option<usize>| {
                self.actors.iter().any(|actor| match &actor.standing {
                    Some((_, Stand::Op(op))) => wanted(op) == Some(channel),
                    _ => false,
                })
            };
            let sends = waits(|op| if let Op::Send(channel) = op { Some(*channel) } else { None });
            let receives =
                waits(|op| if let Op::Receive(channel) = op { Some(*channel) } else { None });
            assert!(!(sends && receives), "a sender and a receiver wait for each other");
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..CHANNELS).prop_map(Op::Send),
        4 => (0..CHANNELS).prop_map(Op::Receive),
        2 => (0..CHANNELS, 0..CHANNELS, any::<bool>()).prop_map(|(a, b, send)| Op::Select(a, b, send)),
        1 => (0..CHANNELS).prop_map(Op::Close),
        2 => Just(Op::Lock),
        2 => Just(Op::Unlock),
        1 => (0..20u64).prop_map(Op::Sleep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_program_ends_or_stands_still_for_a_reason(
        programs in prop::collection::vec(prop::collection::vec(op(), 0..12), 1..6)
    ) {
        let mut world = World::new(programs);
        if let Some(deadlock) = world.run() {
            world.check_stuck(&deadlock);
        }
        world.check();
    }
}
