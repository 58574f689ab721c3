use std::collections::BTreeMap;
use std::time::Duration;

/// What clients asked of one key, and what they were told.
///
/// Each change of the key is given a version, one more than the version before. So the order in which changes took
/// effect is known, and it can be decided exactly whether a single copy of the key could have answered all that.
#[derive(Clone, Debug, Default)]
pub struct History {
    operations: Vec<Operation>,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub call: Duration,
    /// When the answer came.
    pub end: Duration,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// This value was read at this version; version 0 is no value.
    Read { version: u64, value: Option<String> },
    /// A value no other write has, and the version that must precede it if that was a condition.
    Write { value: String, after: Option<u64>, outcome: Outcome },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It took effect as this version.
    Version(u64),
    /// It took no effect.
    Refused,
    /// It may take effect once, at any time after the call.
    Unknown,
}

/// How many writes there were, by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub done: u64,
    pub refused: u64,
    pub unknown: u64,
}

/// An operation with its place in the order of versions.
struct Placed {
    call: Duration,
    /// A write of which nobody knows when it ended has none.
    end: Option<Duration>,
    rank: u64,
    text: String,
}

impl History {
    pub fn push(&mut self, operation: Operation) {
        self.operations.push(operation);
    }

    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for operation in &self.operations {
            match operation.what {
                What::Read { .. } => {}
                What::Write { outcome: Outcome::Version(_), .. } => count.done += 1,
                What::Write { outcome: Outcome::Refused, .. } => count.refused += 1,
                What::Write { outcome: Outcome::Unknown, .. } => count.unknown += 1,
            }
        }
        count
    }

    /// The values by version, as far as any answer tells them.
    pub fn values(&self) -> BTreeMap<u64, &str> {
        let told = self.operations.iter().filter_map(|operation| match &operation.what {
            What::Read { version, value } => Some((*version, value.as_deref()?)),
            What::Write { value, outcome: Outcome::Version(version), .. } => {
                Some((*version, value.as_str()))
            }
            What::Write { .. } => None,
        });
        told.collect()
    }

    /// Everything that a single copy would never have answered; nothing when all is well.
    pub fn faults(&self) -> Vec<String> {
        let versions = match self.versions() {
            Ok(versions) => versions,
            Err(faults) => return faults,
        };
        let mut faults = self.conditions(&versions);
        faults.extend(self.gaps(&versions));
        faults.extend(out_of_order(self.placed(&versions)));
        faults
    }

    /// The version of each write that took effect, by its place among the operations.
    fn versions(&self) -> Result<BTreeMap<usize, u64>, Vec<String>> {
        let mut faults = Vec::new();
        let mut versions = BTreeMap::new();
        let mut writes = BTreeMap::new();
        for (place, operation) in self.operations.iter().enumerate() {
            if let What::Write { value, outcome, .. } = &operation.what {
                writes.insert(value.as_str(), place);
                if let Outcome::Version(version) = outcome {
                    versions.insert(place, *version);
                }
            }
        }
        for operation in &self.operations {
            let What::Read { version, value: Some(value) } = &operation.what else { continue };
            let Some(place) = writes.get(value.as_str()) else {
                faults.push(format!("{value} was read and never written"));
                continue;
            };
            if matches!(self.operations[*place].what, What::Write { outcome: Outcome::Refused, .. })
            {
                faults.push(format!("{value} was refused and is read as version {version}"));
            }
            let known = *versions.entry(*place).or_insert(*version);
            if known != *version {
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

    fn conditions(&self, versions: &BTreeMap<usize, u64>) -> Vec<String> {
        let broken = versions.iter().filter_map(|(place, version)| {
            let What::Write { after: Some(after), .. } = &self.operations[*place].what else {
                return None;
            };
            let text = format!("version {version} was to follow {after}: {}", self.text(*place));
            (after + 1 != *version).then_some(text)
        });
        broken.collect()
    }

    /// Each version up to the last belongs to a write: a known one, or one without an answer.
    fn gaps(&self, versions: &BTreeMap<usize, u64>) -> Option<String> {
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

    /// A read comes after the write of its version and before the next.
    fn placed(&self, versions: &BTreeMap<usize, u64>) -> Vec<Placed> {
        let placed = self.operations.iter().enumerate().filter_map(|(place, operation)| {
            let (rank, answered) = match &operation.what {
                What::Read { version, .. } => (version * 2 + 1, true),
                What::Write { outcome, .. } => {
                    (versions.get(&place)? * 2, *outcome != Outcome::Unknown)
                }
            };
            let end = answered.then_some(operation.end);
            Some(Placed { call: operation.call, end, rank, text: self.text(place) })
        });
        placed.collect()
    }

    fn text(&self, place: usize) -> String {
        format!("{:?}", self.operations[place])
    }
}

/// Whatever had ended before another began comes before it, or sees the same.
fn out_of_order(placed: Vec<Placed>) -> Vec<String> {
    let mut by_call: Vec<&Placed> = placed.iter().collect();
    by_call.sort_by_key(|one| one.call);
    let mut by_end: Vec<&Placed> = placed.iter().filter(|one| one.end.is_some()).collect();
    by_end.sort_by_key(|one| one.end);
    let mut ended = by_end.into_iter().peekable();
    let mut newest: Option<&Placed> = None;
    let mut faults = Vec::new();
    for one in by_call {
        while let Some(before) = ended.next_if(|before| before.end < Some(one.call)) {
            if newest.is_none_or(|newest| newest.rank < before.rank) {
                newest = Some(before);
            }
        }
        if let Some(newer) = newest.filter(|newest| newest.rank > one.rank) {
            faults.push(format!("{} after {}", one.text, newer.text));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(call: u64, end: u64, what: What) -> Operation {
        Operation { call: Duration::from_millis(call), end: Duration::from_millis(end), what }
    }

    fn read(call: u64, end: u64, version: u64, value: &str) -> Operation {
        at(call, end, What::Read { version, value: Some(value.into()) })
    }

    fn absent(call: u64, end: u64) -> Operation {
        at(call, end, What::Read { version: 0, value: None })
    }

    fn write(call: u64, end: u64, value: &str, outcome: Outcome) -> Operation {
        at(call, end, What::Write { value: value.into(), after: None, outcome })
    }

    fn cas(call: u64, end: u64, value: &str, after: u64, outcome: Outcome) -> Operation {
        at(call, end, What::Write { value: value.into(), after: Some(after), outcome })
    }

    fn faults(operations: &[Operation]) -> Vec<String> {
        History { operations: operations.to_vec() }.faults()
    }

    fn is_sound(operations: &[Operation]) {
        assert_eq!(faults(operations), Vec::<String>::new());
    }

    fn says(operations: &[Operation], text: &str) {
        let faults = faults(operations);
        assert!(faults.iter().any(|fault| fault.contains(text)), "{text}: {faults:#?}");
    }

    #[test]
    fn what_a_single_copy_answers_is_sound() {
        is_sound(&[]);
        is_sound(&[
            absent(0, 1),
            write(2, 9, "a", Outcome::Version(1)),
            write(2, 9, "b", Outcome::Version(2)),
            read(3, 8, 1, "a"),
            read(10, 11, 2, "b"),
            cas(12, 13, "c", 2, Outcome::Version(3)),
            cas(12, 13, "d", 2, Outcome::Refused),
            read(14, 15, 3, "c"),
        ]);
    }

    #[test]
    fn a_lost_write_is_found() {
        let done = write(0, 1, "a", Outcome::Version(1));
        says(&[done.clone(), absent(2, 3)], "version: 0");
        is_sound(&[done.clone(), absent(1, 3)]);
        says(&[done, write(2, 3, "b", Outcome::Version(1))], "two writes are version 1");
    }

    #[test]
    fn a_read_never_goes_back() {
        let writes = [write(0, 1, "a", Outcome::Version(1)), write(2, 9, "b", Outcome::Version(2))];
        let [one, two] = writes;
        says(&[one.clone(), two.clone(), read(3, 4, 2, "b"), read(5, 6, 1, "a")], "after");
        is_sound(&[one, two, read(3, 6, 2, "b"), read(5, 6, 1, "a")]);
    }

    #[test]
    fn a_write_does_not_take_effect_before_its_call() {
        let late = write(5, 6, "b", Outcome::Version(1));
        says(&[write(0, 1, "a", Outcome::Version(2)), late], "after");
        let unknown = write(5, 6, "b", Outcome::Unknown);
        says(&[unknown.clone(), read(0, 1, 1, "b")], "after");
        is_sound(&[unknown, absent(7, 8), read(9, 10, 1, "b")]);
    }

    #[test]
    fn a_write_without_an_answer_takes_effect_once_or_never() {
        let unknown = write(0, 1, "a", Outcome::Unknown);
        is_sound(&[unknown.clone(), write(2, 3, "b", Outcome::Version(1))]);
        is_sound(&[unknown.clone(), write(2, 3, "b", Outcome::Version(2))]);
        says(&[unknown.clone(), write(2, 3, "b", Outcome::Version(3))], "are nobody's");
        says(&[unknown, read(2, 3, 1, "a"), read(4, 5, 2, "a")], "is read as 2");
    }

    #[test]
    fn a_refused_write_leaves_no_trace() {
        says(&[write(0, 1, "a", Outcome::Refused), read(2, 3, 1, "a")], "was refused");
        says(&[read(2, 3, 1, "a")], "never written");
        says(&[cas(0, 1, "a", 3, Outcome::Version(1))], "was to follow 3");
    }
}
