use config::NodeId;
use state::{Answer, Command};

use super::World;

/// A command on its way to the log.
#[derive(Clone)]
pub struct Flight {
    pub from: NodeId,
    pub command: Command,
    /// It was not delivered before.
    pub first: bool,
}

impl World {
    pub fn send(&mut self, from: NodeId, command: Command) {
        self.flights.push(Flight { from, command, first: true });
    }

    /// Some command arrives, whichever was sent first. Some come once more later.
    pub fn deliver(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let place = self.dice.below(self.flights.len());
        let cut = self.nodes.get(&self.flights[place].from).is_some_and(|node| node.cut);
        if cut {
            return;
        }
        let flight = self.flights.swap_remove(place);
        if self.dice.chance(8) {
            self.flights.push(Flight { first: false, ..flight.clone() });
        }
        self.arrive(flight);
    }

    pub fn arrive(&mut self, flight: Flight) {
        let Flight { from, command, first } = flight;
        let reply = self.apply(from, command.clone());
        if first {
            self.tally.first(&command, reply.is_ok());
        }
        match (command, reply) {
            (Command::Up(up), Ok(Answer::Incarnation(incarnation))) => {
                if let Some(node) = self.nodes.get_mut(&up.node) {
                    node.begins(incarnation, up.nonce);
                }
            }
            (Command::Acquire(acquire), Ok(Answer::Token(token))) => {
                self.tokens.push((acquire.name, token));
            }
            _ => {}
        }
    }
}
