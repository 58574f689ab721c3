use std::net::TcpListener;
use std::sync::Arc;

use crate::home::Home;
use crate::netns::Lan;
use crate::node::Node;

/// Of test clusters: 128 bits.
pub const SECRET: &str = "7f3a9c1e5b8d2f4a6c0e9b7d1f3a5c8e";

/// Timers short enough for tests, with room for a busy machine of two processors.
pub const TIMERS: &str = r#"
[raft]
heartbeat = "100ms"
election_min = "500ms"
election_max = "1s"
[run]
lease = "4s"
kill_grace = "1s"
lease_margin = "500ms"
grace = "2s"
"#;

/// A node before its start.
#[derive(Clone)]
pub struct Setup {
    pub(crate) home: Home,
    pub(crate) name: Option<String>,
    pub(crate) address: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) input: Option<String>,
    pub(crate) place: Option<Place>,
}

/// A machine of a network of its own.
#[derive(Clone)]
pub(crate) struct Place {
    pub lan: Arc<Lan>,
    pub machine: usize,
}

impl Setup {
    /// A node with a name, short timers, a port of its own, and no secret.
    pub fn new(name: &str) -> Self {
        Self { name: Some(name.into()), ..Self::nameless() }
    }

    /// As [`Self::new`], named after the machine.
    pub fn nameless() -> Self {
        let setup = Self {
            home: Home::new(),
            name: None,
            address: free_address(),
            arguments: Vec::new(),
            environment: Vec::new(),
            input: None,
            place: None,
        };
        setup.home.configure(TIMERS);
        setup
    }

    /// Takes over the home of somebody who was here before.
    pub fn home(mut self, home: Home) -> Self {
        home.configure(TIMERS);
        self.home = home;
        self
    }

    /// On a machine of this network instead of loopback.
    pub(crate) fn on(mut self, lan: &Arc<Lan>, machine: usize) -> Self {
        self.address = lan.address(machine);
        self.place = Some(Place { lan: lan.clone(), machine });
        self
    }

    /// Where it will listen.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn tag(self, tag: &str) -> Self {
        self.arg("--tag").arg(tag)
    }

    /// What its process reads from standard input.
    pub fn input(mut self, text: &str) -> Self {
        self.input = Some(text.into());
        self
    }

    /// Writes a file that it can read. Its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        self.home.write(name, text).display().to_string()
    }

    pub fn seed(self, address: &str) -> Self {
        self.arg("--seed").arg(address)
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn secret(self, secret: &str) -> Self {
        self.env("SLOTH_CLUSTER_SECRET", secret)
    }

    /// A setting by its key, as in `raft.voters`.
    pub fn set(self, key: &str, value: &str) -> Self {
        self.env(&format!("SLOTH_{}", key.replace('.', "_").to_uppercase()), value)
    }

    /// Starts it; it need not have come up.
    pub fn start(self) -> Node {
        Node::start(self)
    }
}

/// An address on loopback that was free a moment ago.
pub fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
