//! What takes time is done beside the loop.

use std::time::Duration;

use config::NodeId;
use libp2p::Multiaddr;
use proto::contacts::Target;
use proto::roster::Event;
use proto::{Beat, Sighting};

use super::Driver;
use crate::beacon::{BEAT, DEADLINE, SIGHT};
use crate::mesh::lane;
use crate::{Error, Event as Reported};

/// A job that has ended.
pub enum Done {
    Beaten { node: NodeId, revision: u64, answer: Result<(Beat, Duration), Error> },
    Sighted { node: NodeId, asked: Duration, answer: Option<Sighting> },
    Resolved { target: Target, addresses: Vec<Multiaddr> },
}

impl Driver {
    pub(super) fn done(&mut self, done: Done) {
        match done {
            Done::Beaten { node, revision, answer: Ok((beat, trip)) } => {
                self.told.insert(node, revision);
                self.learn(node, &beat);
                self.observe(Event::Answered(node, beat, trip));
            }
            Done::Beaten { node, answer: Err(error), .. } => {
                tracing::debug!(%error, "a heartbeat failed");
                self.observe(Event::Missed(node));
            }
            Done::Sighted { node, asked, answer: Some(sighting) } if sighting.node == node => {
                self.contacts.learn(node, &sighting.addresses);
                self.shared.emit(Reported::Sighted { sighting, asked: Some(asked) });
            }
            Done::Sighted { .. } => {}
            Done::Resolved { target, addresses } => self.dial_resolved(target, addresses),
        }
    }

    /// Sends a heartbeat; addresses go along when the other has not been told of them.
    pub(super) fn beat(&mut self, node: NodeId) {
        let revision = self.contacts.revision();
        let told = self.told.get(&node) == Some(&revision);
        let known = if told { Vec::new() } else { self.contacts.known() };
        let body = self.shared.beat(known).encode();
        let (lane, shared) = (lane(&self.shared, node, BEAT), self.shared.clone());
        self.jobs.spawn(async move {
            let sent = shared.now();
            let answer = Box::pin(lane.call(body, DEADLINE)).await;
            let trip = shared.now().saturating_sub(sent);
            let answer = answer.and_then(|body| match Beat::decode(&body) {
                Ok(beat) => Ok((beat, trip)),
                Err(error) => Err(Error::Unreachable { node, why: error.to_string() }),
            });
            Done::Beaten { node, revision, answer }
        });
    }

    pub(super) fn ask_sighting(&mut self, node: NodeId) {
        let body = self.shared.sighting().encode();
        let (lane, asked) = (lane(&self.shared, node, SIGHT), self.shared.now());
        self.jobs.spawn(async move {
            let answer = Box::pin(lane.call(body, DEADLINE)).await;
            let answer = answer.ok().and_then(|body| Sighting::decode(&body).ok());
            Done::Sighted { node, asked, answer }
        });
    }
}
