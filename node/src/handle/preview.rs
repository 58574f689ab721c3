//! What a run would be, and where each of its tasks would run now.

use config::{NodeId, selector};
use dsl::model::{self, Command, Condition, Workflow};
use state::member::Member;
use state::run::{Plan, Role, Target, Task};

use super::{Handle, Submission};
use crate::agreement::Consistency;
use crate::error::Error;
use crate::view::{Planned, Preview};

impl Handle {
    /// Loads, checks and compiles a workflow, and runs nothing.
    pub async fn preview(&self, submission: &Submission) -> Result<Preview, Error> {
        let prepared = self.prepare(submission).await?;
        let members = self.agreement().members(Consistency::Stale).await?;
        let place = Place { me: self.0.identity.id, members: &members };
        preview(prepared.workflow()?, &prepared.plan, &place)
    }
}

/// Where tasks could run.
struct Place<'a> {
    me: NodeId,
    members: &'a [(NodeId, Member)],
}

fn preview(workflow: &Workflow, plan: &Plan, place: &Place<'_>) -> Result<Preview, Error> {
    let waves = waves(plan);
    let mut tasks = Vec::new();
    for (task, wave) in plan.tasks.iter().zip(waves).filter(|(task, _)| task.role == Role::Task) {
        if let Some(model) = workflow.task(&task.name) {
            tasks.push(planned(plan, task, model, wave, place.nodes(&task.target)?));
        }
    }
    Ok(Preview {
        workflow: plan.workflow.clone(),
        description: plan.description.clone(),
        is_list: workflow.order == model::Order::List,
        parallel: plan.parallel,
        timeout_ms: plan.timeout.map(|timeout| timeout.0),
        lock: plan.lock.clone(),
        tasks,
    })
}

fn planned(
    plan: &Plan,
    task: &Task,
    model: &model::Task,
    wave: u32,
    nodes: Vec<String>,
) -> Planned {
    let names = |numbers: &[u32]| -> Vec<String> {
        let tasks = numbers.iter().filter_map(|number| plan.task(*number));
        tasks.filter(|task| task.role == Role::Task).map(|task| task.name.clone()).collect()
    };
    Planned {
        name: task.name.clone(),
        description: task.description.clone(),
        wave,
        needs: names(&task.needs),
        handles: names(&task.rescues),
        target: task.target.to_string(),
        nodes,
        command: match &model.command {
            Command::Line(line) => Some(line.clone()),
            Command::Function => None,
        },
        conditions: conditions(model),
        retries: task.retry.count,
        timeout_ms: task.timeout.0,
    }
}

/// What decides whether it runs, in words.
fn conditions(task: &model::Task) -> Vec<String> {
    let told = |word: &str, condition: &Option<Condition>| match condition {
        Some(Condition::Line(line)) => Some(format!("{word} `{line}`")),
        Some(Condition::Function) => Some(format!("{word} a function says so")),
        None => None,
    };
    let asked = [
        told("aborts the run if", &task.abort_if),
        told("runs if", &task.run_if),
        told("runs unless", &task.unless),
    ];
    let off = (!task.enabled).then(|| "is switched off".to_owned());
    asked.into_iter().flatten().chain(off).collect()
}

/// For each task, how many others at least must end before it, one after the other.
fn waves(plan: &Plan) -> Vec<u32> {
    let mut waves = vec![0_u32; plan.tasks.len()];
    let blockers = |task: &Task| {
        let before = task.needs.iter().chain(&task.rescues);
        before.filter(|number| plan.task(**number).is_some_and(|it| it.role == Role::Task)).count()
    };
    let mut left: Vec<usize> = plan.tasks.iter().map(blockers).collect();
    let mut ready: Vec<usize> = (0..left.len()).filter(|place| left[*place] == 0).collect();
    while let Some(place) = ready.pop() {
        let task = &plan.tasks[place];
        if task.role != Role::Task {
            continue;
        }
        for next in task.feeds.iter().map(|number| *number as usize) {
            let (Some(blocked), Some(wave)) = (left.get(next), waves.get(next)) else { continue };
            let (blocked, wave) = (blocked.saturating_sub(1), (*wave).max(waves[place] + 1));
            (left[next], waves[next]) = (blocked, wave);
            if blocked == 0 {
                ready.push(next);
            }
        }
    }
    waves
}

impl Place<'_> {
    /// Names of the nodes that a target means now; of one that is chosen later, those that would do.
    fn nodes(&self, target: &Target) -> Result<Vec<String>, Error> {
        let matching = |labels: Option<&String>| -> Result<Vec<String>, Error> {
            let wanted = labels.map(|labels| selector::parse(labels)).transpose()?;
            let live = self.members.iter().map(|(_, member)| member).filter(|it| it.takes_work());
            let fits = live.filter(|member| {
                wanted.as_ref().is_none_or(|it| it.matches(&member.labels, &member.name))
            });
            let mut names: Vec<String> = fits.map(|member| member.name.to_string()).collect();
            names.sort();
            Ok(names)
        };
        match target {
            Target::Owner => {
                let own = self.members.iter().filter(|(id, _)| *id == self.me);
                Ok(own.map(|(_, member)| member.name.to_string()).collect())
            }
            Target::Names(names) => Ok(names.iter().map(ToString::to_string).collect()),
            Target::Labels(labels) => matching(Some(labels)),
            Target::Any { labels, .. } => matching(labels.as_ref()),
            Target::All => matching(None),
            // Its function says so when the task is ready.
            Target::Ask => Ok(Vec::new()),
        }
    }
}
