//! How machines with one secret and empty directories end in one cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use config::{Address, ClusterId, NodeId};

use crate::Sighting;

/// How long to look around before founding: several rounds of mDNS and handshake on a busy machine.
pub const WINDOW: Duration = Duration::from_secs(2);
/// A sighting that was not renewed for so long counts no more; renewals come every [`RENEW`].
pub const FRESH: Duration = Duration::from_secs(3);
/// How often sightings are exchanged while founding.
pub const RENEW: Duration = Duration::from_millis(250);
/// How long a node that refused admission, perhaps for lack of a leader, is left alone.
const DENIED: Duration = Duration::from_secs(1);

/// What the machine is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Another machine said this; `asked` is when the question was sent, None if it came unasked.
    Sighted { sighting: Sighting, asked: Option<Duration> },
    /// The cluster of this node, and whether it could dissolve.
    Presence { cluster: Option<ClusterId>, pristine: bool },
    /// A node did not let this one in.
    Denied(NodeId),
}

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Found,
    AskAdmission {
        node: NodeId,
        cluster: ClusterId,
        addresses: Vec<Address>,
    },
    /// Look again then, or at the next event.
    Wait(Duration),
    /// Dissolve this cluster into another one and join that.
    Yield {
        into: ClusterId,
        node: NodeId,
        addresses: Vec<Address>,
    },
    /// Two clusters hold data; said once for each other cluster.
    StayApart {
        cluster: ClusterId,
        node: NodeId,
    },
    /// In a cluster, and nothing to settle.
    Rest,
}

struct Seen {
    sighting: Sighting,
    at: Duration,
    asked: Option<Duration>,
}

/// Decides between founding, asking and yielding.
///
/// Only the smallest node id seen may found, after the window, and after every other machine it sees
/// has answered a question sent since it made up its mind: whoever has answered knows of a smaller one
/// and does not found. What a partition splits nevertheless is healed by [`Decision::Yield`].
pub struct Founding {
    me: NodeId,
    not_before: Duration,
    cluster: Option<ClusterId>,
    pristine: bool,
    seen: BTreeMap<NodeId, Seen>,
    denied: BTreeMap<NodeId, Duration>,
    /// Since when this node means to found.
    intent: Option<Duration>,
    told: BTreeSet<ClusterId>,
}

impl Founding {
    /// Starts looking around at `now`.
    pub fn new(me: NodeId, now: Duration) -> Self {
        Self {
            me,
            not_before: now + WINDOW,
            cluster: None,
            pristine: false,
            seen: BTreeMap::new(),
            denied: BTreeMap::new(),
            intent: None,
            told: BTreeSet::new(),
        }
    }

    pub fn handle(&mut self, event: Event, now: Duration) -> Decision {
        self.observe(event, now);
        self.decide(now)
    }

    /// Takes in what happened. An unchanged [`Event::Presence`] changes nothing.
    pub fn observe(&mut self, event: Event, now: Duration) {
        match event {
            Event::Sighted { sighting, asked } => self.sighted(sighting, asked, now),
            Event::Presence { cluster, pristine } => self.presence(cluster, pristine, now),
            Event::Denied(node) => {
                self.denied.insert(node, now + DENIED);
            }
        }
    }

    /// What to do now, after all that was observed.
    pub fn decide(&mut self, now: Duration) -> Decision {
        self.seen.retain(|_, seen| now < seen.at + FRESH);
        self.denied.retain(|_, until| now < *until);
        match self.cluster {
            None => self.seek(now),
            Some(mine) => self.settle(mine),
        }
    }

    fn sighted(&mut self, sighting: Sighting, asked: Option<Duration>, now: Duration) {
        if sighting.node == self.me {
            return;
        }
        let before = self.seen.get(&sighting.node).and_then(|seen| seen.asked);
        let asked = asked.max(before);
        self.seen.insert(sighting.node, Seen { sighting, at: now, asked });
    }

    fn presence(&mut self, cluster: Option<ClusterId>, pristine: bool, now: Duration) {
        if self.cluster.is_some() && cluster.is_none() {
            self.not_before = now + WINDOW;
        }
        if cluster.is_some() {
            self.intent = None;
        }
        self.cluster = cluster;
        self.pristine = pristine;
    }

    fn seek(&mut self, now: Duration) -> Decision {
        if let Some(found) = self.admission() {
            self.intent = None;
            return found;
        }
        if now < self.not_before {
            return Decision::Wait(self.not_before);
        }
        if self.blocked() {
            self.intent = None;
            return Decision::Wait(now + RENEW);
        }
        let since = *self.intent.get_or_insert(now);
        let confirmed =
            self.seen.values().all(|seen| seen.asked.is_some_and(|asked| asked >= since));
        if confirmed { Decision::Found } else { Decision::Wait(now + RENEW) }
    }

    /// Someone smaller may found, or a cluster exists that did not let this node in just now.
    fn blocked(&self) -> bool {
        self.seen.values().any(|seen| seen.sighting.cluster.is_some())
            || self.seen.keys().next().is_some_and(|smallest| *smallest < self.me)
    }

    /// Whom to ask: clusters with data first, then the smallest cluster and node.
    fn admission(&self) -> Option<Decision> {
        let willing =
            self.seen.values().filter(|seen| !self.denied.contains_key(&seen.sighting.node));
        let best = willing
            .filter_map(|seen| {
                Some((seen.sighting.pristine, seen.sighting.cluster?, &seen.sighting))
            })
            .min_by_key(|(pristine, cluster, sighting)| (*pristine, *cluster, sighting.node))?;
        let (_, cluster, Sighting { node, addresses, .. }) = best;
        Some(Decision::AskAdmission { node: *node, cluster, addresses: addresses.clone() })
    }

    fn settle(&mut self, mine: ClusterId) -> Decision {
        let others = self.seen.values().map(|seen| &seen.sighting);
        let others = others.filter_map(|other| Some((other.pristine, other.cluster?, other)));
        let others: Vec<_> = others.filter(|(_, cluster, _)| *cluster != mine).collect();
        let stronger = others
            .iter()
            .filter(|(pristine, cluster, _)| self.pristine && (!pristine || *cluster < mine))
            .min_by_key(|(pristine, cluster, other)| (*pristine, *cluster, other.node));
        if let Some((_, into, other)) = stronger {
            let (node, addresses) = (other.node, other.addresses.clone());
            return Decision::Yield { into: *into, node, addresses };
        }
        let apart = others.iter().find(|(pristine, cluster, _)| {
            !self.pristine && !pristine && !self.told.contains(cluster)
        });
        match apart {
            Some((_, cluster, other)) => {
                self.told.insert(*cluster);
                Decision::StayApart { cluster: *cluster, node: other.node }
            }
            None => Decision::Rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId::new([5; 32]);
    const SMALLER: NodeId = NodeId::new([1; 32]);
    const LARGER: NodeId = NodeId::new([9; 32]);
    const LOW: ClusterId = ClusterId::new([1; 16]);
    const HIGH: ClusterId = ClusterId::new([9; 16]);

    fn at(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    fn sees(node: NodeId, cluster: Option<(ClusterId, bool)>, asked: Option<Duration>) -> Event {
        let (cluster, pristine) = cluster.unzip();
        let pristine = pristine.unwrap_or(false);
        let sighting = Sighting { node, cluster, pristine, addresses: vec![] };
        Event::Sighted { sighting, asked }
    }

    fn has(cluster: ClusterId, pristine: bool) -> Event {
        Event::Presence { cluster: Some(cluster), pristine }
    }

    #[test]
    fn alone_it_founds_after_the_window() {
        let mut founding = Founding::new(ME, at(0));
        assert_eq!(founding.decide(at(1999)), Decision::Wait(at(2000)));
        assert_eq!(founding.decide(at(2000)), Decision::Found);
    }

    #[test]
    fn a_smaller_node_goes_first_until_it_falls_silent() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(sees(SMALLER, None, None), at(1900));
        assert_eq!(founding.decide(at(2000)), Decision::Wait(at(2250)));
        assert_eq!(founding.decide(at(4899)), Decision::Wait(at(5149)));
        assert_eq!(founding.decide(at(4900)), Decision::Found);
    }

    #[test]
    fn a_larger_node_must_answer_after_the_intent() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(sees(LARGER, None, Some(at(1900))), at(1950));
        assert_eq!(founding.decide(at(2000)), Decision::Wait(at(2250)));
        let unasked = founding.handle(sees(LARGER, None, None), at(2100));
        assert_eq!(unasked, Decision::Wait(at(2350)));
        assert_eq!(founding.handle(sees(LARGER, None, Some(at(2010))), at(2200)), Decision::Found);
    }

    #[test]
    fn an_existing_cluster_is_asked_the_one_with_data_first() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(sees(SMALLER, Some((LOW, true)), None), at(10));
        let decision = founding.handle(sees(LARGER, Some((HIGH, false)), None), at(20));
        let asks = |node, cluster| Decision::AskAdmission { node, cluster, addresses: vec![] };
        assert_eq!(decision, asks(LARGER, HIGH));
        assert_eq!(founding.handle(Event::Denied(LARGER), at(30)), asks(SMALLER, LOW));
        let denied = founding.handle(Event::Denied(SMALLER), at(40));
        assert_eq!(denied, Decision::Wait(at(2000)));
        assert_eq!(founding.decide(at(1030)), asks(LARGER, HIGH));
    }

    #[test]
    fn whoever_was_denied_by_a_cluster_does_not_found_beside_it() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(sees(LARGER, Some((HIGH, false)), None), at(2000));
        assert_eq!(founding.handle(Event::Denied(LARGER), at(2500)), Decision::Wait(at(2750)));
    }

    #[test]
    fn of_two_pristine_clusters_the_higher_yields() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(has(HIGH, true), at(0));
        let decision = founding.handle(sees(LARGER, Some((LOW, true)), None), at(10));
        assert_eq!(decision, Decision::Yield { into: LOW, node: LARGER, addresses: vec![] });
        let mut founding = Founding::new(ME, at(0));
        founding.handle(has(LOW, true), at(0));
        let decision = founding.handle(sees(LARGER, Some((HIGH, true)), None), at(10));
        assert_eq!(decision, Decision::Rest);
    }

    #[test]
    fn the_pristine_one_yields_to_data_whatever_the_ids() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(has(LOW, true), at(0));
        let decision = founding.handle(sees(LARGER, Some((HIGH, false)), None), at(10));
        assert_eq!(decision, Decision::Yield { into: HIGH, node: LARGER, addresses: vec![] });
    }

    #[test]
    fn two_clusters_with_data_stay_apart_and_say_so_once() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(has(HIGH, false), at(0));
        let decision = founding.handle(sees(LARGER, Some((LOW, false)), None), at(10));
        assert_eq!(decision, Decision::StayApart { cluster: LOW, node: LARGER });
        assert_eq!(founding.decide(at(20)), Decision::Rest);
    }

    #[test]
    fn members_of_one_cluster_have_nothing_to_settle() {
        let mut founding = Founding::new(ME, at(0));
        founding.handle(has(LOW, true), at(0));
        assert_eq!(founding.handle(sees(LARGER, Some((LOW, true)), None), at(10)), Decision::Rest);
    }
}
