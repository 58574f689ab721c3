//! A plan comes from a member, yet nothing in it may make a later step fail.

use std::collections::BTreeSet;

use super::{Plan, Role, Target, Task, TaskNumber};

/// Tasks of one plan.
const TASKS_MAX: usize = 100_000;

/// Says what is wrong with a plan.
pub(super) fn check(plan: &Plan) -> Result<(), String> {
    let count = plan.tasks.len();
    if count == 0 || count > TASKS_MAX {
        return Err(format!("a plan has 1 to {TASKS_MAX} tasks, this one {count}"));
    }
    if plan.parallel == Some(0) || plan.parallel_owner == 0 {
        return Err("a plan must let at least one task run at once".into());
    }
    check_callbacks(plan)?;
    check_edges(plan)?;
    check_order(plan)
}

/// The workflow's own callbacks run on the owner, and nothing waits for the last.
fn check_callbacks(plan: &Plan) -> Result<(), String> {
    let last: Vec<&Task> = plan.tasks.iter().filter(|it| it.role == Role::OnComplete).collect();
    let alone = |it: &&Task| it.needs.is_empty() && it.rescues.is_empty() && it.feeds.is_empty();
    if last.len() > 1 || !last.iter().all(alone) {
        return Err("a plan has one `on_complete` at most, and it stands alone".into());
    }
    let callbacks = plan.tasks.iter().filter(|task| task.role != Role::Task);
    match callbacks.clone().find(|task| task.target != Target::Owner) {
        Some(task) => Err(format!("`{}` can run on the owner alone", task.name)),
        None => Ok(()),
    }
}

/// `feeds` is `needs` and `rescues` turned round, and nothing is said twice.
fn check_edges(plan: &Plan) -> Result<(), String> {
    let numbered = || (0_u32..).zip(&plan.tasks);
    let before: BTreeSet<(TaskNumber, TaskNumber)> =
        numbered().flat_map(|(number, task)| task.before().map(move |it| (*it, number))).collect();
    let feeds: BTreeSet<(TaskNumber, TaskNumber)> = numbered()
        .flat_map(|(number, task)| task.feeds.iter().map(move |feed| (number, *feed)))
        .collect();
    let needed: usize = plan.tasks.iter().map(|task| task.before().count()).sum();
    let fed: usize = plan.tasks.iter().map(|task| task.feeds.len()).sum();
    if before != feeds || needed != before.len() || fed != feeds.len() {
        return Err("the edges of the plan do not match".into());
    }
    Ok(())
}

/// Every task can be reached from the roots.
fn check_order(plan: &Plan) -> Result<(), String> {
    let mut blockers: Vec<usize> = plan.tasks.iter().map(|task| task.before().count()).collect();
    let mut ready: Vec<usize> = (0..plan.tasks.len()).filter(|task| blockers[*task] == 0).collect();
    let mut reached = 0;
    while let Some(task) = ready.pop() {
        reached += 1;
        for feed in &plan.tasks[task].feeds {
            let Some(open) = blockers.get_mut(*feed as usize) else {
                return Err(format!("task number {feed} does not exist"));
            };
            *open -= 1;
            if *open == 0 {
                ready.push(*feed as usize);
            }
        }
    }
    if reached == plan.tasks.len() { Ok(()) } else { Err("the plan has a cycle".into()) }
}
