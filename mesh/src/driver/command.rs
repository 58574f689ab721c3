use config::{Address, NodeId};
use proto::Beat;

use super::{Driver, Waiter};
use proto::roster::Event;

/// What the driver is asked from outside.
pub enum Command {
    /// A call needs a connection.
    Connect {
        node: NodeId,
        reply: Waiter,
    },
    Seed(Address),
    Refresh,
    /// A member sent a heartbeat.
    Heard(NodeId, Box<Beat>),
}

impl Command {
    /// Each call sends one and waits for it; heartbeats come once a second from each member.
    pub const QUEUED: usize = 256;
}

impl Driver {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Connect { node, reply } => self.connect(node, reply),
            Command::Seed(address) => {
                self.contacts.add_seed(address);
                self.dial_due();
            }
            Command::Refresh => self.refresh(),
            Command::Heard(node, beat) => {
                self.learn(node, &beat);
                self.observe(Event::Heard(node, *beat));
            }
        }
    }

    fn connect(&mut self, node: NodeId, reply: Waiter) {
        if self.connections.contains_key(&node) {
            // The caller may have given up.
            let _ = reply.send(Ok(()));
            return;
        }
        if let Some(dial) = self.contacts.call(&node, self.shared.now()) {
            self.dial(dial);
        }
        if self.contacts.is_dialing(&node) {
            let waiters = self.waiters.entry(node).or_default();
            waiters.retain(|waiter| !waiter.is_closed());
            waiters.push(reply);
            return;
        }
        let why = self.failures.get(&node).cloned();
        let _ = reply.send(Err(why.unwrap_or_else(|| "no address of it is known".into())));
    }

    /// Keeps the addresses that a heartbeat tells. Others than members are not dialed for it.
    pub(super) fn learn(&mut self, node: NodeId, beat: &Beat) {
        self.contacts.learn(node, &beat.addresses);
        for (other, addresses) in &beat.known {
            if *other != self.shared.me && self.members.contains(other) {
                self.contacts.learn(*other, addresses);
            }
        }
    }
}
