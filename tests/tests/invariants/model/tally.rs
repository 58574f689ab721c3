use std::collections::BTreeMap;

use state::run::{Outcome, Status};
use state::{Command, Reply, State};

/// What came about in all simulations of a test: one in which most of it failed would show nothing.
#[derive(Default)]
pub struct Tally {
    accepted: BTreeMap<u16, usize>,
    /// First deliveries of reports that are no loss: sent, accepted.
    reports: (usize, usize),
    statuses: BTreeMap<Status, usize>,
}

impl Tally {
    pub fn count(&mut self, command: &Command, reply: &Reply) {
        *self.accepted.entry(command.tag()).or_default() += usize::from(reply.is_ok());
    }

    pub fn first(&mut self, command: &Command, accepted: bool) {
        if let Command::Report(report) = command
            && report.outcome != Outcome::Lost
        {
            self.reports.0 += 1;
            self.reports.1 += usize::from(accepted);
        }
    }

    pub fn ended(&mut self, state: &State) {
        for run in state.runs.runs.values() {
            *self.statuses.entry(run.status).or_default() += 1;
        }
    }

    pub fn add(&mut self, other: Tally) {
        for (tag, count) in other.accepted {
            *self.accepted.entry(tag).or_default() += count;
        }
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.reports.0 += other.reports.0;
        self.reports.1 += other.reports.1;
    }

    /// Most reports were accepted, every ending of a run and every command of the model was seen.
    pub fn check(&self) {
        let (sent, accepted) = self.reports;
        assert!(accepted * 10 > sent * 7, "only {accepted} of {sent} reports were accepted");
        for status in [Status::Succeeded, Status::Failed, Status::TimedOut, Status::Cancelled] {
            let seen = self.statuses.get(&status).copied().unwrap_or(0);
            assert!(seen > 0, "no run was ever {status:?}: {:?}", self.statuses);
        }
        let model = ["Begin", "Place", "Defer", "Refuse", "Report", "Cancel", "Lose", "Rehome"];
        let model = model.iter().chain(&["Abandon", "Resume", "Approve", "Up", "Acquire", "Set"]);
        for name in model {
            let (tag, _) = Command::TAGS.iter().find(|(_, named)| named == name).unwrap();
            assert!(self.accepted.get(tag).is_some_and(|seen| *seen > 0), "never {name}");
        }
        println!("{accepted} of {sent} reports accepted, runs: {:?}", self.statuses);
    }
}
