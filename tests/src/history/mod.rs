//! What clients asked of one key, what they were told, and whether that can be.

mod operation;
mod order;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use operation::{Life, Operation, Outcome, What};
use order::{Absences, Place, Placed, out_of_order};

/// What clients asked of one key, and what they were told.
///
/// Each change of the key is given a version, one more than the version before. So the order in which changes took
/// effect is known, and it can be decided exactly whether a single copy of the key could have answered all that.
/// A deletion has no version, so clients delete only a version they name; the end of a value with a time to live
/// comes at some moment after that time. Between the end of a version and the next one the key is absent.
#[derive(Clone, Debug, Default)]
pub struct History {
    operations: Vec<Operation>,
}

/// How many writes there were, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub done: u64,
    pub refused: u64,
    pub unknown: u64,
}

/// The version of each write that took effect, by its place among the operations.
type Versions = BTreeMap<usize, u64>;

impl History {
    pub fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for operation in &self.operations {
            match operation.what {
                What::Write { outcome: Outcome::Version(_), .. } => count.done += 1,
                What::Write { outcome: Outcome::Refused, .. } => count.refused += 1,
                What::Write { outcome: Outcome::Unknown, .. } => count.unknown += 1,
                _ => {}
            }
        }
        count
    }

    /// How many reads were answered without agreement.
    pub fn stale(&self) -> usize {
        self.operations.iter().filter(|it| matches!(it.what, What::Stale { .. })).count()
    }

    /// How many versions were ended by somebody who was told so.
    pub fn deleted(&self) -> usize {
        let done = |it: &&Operation| matches!(it.what, What::Delete { done: Some(true), .. });
        self.operations.iter().filter(done).count()
    }

    /// The values by version, as far as any answer tells them.
    pub fn values(&self) -> BTreeMap<u64, &str> {
        let told = self.operations.iter().filter_map(|operation| match &operation.what {
            What::Write { value, outcome: Outcome::Version(version), .. } => {
                Some((*version, value.as_str()))
            }
            what => what.seen().filter(|(version, _)| *version > 0),
        });
        told.collect()
    }

    /// Whether the newest version there is has a time to live.
    pub fn ends_by_itself(&self) -> bool {
        let Ok(versions) = self.versions() else { return false };
        let newest = versions.iter().max_by_key(|(_, version)| **version);
        newest.is_some_and(|(place, _)| self.operations[*place].what.ttl().is_some())
    }

    /// Everything that a single copy would never have answered, and a replica not without it; nothing when all is well.
    pub fn faults(&self) -> Vec<String> {
        let versions = match self.versions() {
            Ok(versions) => versions,
            Err(faults) => return faults,
        };
        let placed = self.placed(&versions);
        let absences = self.absences(&versions, &placed);
        let mut faults = self.conditions(&versions);
        faults.extend(self.gaps(&versions));
        faults.extend(self.ends(&versions));
        faults.extend(out_of_order(placed, &absences));
        for (_, reads) in self.stale_reads() {
            faults.extend(out_of_order(reads, &absences));
        }
        faults
    }

    fn versions(&self) -> Result<Versions, Vec<String>> {
        let mut faults = Vec::new();
        let mut versions = Versions::new();
        let mut writes = BTreeMap::new();
        for (place, operation) in self.operations.iter().enumerate() {
            if let What::Write { value, outcome, .. } = &operation.what {
                writes.insert(value.as_str(), place);
                if let Outcome::Version(version) = outcome {
                    versions.insert(place, *version);
                }
            }
        }
        for (version, value) in self.operations.iter().filter_map(|it| it.what.seen()) {
            let Some(place) = writes.get(value) else {
                faults.push(format!("{value} was read and never written"));
                continue;
            };
            if matches!(self.operations[*place].what, What::Write { outcome: Outcome::Refused, .. })
            {
                faults.push(format!("{value} was refused and is read as version {version}"));
            }
            let known = *versions.entry(*place).or_insert(version);
            if known != version {
                faults.push(format!("{value} is version {known} and is read as {version}"));
            }
        }
        let mut values = BTreeMap::new();
        for (place, version) in &versions {
            if let Some(other) = values.insert(version, place) {
                let (one, other) = (&self.operations[*other], &self.operations[*place]);
                faults.push(format!("two writes are version {version}: {one:?} and {other:?}"));
            }
        }
        if faults.is_empty() { Ok(versions) } else { Err(faults) }
    }

    fn conditions(&self, versions: &Versions) -> Vec<String> {
        let broken = versions.iter().filter_map(|(place, version)| {
            // That it is absent is a condition on what came before, which order decides.
            let after = self.operations[*place].what.after().filter(|after| *after > 0)?;
            let text = format!("version {version} was to follow {after}: {}", self.text(*place));
            (after + 1 != *version).then_some(text)
        });
        broken.collect()
    }

    /// Each version up to the last belongs to a write: a known one, or one without an answer.
    fn gaps(&self, versions: &Versions) -> Option<String> {
        let last = versions.values().max().copied().unwrap_or_default();
        let missing = last.saturating_sub(versions.len() as u64);
        let silent = self.operations.iter().enumerate().filter(|(place, operation)| {
            let unknown = matches!(operation.what, What::Write { outcome: Outcome::Unknown, .. });
            unknown && !versions.contains_key(place)
        });
        let silent = silent.count() as u64;
        (missing > silent).then(|| {
            format!("{missing} versions up to {last} are nobody's, {silent} writes had no answer")
        })
    }

    /// A version ends once, and none that something follows on condition that it is still there.
    fn ends(&self, versions: &Versions) -> Vec<String> {
        let (continued, mut ended) = (self.continued(versions), BTreeMap::new());
        let mut faults = Vec::new();
        for (place, operation) in self.operations.iter().enumerate() {
            let What::Delete { version, done: Some(true) } = operation.what else { continue };
            if let Some(other) = ended.insert(version, place) {
                faults.push(format!("{} again after {}", self.text(place), self.text(other)));
            }
            if let Some(next) = continued.get(&version) {
                faults.push(format!("{} yet {}", self.text(place), self.text(*next)));
            }
        }
        faults
    }

    /// Versions that were still there when the next was written, with the place of that write.
    fn continued(&self, versions: &Versions) -> BTreeMap<u64, usize> {
        let after = versions.keys().filter_map(|place| {
            let after = self.operations[*place].what.after().filter(|after| *after > 0)?;
            Some((after, *place))
        });
        after.collect()
    }

    /// Everything that agreement has answered; and what reads without it prove.
    fn placed(&self, versions: &Versions) -> Vec<Placed> {
        let placed = self.operations.iter().enumerate().filter_map(|(place, operation)| {
            let at = match &operation.what {
                What::Read { version: 0, .. } => Place::Absent,
                What::Read { version, .. } => Place::Read(*version),
                What::Stale { version: 0, .. } => return None,
                What::Stale { version, .. } => Place::Proof(*version),
                What::Write { .. } => {
                    let version = *versions.get(&place)?;
                    // Made on condition that the key was absent.
                    let was_absent = operation.what.after() == Some(0);
                    Place::Write { version, was_absent }
                }
                What::Delete { version, done: Some(true) } => Place::End(*version),
                What::Delete { .. } => return None,
            };
            let end = operation.what.is_answered().then_some(operation.end);
            Some(Placed { call: operation.call, end, at, text: self.text(place) })
        });
        placed.collect()
    }

    /// After which versions the key may have been absent, and since when.
    fn absences(&self, versions: &Versions, placed: &[Placed]) -> Absences {
        let continued = self.continued(versions);
        let mut absences = Absences::new(placed);
        for (place, operation) in self.operations.iter().enumerate() {
            let end = match &operation.what {
                What::Delete { done: Some(false), .. } => None,
                What::Delete { version, .. } => Some((*version, operation.call)),
                what => {
                    what.ttl().and_then(|ttl| Some((*versions.get(&place)?, operation.call + ttl)))
                }
            };
            if let Some((version, from)) = end.filter(|(it, _)| !continued.contains_key(it)) {
                absences.add(version, from);
            }
        }
        absences
    }

    /// Reads of each life of a replica, which never goes back.
    fn stale_reads(&self) -> BTreeMap<Life, Vec<Placed>> {
        let mut reads: BTreeMap<Life, Vec<Placed>> = BTreeMap::new();
        for (place, operation) in self.operations.iter().enumerate() {
            if let What::Stale { life: Some(life), version, .. } = operation.what {
                let at = if version == 0 { Place::Absent } else { Place::Read(version) };
                let (call, end) = (operation.call, Some(operation.end));
                let read = Placed { call, end, at, text: self.text(place) };
                reads.entry(life).or_default().push(read);
            }
        }
        reads
    }

    fn text(&self, place: usize) -> String {
        format!("{:?}", self.operations[place])
    }
}
