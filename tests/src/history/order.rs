use std::collections::BTreeMap;
use std::time::Duration;

/// An operation with its place in the order of changes.
pub struct Placed {
    pub call: Duration,
    /// A write of which nobody knows when it ended has none.
    pub end: Option<Duration>,
    pub at: Place,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The version is written; on condition that none was there, if so.
    Write {
        version: u64,
        was_absent: bool,
    },
    Read(u64),
    /// Somebody who asked one replica saw the version: it had been written, whatever came since.
    Proof(u64),
    /// The version ends without another.
    End(u64),
    /// No version is there: after the end of one, or before the first.
    Absent,
}

/// A write, then reads of it, then its end, then reads of nothing, then the next write.
const STEP: u64 = 4;

impl Place {
    fn rank(self) -> Option<u64> {
        match self {
            Place::Write { version, .. } => Some(version * STEP),
            Place::Read(version) | Place::Proof(version) => Some(version * STEP + 1),
            Place::End(version) => Some(version * STEP + 2),
            Place::Absent => None,
        }
    }
}

/// The rank of reads of nothing after the end of a version.
fn absent(version: u64) -> u64 {
    version * STEP + 3
}

/// After which versions the key may have been absent, and the earliest moment of each such end.
pub struct Absences {
    since: BTreeMap<u64, Duration>,
    /// The highest rank that was reached at the end of each operation, in the order of these.
    reached: Vec<(Duration, u64)>,
}

impl Absences {
    /// Before the first version it was absent; other ends are still to be added.
    pub fn new(placed: &[Placed]) -> Self {
        let ended = placed.iter().filter_map(|one| Some((one.end?, one.at.rank()?)));
        let mut reached: Vec<_> = ended.collect();
        reached.sort_unstable();
        let mut highest = 0;
        for (_, rank) in &mut reached {
            highest = highest.max(*rank);
            *rank = highest;
        }
        Self { since: [(0, Duration::ZERO)].into(), reached }
    }

    /// The version may have ended at this moment or later, unless something newer was there already.
    pub fn add(&mut self, version: u64, from: Duration) {
        let before = self.reached.partition_point(|(end, _)| *end < from);
        let floor = before.checked_sub(1).map_or(0, |last| self.reached[last].1);
        if floor <= absent(version) {
            let since = self.since.entry(version).or_insert(from);
            *since = from.min(*since);
        }
    }

    fn allows(&self, version: u64, by: Option<Duration>) -> bool {
        let since = self.since.get(&version);
        since.is_some_and(|since| by.is_none_or(|by| *since <= by))
    }

    /// The first absence not before a rank that may have begun by then.
    fn first(&self, floor: u64, by: Option<Duration>) -> Option<u64> {
        let from = floor.saturating_sub(absent(0)).div_ceil(STEP);
        let mut later = self.since.range(from..).map(|(version, _)| *version);
        later.find(|version| self.allows(*version, by)).map(absent)
    }
}

/// Whatever had ended before another began comes before it, or sees the same. A read of nothing comes as early as it
/// can: that leaves most room for the others, so there is an order if this finds one.
pub fn out_of_order(placed: Vec<Placed>, absences: &Absences) -> Vec<String> {
    let mut by_call: Vec<usize> = (0..placed.len()).collect();
    by_call.sort_by_key(|one| placed[*one].call);
    let mut by_end: Vec<usize> =
        (0..placed.len()).filter(|one| placed[*one].end.is_some()).collect();
    by_end.sort_by_key(|one| placed[*one].end);
    let mut ended = by_end.into_iter().peekable();
    let mut ranks = vec![None; placed.len()];
    let mut newest: Option<(u64, usize)> = None;
    let mut faults = Vec::new();
    for number in by_call {
        let one = &placed[number];
        while let Some(before) = ended.next_if(|before| placed[*before].end < Some(one.call)) {
            newest = newest.max(ranks[before].map(|rank| (rank, before)));
        }
        let floor = newest.map_or(0, |(rank, _)| rank);
        let rank = one.at.rank().or_else(|| absences.first(floor, one.end));
        let is_late = rank.is_none_or(|rank| rank < floor);
        if is_late && !matches!(one.at, Place::Proof(_)) {
            let after = newest.map_or("the beginning", |(_, newest)| &placed[newest].text);
            faults.push(format!("{} after {after}", one.text));
        }
        if let Place::Write { version, was_absent: true } = one.at
            && !absences.allows(version - 1, one.end)
        {
            faults.push(format!("none was to be there: {}", one.text));
        }
        ranks[number] = rank;
    }
    faults
}
