//! Clients that submit runs, and what must be true of every run that was accepted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use tests::{Dice, Effects, Span};
use web::Client;
use web::wire::{Event, Instance, Kind, Run, Source, Status, Submit, Task};

use crate::doors::{Doors, Told};
use crate::facts::{Faults, time};

/// Every id that was submitted, and whether the run was accepted for all that is known.
pub type Submitted = Mutex<BTreeMap<String, bool>>;

/// What a task leaves on the disk says which instance it belongs to.
const TRACE: &str = "$SLOTH_RUN_ID/$SLOTH_TASK/$SLOTH_INSTANCE";

/// Submits runs one after the other until the storm is over.
pub struct Submitter {
    pub doors: Arc<Doors>,
    pub submitted: Arc<Submitted>,
    pub effects: Arc<Effects>,
    pub names: Vec<String>,
    pub dice: Dice,
}

impl Submitter {
    pub async fn work(mut self) {
        while !self.doors.is_over() {
            let id = ulid(&mut self.dice);
            let submit = self.submission(&id);
            self.submit(&id, &submit).await;
            tokio::time::sleep(self.dice.millis(1_000, 4_000)).await;
        }
    }

    /// Asks again, at any door, as long as nobody knows whether the run was accepted.
    async fn submit(&mut self, id: &str, submit: &Submit) {
        let mut was_sent = false;
        while !self.doors.is_over() || was_sent {
            let client = self.doors.any(&mut self.dice);
            match self.doors.judge(client.submit(submit).await) {
                Told::Done(_) => return self.note(id, true),
                // The run is there, from a try before.
                Told::Refused(Kind::Conflict) if was_sent => return self.note(id, true),
                // The node stops or has not begun its life.
                Told::Refused(Kind::StaleToken) if !was_sent => return,
                Told::Refused(Kind::StaleToken) => return self.note(id, false),
                Told::Refused(kind) => {
                    return self.doors.complain(format!("run {id} was refused: {kind}"));
                }
                Told::Unknown => {
                    was_sent = true;
                    self.note(id, false);
                }
                Told::Nobody => {}
            }
            if self.doors.is_over() {
                return;
            }
            tokio::time::sleep(self.dice.millis(50, 300)).await;
        }
    }

    fn note(&self, id: &str, accepted: bool) {
        self.submitted.lock().unwrap().insert(id.into(), accepted);
    }

    fn submission(&mut self, id: &str) -> Submit {
        let source = Source::File { name: "storm.sloth".into(), text: self.workflow() };
        Submit { id: Some(id.into()), ..Submit::new(source) }
    }

    /// One task anywhere, one at home, then one on all nodes and one on a named node at the same time.
    fn workflow(&mut self) -> String {
        let mut command = || self.effects.command(TRACE, 4 + self.dice.below(20) as u32);
        let [anywhere, home, everywhere, named] = [command(), command(), command(), command()];
        let node = self.dice.pick(&self.names);
        format!(
            r#"
local anywhere = task("anywhere"):delegate_to("any"):command([[{anywhere}]]):build()
local home = task("home"):depends_on(anywhere):command([[{home}]]):build()
local everywhere = task("everywhere"):depends_on(home):delegate_to("all"):command([[{everywhere}]]):build()
local named = task("named"):depends_on(home):delegate_to("{node}"):command([[{named}]]):build()
workflow.define("storm"):tasks({{ anywhere, home, everywhere, named }}):build()
"#
        )
    }
}

/// A new one: the time, then chance.
fn ulid(dice: &mut Dice) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let time = now.as_millis() as u64;
    let digit = |value: usize| char::from(DIGITS[value % 32]);
    let time = (0..10).rev().map(|place| digit((time >> (place * 5)) as usize));
    time.chain((0..16).map(|_| digit(dice.below(32)))).collect()
}

/// A run that has ended, with all that is known about it.
pub struct Ended<'a> {
    pub run: &'a Run,
    pub why: &'a [Event],
    pub effects: &'a Effects,
    pub faults: &'a Faults,
}

/// The run as soon as it has ended; how it stands until then.
pub async fn ended(client: &Client, id: &str, accepted: bool) -> Result<Option<Run>, String> {
    match client.run(id).await {
        Ok(run) if run.summary.status.is_final() => Ok(Some(run)),
        Ok(run) => Err(format!("{run:#?}")),
        Err(error) if error.kind() == Kind::NotFound && !accepted => Ok(None),
        Err(error) => Err(format!("run {id}: {error}")),
    }
}

impl Ended<'_> {
    /// What should not be true of it; nothing when all is well.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for task in &self.run.tasks {
            if !task.status.is_final() {
                broken.push(format!("task {} is {} in an ended run", task.name, task.status));
            }
            for instance in &task.instances {
                broken.extend(self.attempts(task, instance));
                broken.extend(self.traces(task, instance));
                broken.extend(self.reports(task, instance));
            }
        }
        broken.extend(self.order());
        let id = &self.run.summary.id;
        broken.into_iter().map(|what| format!("run {id}: {what}")).collect()
    }

    /// Numbered from 1, each lost for a reason, the last one alone not lost.
    fn attempts(&self, task: &Task, instance: &Instance) -> Vec<String> {
        let mut broken = Vec::new();
        let count = instance.attempts.len();
        for (place, attempt) in instance.attempts.iter().enumerate() {
            let what = format!("attempt {} of {}", attempt.number, self.trace(task, instance));
            if attempt.number as usize != place + 1 {
                broken.push(format!("{what} is the {}th", place + 1));
            }
            let fine = match attempt.status {
                Status::Lost => self.is_explained(attempt),
                Status::Succeeded => place + 1 == count && instance.status == Status::Succeeded,
                _ => false,
            };
            if !fine {
                broken.push(format!("{what}: {attempt:?} of {count}, then {}", instance.status));
            }
        }
        broken
    }

    fn is_explained(&self, attempt: &web::wire::Attempt) -> bool {
        let Some(end) = attempt.finished_at else { return false };
        self.faults.explain(&attempt.node, time(attempt.started_at), time(end))
    }

    /// One process an attempt at most, never two at once, and one came to its end if the report says so.
    fn traces(&self, task: &Task, instance: &Instance) -> Vec<String> {
        let trace = self.trace(task, instance);
        let spans = self.effects.spans(&trace);
        let mut broken = Vec::new();
        if spans.windows(2).any(|pair| pair[0].last >= pair[1].first) {
            broken.push(format!("attempts of {trace} overlap: {spans:#?}"));
        }
        if spans.len() > instance.attempts.len() {
            let attempts = &instance.attempts;
            broken.push(format!("{trace} ran more often than granted: {spans:#?} {attempts:#?}"));
        }
        if instance.status == Status::Succeeded && !spans.last().is_some_and(|span| span.ended) {
            broken.push(format!("{trace} succeeded without an end: {spans:#?}"));
        }
        broken
    }

    /// One report is accepted of an instance that succeeded, none or one of others.
    fn reports(&self, task: &Task, instance: &Instance) -> Option<String> {
        let reported = |event: &&Event| {
            event.task.as_deref() == Some(&task.name)
                && event.data["slot"] == instance.slot
                && matches!(&*event.kind, "task.completed" | "task.failed" | "task.timeout")
        };
        let reports: Vec<&Event> = self.why.iter().filter(reported).collect();
        let fine = match instance.status {
            Status::Succeeded => reports.len() == 1,
            _ => reports.len() <= 1,
        };
        let trace = self.trace(task, instance);
        (!fine).then(|| format!("{trace}: {} reports accepted: {reports:#?}", reports.len()))
    }

    /// Nothing of a task begins before the tasks it depends on have left their last trace.
    fn order(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for task in &self.run.tasks {
            let first = self.spans(task).map(|span| span.first).min();
            let before = self.run.tasks.iter().filter(|one| task.depends_on.contains(&one.name));
            for before in before {
                let last = self.spans(before).map(|span| span.last).max();
                if first.is_some() && first <= last {
                    broken.push(format!("{} begins before {} has ended", task.name, before.name));
                }
            }
        }
        broken
    }

    fn spans(&self, task: &Task) -> impl Iterator<Item = Span> {
        let traces = task.instances.iter().map(|instance| self.trace(task, instance));
        traces.flat_map(|trace| self.effects.spans(&trace))
    }

    fn trace(&self, task: &Task, instance: &Instance) -> String {
        format!("{}/{}/{}", self.run.summary.id, task.name, instance.slot)
    }
}
