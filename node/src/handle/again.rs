//! What becomes of a run after its beginning: a person's word about a task, a second try, its end in memory.

use std::collections::BTreeSet;
use std::path::PathBuf;

use state::run::{Approve, Begin, PLAN_VERSION, Prune, Rerun, Role, Run};
use state::{Answer, Command, RunId, TaskNumber, codec};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::bundle::Upload;
use crate::error::Error;
use crate::view::Approval;

/// What of an ended run is done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    /// Everything.
    All,
    /// What did not pass, and what follows it.
    Failed,
    /// These tasks and what follows them, and whatever did not pass.
    From(Vec<String>),
}

/// A second try of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retrial {
    pub run: RunId,
    pub again: Again,
    /// Chosen by whoever asks, so that asking twice runs nothing twice.
    pub id: Option<RunId>,
    /// Where whoever asks stands, if that is on this machine.
    pub workdir: Option<PathBuf>,
}

impl Handle {
    /// Answers for a task that waits for a person.
    pub async fn approve(
        &self,
        by: Caller,
        id: RunId,
        task: &str,
        decision: Approval,
    ) -> Result<(), Error> {
        let run = self.agreed_run(id, Consistency::Linearizable).await?;
        let task = number(&run, task)?;
        let approve = Command::Approve(Approve { run: id, task, decision });
        self.agreement().write(self.subject(by), approve).await.map(drop)
    }

    /// Runs an ended run again from the same source; what is not to be done again counts as done, with what it
    /// returned then. The new run.
    pub async fn rerun(&self, by: Caller, retrial: Retrial) -> Result<RunId, Error> {
        let old = self.agreed_run(retrial.run, Consistency::Linearizable).await?;
        let tasks = kept(&old, &retrial)?;
        let plan = Upload::new(&codec::encode(PLAN_VERSION, &*old.plan));
        let run = retrial.id.unwrap_or_else(|| RunId(ulid::Ulid::generate()));
        let me = self.0.identity.id;
        let here = retrial.workdir.map(|folder| folder.to_string_lossy().into_owned());
        let begin = Command::Begin(Begin {
            run,
            owner: me,
            plan: plan.hash,
            workdir: here.or_else(|| old.workdir.clone().filter(|_| old.owner == me)),
            rerun: Some(Rerun { run: retrial.run, tasks }),
        });
        let commands = plan.commands().chain([begin]).collect();
        self.agreement().write_many(self.subject(by), commands).await?;
        Ok(run)
    }

    /// Forgets ended runs; those that are under way stay. Whether any was there.
    pub async fn prune(&self, by: Caller, runs: Vec<RunId>) -> Result<bool, Error> {
        let prune = Command::Prune(Prune { runs });
        match self.agreement().write(self.subject(by), prune).await? {
            Answer::Removed(forgotten) => Ok(forgotten),
            other => Err(super::store::unexpected(&other)),
        }
    }
}

/// The tasks that count as done.
fn kept(run: &Run, retrial: &Retrial) -> Result<Vec<TaskNumber>, Error> {
    let numbers = || (0..).zip(&run.plan.tasks).map(|(number, _)| number);
    let passed = |number: &TaskNumber| run.vertices.get(*number).is_some_and(|it| it.passed);
    let mut begun: BTreeSet<TaskNumber> = numbers().filter(|number| !passed(number)).collect();
    match &retrial.again {
        Again::All => return Ok(Vec::new()),
        Again::Failed if begun.iter().all(|number| is_end(run, *number)) => {
            let message =
                format!("nothing failed in run {}: there is nothing to try again", retrial.run);
            return Err(Error::Conflict(message));
        }
        Again::Failed => {}
        Again::From(names) => {
            for name in names {
                begun.insert(number(run, name)?);
            }
        }
    }
    let again = followed(run, begun);
    Ok(numbers().filter(|number| !again.contains(number) && !is_end(run, *number)).collect())
}

/// Whether it is the workflow's last word, which is said anew whatever ran.
fn is_end(run: &Run, number: TaskNumber) -> bool {
    run.plan.task(number).is_some_and(|task| task.role == Role::OnComplete)
}

/// Tasks and all that wait for them.
fn followed(run: &Run, begun: BTreeSet<TaskNumber>) -> BTreeSet<TaskNumber> {
    let mut open: Vec<TaskNumber> = begun.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(number) = open.pop() {
        if found.insert(number) {
            open.extend(run.plan.task(number).into_iter().flat_map(|task| &task.feeds));
        }
    }
    found
}

fn number(run: &Run, name: &str) -> Result<TaskNumber, Error> {
    let found = (0..).zip(&run.plan.tasks).find(|(_, task)| task.name == name);
    let missing = || {
        let names = run.plan.tasks.iter().map(|task| task.name.as_str());
        match config::suggest::nearest(name, names) {
            Some(near) => {
                Error::Invalid(format!("the run has no task `{name}`: did you mean `{near}`?"))
            }
            None => Error::NotFound { what: "task", id: name.to_owned() },
        }
    };
    found.map(|(number, _)| number).ok_or_else(missing)
}
