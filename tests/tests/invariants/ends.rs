//! Invariant 8: every accepted run ends once faults stop, and an ended run never changes.

use std::collections::BTreeMap;

use state::{Command, RunId};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct Ends {
    /// The revision at which each accepted run ended; nothing while it is under way.
    accepted: BTreeMap<RunId, Option<u64>>,
}

impl Check for Ends {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        if let (Command::Begin(begin), Ok(_)) = (&applied.command, &applied.reply) {
            self.accepted.entry(begin.run).or_default();
        }
        if let Command::Prune(prune) = &applied.command {
            let gone = |run: &&RunId| applied.after.runs.get(**run).is_none();
            let gone: Vec<RunId> = prune.runs.iter().filter(gone).copied().collect();
            for run in gone {
                let ended = self.accepted.remove(&run).flatten();
                assert!(
                    ended.is_some() || !applied.before.runs.active.contains(&run),
                    "{run} was pruned alive"
                );
            }
        }
        for (id, ended) in &mut self.accepted {
            let run = applied.after.runs.get(*id);
            let run = run.unwrap_or_else(|| panic!("accepted run {id} is gone"));
            match *ended {
                Some(_) => {
                    assert_eq!(Some(run), applied.before.runs.get(*id), "run {id} has changed")
                }
                None if run.status.is_final() => *ended = Some(run.revision),
                None => assert!(applied.after.runs.active.contains(id), "run {id} is forgotten"),
            }
        }
    }
}

/// That all runs end is awaited by the model itself.
#[test]
fn every_accepted_run_ends_and_an_ended_run_never_changes() {
    simulate::<Ends>("ends");
}
