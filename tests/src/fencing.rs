use std::time::Duration;

use crate::history::Outcome;

/// Who was told to hold a lock, and what became of the writes under its tokens.
#[derive(Clone, Debug, Default)]
pub struct Fencing {
    grants: Vec<Grant>,
    writes: Vec<Guarded>,
}

/// A lock was given to somebody.
#[derive(Clone, Debug)]
pub struct Grant {
    pub call: Duration,
    pub end: Duration,
    pub token: u64,
}

/// A write that was to happen only under a token.
#[derive(Clone, Debug)]
pub struct Guarded {
    pub call: Duration,
    pub token: u64,
    pub outcome: Outcome,
}

impl Fencing {
    pub fn granted(&mut self, grant: Grant) {
        self.grants.push(grant);
    }

    pub fn wrote(&mut self, write: Guarded) {
        self.writes.push(write);
    }

    pub fn grants(&self) -> usize {
        self.grants.len()
    }

    /// Writes under a token after somebody had been given a newer one.
    pub fn late(&self) -> usize {
        self.writes.iter().filter(|write| self.is_late(write)).count()
    }

    /// Tokens that do not rise, and writes that should have been refused.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (place, one) in self.grants.iter().enumerate() {
            for other in &self.grants[place + 1..] {
                let (first, second) = if one.end < other.end { (one, other) } else { (other, one) };
                if one.token == other.token {
                    faults.push(format!("granted twice: {one:?} and {other:?}"));
                } else if first.end < second.call && first.token > second.token {
                    faults.push(format!("tokens fall: {first:?}, then {second:?}"));
                }
            }
        }
        let taken = self
            .writes
            .iter()
            .filter(|write| matches!(write.outcome, Outcome::Version(_)) && self.is_late(write));
        faults.extend(taken.map(|write| format!("under an older token: {write:?}")));
        faults
    }

    fn is_late(&self, write: &Guarded) -> bool {
        self.grants.iter().any(|grant| grant.token > write.token && grant.end < write.call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(call: u64, end: u64, token: u64) -> Grant {
        Grant { call: Duration::from_millis(call), end: Duration::from_millis(end), token }
    }

    fn write(call: u64, token: u64, outcome: Outcome) -> Guarded {
        Guarded { call: Duration::from_millis(call), token, outcome }
    }

    fn faults(grants: &[Grant], writes: &[Guarded]) -> usize {
        Fencing { grants: grants.to_vec(), writes: writes.to_vec() }.faults().len()
    }

    #[test]
    fn tokens_rise_with_each_grant() {
        assert_eq!(faults(&[grant(0, 1, 5), grant(2, 3, 9)], &[]), 0);
        assert_eq!(faults(&[grant(0, 1, 9), grant(2, 3, 5)], &[]), 1);
        assert_eq!(faults(&[grant(0, 3, 9), grant(2, 4, 5)], &[]), 0, "at once, in any order");
        assert_eq!(faults(&[grant(0, 3, 9), grant(2, 4, 9)], &[]), 1);
    }

    #[test]
    fn a_write_under_an_older_token_must_be_refused() {
        let grants = [grant(0, 1, 5), grant(2, 3, 9)];
        assert_eq!(faults(&grants, &[write(4, 5, Outcome::Refused)]), 0);
        assert_eq!(faults(&grants, &[write(4, 5, Outcome::Version(1))]), 1);
        assert_eq!(faults(&grants, &[write(2, 5, Outcome::Version(1))]), 0, "it was in time");
    }
}
