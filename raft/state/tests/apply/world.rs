//! A state with the index of its log, and short ways to apply something to it.

use config::{ClusterId, Labels, Name, NodeId};
use state::clock::Tick;
use state::member::{Admission, Admit, Found, Up};
use state::{
    Answer, Batch, Command, Elapsed, Hash, Kind, Reply, Request, RequestId, State, Subject, Wall,
    document,
};

#[derive(Default)]
pub struct World {
    pub state: State,
    pub index: u64,
}

pub fn node(number: u8) -> NodeId {
    NodeId::new([number; 32])
}

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn labels(text: &str) -> Labels {
    text.parse().unwrap()
}

pub fn refused(reply: Reply) -> Kind {
    reply.expect_err("must be refused").kind
}

pub fn user(uid: u32) -> Subject {
    Subject::User { uid, node: node(1) }
}

pub fn found(standalone: bool) -> Command {
    Command::Found(Found {
        cluster: ClusterId::new([7; 16]),
        node: node(1),
        name: name("one"),
        labels: labels("zone=a"),
        standalone,
    })
}

pub fn admit(number: u8, named: &str) -> Admit {
    Admit {
        node: node(number),
        name: name(named),
        name_fixed: false,
        labels: Labels::default(),
        by: Admission::Secret,
    }
}

pub fn up(number: u8, nonce: u64) -> Up {
    Up {
        node: node(number),
        nonce,
        version: "0.1.0".into(),
        slots: 4,
        labels: Labels::default(),
        adopts: true,
    }
}

impl World {
    /// A cluster of node 1, in its first life.
    pub fn founded() -> World {
        let mut world = World::default();
        world.ok(found(false));
        world.ok(Command::Up(up(1, 1)));
        world
    }

    pub fn apply(&mut self, command: Command) -> Reply {
        self.by(Subject::Node(node(1)), command)
    }

    pub fn by(&mut self, by: Subject, command: Command) -> Reply {
        self.request(Request { id: None, by, command })
    }

    /// As a request of node 1 in its first life.
    pub fn numbered(&mut self, sequence: u64, command: Command) -> Reply {
        let id = RequestId { node: node(1), incarnation: 1, sequence, settled: 0 };
        self.request(Request { id: Some(id), by: Subject::Node(node(1)), command })
    }

    pub fn request(&mut self, request: Request) -> Reply {
        self.entry(vec![request]).pop().unwrap()
    }

    /// One entry of many requests.
    pub fn entry(&mut self, requests: Vec<Request>) -> Vec<Reply> {
        self.entry_after(0, requests)
    }

    fn entry_after(&mut self, milliseconds: u64, requests: Vec<Request>) -> Vec<Reply> {
        self.index += 1;
        let (at, elapsed) = (Wall(1_000 + self.index), Elapsed(milliseconds));
        self.state.apply(self.index, &Batch { at, elapsed, requests })
    }

    pub fn ok(&mut self, command: Command) -> Answer {
        self.apply(command).unwrap()
    }

    pub fn refused(&mut self, command: Command) -> Kind {
        refused(self.apply(command))
    }

    /// Moves the stopwatch, in as many ticks as it takes.
    pub fn wait(&mut self, milliseconds: u64) {
        let most = state::clock::STEP_MAX.0;
        for _ in 0..milliseconds / most {
            self.tick(most);
        }
        self.tick(milliseconds % most);
    }

    /// Serves what is due when the stopwatch has gone on by so much.
    pub fn tick(&mut self, milliseconds: u64) {
        let (id, by) = (None, Subject::Node(node(1)));
        let command = Command::Tick(Tick {});
        self.entry_after(milliseconds, vec![Request { id, by, command }]).pop().unwrap().unwrap();
    }

    /// Uploads a document of one part.
    pub fn upload(&mut self, bytes: &[u8]) -> Hash {
        let document = Hash::of(bytes);
        self.ok(Command::Part(document::Part {
            document,
            count: 1,
            number: 0,
            bytes: bytes.into(),
        }));
        document
    }

    /// The kinds of all events so far.
    pub fn events(&self) -> Vec<String> {
        match self.state.events.after(0, usize::MAX, usize::MAX) {
            state::query::Events::Next { events, .. } => {
                events.into_iter().map(|event| event.kind).collect()
            }
            state::query::Events::Gone { oldest } => panic!("the oldest is {oldest}"),
        }
    }

    pub fn last_event(&self) -> String {
        self.events().pop().unwrap_or_default()
    }
}
