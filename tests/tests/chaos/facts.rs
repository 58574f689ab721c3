//! What was done to which nodes and when: the only good reasons for a lost attempt.

use std::time::{Duration, SystemTime};

/// A blow, from the moment it fell until its victims had recovered. Wall time, as attempts have it; it is one machine.
#[derive(Clone, Debug)]
pub struct Fault {
    pub what: String,
    pub nodes: Vec<String>,
    pub from: SystemTime,
    pub until: SystemTime,
}

/// All blows of a storm.
#[derive(Clone, Debug, Default)]
pub struct Faults(pub Vec<Fault>);

/// With so many nodes away at once there may be no quorum, whichever they are.
const MAJORITY: usize = 2;

impl Faults {
    /// Whether an attempt on a node could be lost for a reason.
    pub fn explain(&self, node: &str, from: SystemTime, until: SystemTime) -> bool {
        let within: Vec<&Fault> =
            self.0.iter().filter(|fault| fault.from <= until && from <= fault.until).collect();
        within.iter().any(|fault| fault.hits(node) || self.is_majority(fault))
    }

    /// One a line, with the second of the day at which each fell, as logs have it.
    pub fn text(&self) -> String {
        let line = |fault: &Fault| {
            let since = |time: SystemTime| {
                time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() % 86_400_000
            };
            format!("{}..{} ms: {}\n", since(fault.from), since(fault.until), fault.what)
        };
        self.0.iter().map(line).collect()
    }

    /// Whether a quorum may have been missing at some moment of a blow.
    fn is_majority(&self, fault: &Fault) -> bool {
        let at_once = self.0.iter().filter(|other| fault.overlaps(other));
        let mut nodes: Vec<&String> = at_once.flat_map(|other| &other.nodes).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.len() >= MAJORITY
    }
}

impl Fault {
    fn hits(&self, node: &str) -> bool {
        self.nodes.iter().any(|name| name == node)
    }

    fn overlaps(&self, other: &Fault) -> bool {
        self.from <= other.until && other.from <= self.until
    }
}

/// A point in time of the API.
pub fn time(time: web::wire::Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(time.0)
}
