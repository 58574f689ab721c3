use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Event, KEPT, KEPT_BYTES};
use crate::Map;
use crate::query::Events;

/// The newest events, without holes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Records", into = "Records")]
pub struct Ring {
    events: Map<u64, Arc<Event>>,
    newest: u64,
    bytes: usize,
}

#[derive(Serialize, Deserialize)]
struct Records {
    newest: u64,
    events: Map<u64, Arc<Event>>,
}

/// Memory of an event besides its data, about.
const EVENT_BYTES: usize = 200;

impl Ring {
    /// The sequence number of the newest event; 0 before the first.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Events after a sequence number, oldest first: at most `most`, and `bytes` of data unless the first is larger.
    pub fn after(&self, after: u64, most: usize, bytes: usize) -> Events {
        let oldest = self.events.get_min().map_or(self.newest, |(oldest, _)| *oldest);
        if after.saturating_add(1) < oldest {
            return Events::Gone { oldest };
        }
        let (mut events, mut room) = (Vec::new(), bytes);
        for event in self.events.range(after.saturating_add(1)..).map(|(_, event)| event).take(most)
        {
            let Some(left) = room.checked_sub(size(event)).or(events.is_empty().then_some(0))
            else {
                break;
            };
            room = left;
            events.push(Event::clone(event));
        }
        Events::Next { events, newest: self.newest }
    }

    /// Appends the event made for the next sequence number, and lets the oldest go.
    pub(crate) fn push(&mut self, make: impl FnOnce(u64) -> Event) -> u64 {
        self.newest = self.newest.saturating_add(1);
        let event = make(self.newest);
        self.bytes += size(&event);
        self.events.insert(self.newest, Arc::new(event));
        while self.events.len() > KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.events.get_min().map(|(oldest, _)| *oldest) else { break };
            let gone = self.events.remove(&oldest);
            self.bytes -= gone.map_or(0, |event| size(&event));
        }
        self.newest
    }
}

fn size(event: &Event) -> usize {
    EVENT_BYTES + event.data.len()
}

impl From<Records> for Ring {
    fn from(Records { newest, events }: Records) -> Self {
        let bytes = events.values().map(|event| size(event)).sum();
        Self { events, newest, bytes }
    }
}

impl From<Ring> for Records {
    fn from(ring: Ring) -> Self {
        Self { newest: ring.newest, events: ring.events }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DATA_BYTES;
    use super::*;
    use crate::{Subject, Wall};
    use config::NodeId;

    fn event(sequence: u64, data: &str) -> Event {
        Event {
            sequence,
            index: 1,
            at: Wall(0),
            kind: "custom".into(),
            by: Subject::Node(NodeId::new([0; 32])),
            run: None,
            task: None,
            node: None,
            data: data.into(),
        }
    }

    fn ring(count: usize, data: &str) -> Ring {
        let mut ring = Ring::default();
        for _ in 0..count {
            ring.push(|sequence| event(sequence, data));
        }
        ring
    }

    fn sequences(events: Events) -> Vec<u64> {
        match events {
            Events::Next { events, .. } => events.iter().map(|event| event.sequence).collect(),
            Events::Gone { oldest } => panic!("gone, oldest {oldest}"),
        }
    }

    #[test]
    fn numbers_have_no_holes() {
        let ring = ring(5, "{}");
        assert_eq!(ring.newest(), 5);
        assert_eq!(sequences(ring.after(0, 100, 1 << 20)), [1, 2, 3, 4, 5]);
        assert_eq!(sequences(ring.after(3, 1, 1 << 20)), [4]);
        assert_eq!(sequences(ring.after(5, 100, 1 << 20)), [0_u64; 0]);
        assert_eq!(sequences(ring.after(u64::MAX, 100, 1 << 20)), [0_u64; 0]);
        assert_eq!(sequences(Ring::default().after(0, 1, 1)), [0_u64; 0]);
    }

    #[test]
    fn an_old_cursor_is_told_that_its_events_are_gone() {
        let ring = ring(KEPT + 10, "{}");
        assert_eq!(ring.after(9, 1, 1), Events::Gone { oldest: 11 });
        assert_eq!(sequences(ring.after(10, 2, 1 << 20)), [11, 12]);
    }

    #[test]
    fn bytes_are_bounded_too() {
        let ring = ring(KEPT, &"x".repeat(DATA_BYTES));
        assert!(ring.bytes <= KEPT_BYTES && ring.events.len() < KEPT);
        assert_eq!(ring.bytes, Ring::from(Records::from(ring.clone())).bytes);
    }

    #[test]
    fn a_page_has_bytes_but_never_nothing() {
        let ring = ring(5, &"x".repeat(1_000));
        assert_eq!(sequences(ring.after(0, 100, 2_500)), [1, 2]);
        assert_eq!(sequences(ring.after(0, 100, 1)), [1]);
    }
}
