//! `run show --why`: how a run came to be as it is, told from committed facts.

mod fact;
mod people;
mod present;
mod run;
mod task;
#[cfg(test)]
mod tests;

use web::wire::{Event, Run};

use crate::output::text::{pad, width};
use crate::output::time;
use fact::Fact;

/// A column of names wider than this helps nobody.
const SUBJECT_MAX: usize = 32;

/// One line a fact, oldest first; then what waits now.
pub fn story(run: &Run, events: &[Event]) -> Vec<String> {
    let told = relevant(run, events);
    let facts: Vec<Fact<'_>> = told.into_iter().map(|event| Fact { event, run }).collect();
    let mut lines = Vec::new();
    if facts.first().is_none_or(|first| first.event.kind != "workflow.started") {
        lines.push("what came before is kept no longer".to_owned());
    }
    let now = present::waits(run);
    let subjects = facts.iter().map(Fact::subject).chain(now.iter().map(|(it, _)| it.clone()));
    let column = subjects.map(|subject| width(&subject)).max().unwrap_or(0).min(SUBJECT_MAX);
    let line = |when: &str, subject: &str, what: &str| {
        format!("{when:<12}  {}  {what}", pad(subject, column))
    };
    lines.extend(
        facts
            .iter()
            .map(|fact| line(&time::of_day(fact.event.time), &fact.subject(), &sentence(fact))),
    );
    lines.extend(now.iter().map(|(subject, what)| line("now", subject, what)));
    lines
}

/// The events of the run, and those of its nodes between its first and its last.
fn relevant<'a>(run: &Run, events: &'a [Event]) -> Vec<&'a Event> {
    let of_run = |event: &&Event| event.run.as_ref() == Some(&run.summary.id);
    let mut own = events.iter().filter(of_run).map(|event| event.sequence);
    let Some(first) = own.next() else { return Vec::new() };
    let last =
        if run.summary.status.is_final() { own.next_back().unwrap_or(first) } else { u64::MAX };
    let concerned = |event: &&Event| {
        let node = event.node.as_ref().filter(|_| event.kind.starts_with("node."));
        (first..=last).contains(&event.sequence) && node.is_some_and(|node| takes_part(run, node))
    };
    events.iter().filter(|event| of_run(event) || concerned(event)).collect()
}

fn takes_part(run: &Run, node: &str) -> bool {
    let instances = || run.tasks.iter().flat_map(|task| &task.instances);
    run.summary.owner == node
        || instances().any(|instance| {
            instance.node.as_deref() == Some(node)
                || instance.attempts.iter().any(|attempt| attempt.node == node)
        })
}

/// What happened, in words; of what is not known here, the bare facts.
fn sentence(fact: &Fact<'_>) -> String {
    run::sentence(fact)
        .or_else(|| task::sentence(fact))
        .or_else(|| people::sentence(fact))
        .unwrap_or_else(|| fact.bare())
}
