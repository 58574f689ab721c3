//! Invariant 12: an attempt runs only where its selector allowed, and a decision on the owner.

use std::collections::BTreeMap;

use config::{NodeId, selector};
use state::member::Member;
use state::run::{Kind, Place, Target};
use state::{Command, InstanceKey};

use crate::model::{Applied, Check, Fact, simulate};

#[derive(Default)]
struct Places {
    /// Where each delegated instance was last placed.
    placed: BTreeMap<InstanceKey, NodeId>,
}

impl Check for Places {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        if let (Command::Place(place), Ok(_)) = (&applied.command, &applied.reply) {
            self.place(applied, place);
        }
        for (node, assignment) in applied.granted() {
            let key = assignment.attempt.instance;
            let run = applied.after.runs.get(key.run).unwrap();
            let on_owner = assignment.kind != Kind::Work;
            match run.target(key.task).unwrap() {
                Target::Owner => assert_eq!(node, run.owner, "{key:?} is not on its owner"),
                _ if on_owner => assert_eq!(node, run.owner, "{key:?} is not decided on its owner"),
                _ => assert_eq!(Some(&node), self.placed.get(&key), "{key:?} is elsewhere"),
            }
        }
    }
}

impl Places {
    fn place(&mut self, applied: &Applied, place: &Place) {
        let run = applied.after.runs.get(place.run).unwrap();
        let target = run.target(place.task).unwrap();
        for (slot, node) in &place.places {
            let member = &applied.before.members[node];
            assert!(allows(target, *slot, member), "{target} does not allow {}", member.name);
            let key = InstanceKey { run: place.run, task: place.task, slot: *slot };
            self.placed.insert(key, *node);
        }
    }
}

fn allows(target: &Target, slot: u32, member: &Member) -> bool {
    let matches =
        |labels: &str| selector::parse(labels).unwrap().matches(&member.labels, &member.name);
    match target {
        Target::Names(names) => names.get(slot as usize) == Some(&member.name),
        Target::Labels(labels) => matches(labels),
        Target::Any { labels, .. } => slot == 0 && labels.as_deref().is_none_or(matches),
        Target::All => true,
        Target::Owner | Target::Ask => false,
    }
}

#[test]
fn attempts_run_only_where_their_selectors_allow() {
    simulate::<Places>("places");
}
