//! Invariant 15: the owner's tasks of one run all run on one node.

use std::collections::BTreeMap;

use config::NodeId;
use state::RunId;
use state::run::{Kind, Target};

use crate::model::{Check, Fact, simulate};

#[derive(Default)]
struct Pinned {
    homes: BTreeMap<RunId, NodeId>,
}

impl Check for Pinned {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        for (node, assignment) in applied.granted() {
            let key = assignment.attempt.instance;
            let run = applied.after.runs.get(key.run).unwrap();
            let owned = run.target(key.task) == Some(&Target::Owner);
            if owned && assignment.kind == Kind::Work {
                let home = *self.homes.entry(key.run).or_insert(node);
                assert_eq!(home, node, "run {} has files on two nodes", key.run);
                assert!(run.pinned, "run {} may move away from its files", key.run);
            }
        }
    }
}

#[test]
fn the_owners_tasks_of_a_run_are_on_one_node() {
    simulate::<Pinned>("pinned");
}
