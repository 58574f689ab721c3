//! Functions that decide something about a task, or are told about it, where the run was started.

use mlua::{IntoLuaMulti, MultiValue, Value};
use serde_json::json;

use super::job::{Question, TaskResult};
use super::outcome::{Answer, OnFailure, Outcome};
use super::scene::{Scene, position};
use super::{results, returned};
use crate::assemble::{Drafts, policy};
use crate::convert;
use crate::declare::{FunctionId, answered};
use crate::field::Slot;
use crate::model::Workflow;

pub async fn decide(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    question: &Question,
) -> Outcome {
    let decided = match question {
        Question::Target { task } => target(scene, workflow, drafts, task).await,
        Question::TaskStart { task } => {
            let told = told(scene, drafts, Slot::OnTaskStart, task.as_str()).await;
            told.map(|values| scene.outcome(Ok(values)))
        }
        Question::TaskComplete { ended } => task_complete(scene, drafts, ended).await,
        Question::Retry { failed } => retry(scene, workflow, drafts, failed).await,
        Question::TaskFailure { failed } => task_failure(scene, workflow, drafts, failed).await,
    };
    decided.unwrap_or_else(|failed| failed)
}

async fn target(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    task: &str,
) -> Result<Outcome, Outcome> {
    let place = position(workflow, task)?;
    let own = drafts.tasks[place].function(Slot::Target);
    let id = required(own.or_else(|| drafts.workflow.function(Slot::Target)), "delegate_to")?;
    let params = scene.params(workflow, &workflow.tasks[place]).map_err(internal)?;
    let values = scene.ask(id, params).await?;
    let target = answered(values.front().unwrap_or(&Value::Nil));
    let target = target.map_err(|fault| match fault.hint {
        Some(hint) => Outcome::failed(format!("{}; {hint}", fault.message)),
        None => Outcome::failed(fault.message),
    })?;
    Ok(Outcome::answered(Answer::Target(target)))
}

async fn retry(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    failed: &TaskResult,
) -> Result<Outcome, Outcome> {
    let place = position(workflow, &failed.name)?;
    let policy = policy(&drafts.workflow, &drafts.tasks[place]);
    let id = required(policy.should_retry, "should_retry")?;
    let error = results::of_result(scene.loaded.vm.lua(), failed).map_err(internal)?;
    let values = scene.ask(id, error).await?;
    Ok(Outcome::answered(Answer::Retry(returned::is_true(&values))))
}

async fn task_failure(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    failed: &TaskResult,
) -> Result<Outcome, Outcome> {
    let lua = scene.loaded.vm.lua();
    let error = results::of_result(lua, failed).map_err(internal)?;
    let context = json!({
        "task": failed.name,
        "workflow": workflow.name,
        "run_id": scene.job.run_id,
        "attempts": failed.attempts,
        "agent": failed.agent.as_deref().unwrap_or("local"),
        "output": failed.output,
    });
    let context = convert::map_to_lua(lua, results::object(&context)).map_err(internal)?;
    let arguments = (failed.name.as_str(), error, context);
    let values = told(scene, drafts, Slot::OnTaskFailure, arguments).await?;
    Ok(Outcome::answered(Answer::OnFailure(on_failure(&values)?)))
}

fn on_failure(values: &MultiValue) -> Result<OnFailure, Box<Outcome>> {
    let word = match values.front() {
        None | Some(Value::Nil) => return Ok(OnFailure::Fail),
        Some(Value::String(word)) => word.to_string_lossy(),
        Some(other) => other.type_name().to_string(),
    };
    match word.as_str() {
        "fail" => Ok(OnFailure::Fail),
        "retry" => Ok(OnFailure::Retry),
        "continue" => Ok(OnFailure::Continue),
        other => Err(Box::new(Outcome::failed(format!(
            "`on_task_failure` answered {other:?}: it is \"retry\", \"fail\" or \"continue\""
        )))),
    }
}

async fn task_complete(
    scene: &Scene,
    drafts: &Drafts,
    ended: &TaskResult,
) -> Result<Outcome, Outcome> {
    let lua = scene.loaded.vm.lua();
    let output = convert::map_to_lua(lua, results::object(&ended.output)).map_err(internal)?;
    let arguments = (ended.name.as_str(), ended.success, output);
    let values = told(scene, drafts, Slot::OnTaskComplete, arguments).await?;
    Ok(scene.outcome(Ok(values)))
}

/// Calls a function of the workflow; without one there is nothing to do.
async fn told(
    scene: &Scene,
    drafts: &Drafts,
    slot: Slot,
    arguments: impl IntoLuaMulti,
) -> Result<MultiValue, Outcome> {
    match drafts.workflow.function(slot) {
        Some(id) => scene.ask(id, arguments).await,
        None => Ok(MultiValue::new()),
    }
}

fn required(id: Option<FunctionId>, name: &str) -> Result<FunctionId, Box<Outcome>> {
    id.ok_or_else(|| Box::new(Outcome::failed(format!("there is no function `{name}`"))))
}

fn internal(error: mlua::Error) -> Outcome {
    Outcome::failed(error.to_string())
}
