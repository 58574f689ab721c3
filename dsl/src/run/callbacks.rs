//! The workflow's own functions at its beginning and end.

use std::time::Instant;

use mlua::{IntoLuaMulti, MultiValue};
use serde_json::json;

use super::HOOKS_TIME;
use super::job::TaskResult;
use super::outcome::{Answer, Outcome, Status};
use super::scene::Scene;
use super::{results, returned};
use crate::assemble::Drafts;
use crate::convert;
use crate::declare::FunctionId;
use crate::field::Slot;
use crate::model::Workflow;

pub async fn on_start(scene: &Scene, drafts: &Drafts) -> Outcome {
    match drafts.workflow.function(Slot::OnStart) {
        Some(id) => scene.outcome(scene.ask(id, ()).await),
        None => Outcome::new(Status::Succeeded, None),
    }
}

/// `on_complete`, then `on_success` or `on_failure`, then the question whether the run's folder goes. What fails first
/// is the outcome, what else fails a warning.
pub async fn on_complete(
    scene: &Scene,
    workflow: &Workflow,
    drafts: &Drafts,
    success: bool,
    results: &[TaskResult],
) -> Outcome {
    let mut outcome = Outcome::new(Status::Succeeded, None);
    let after = if success { Slot::OnSuccess } else { Slot::OnFailure };
    for slot in [Slot::OnComplete, after] {
        let Some(id) = drafts.workflow.function(slot) else { continue };
        let arguments = arguments(scene, workflow, slot, success, results);
        let called = called(scene, id, arguments).await;
        outcome = both(outcome, scene.outcome(called));
        scene.allow(Instant::now() + HOOKS_TIME);
    }
    match clean(drafts) {
        Some(id) => {
            let asked = called(scene, id, last(scene, results)).await;
            match asked {
                Ok(values) => {
                    Outcome { answer: Some(Answer::Clean(returned::is_true(&values))), ..outcome }
                }
                Err(failed) => both(outcome, failed),
            }
        }
        None => outcome,
    }
}

async fn called(
    scene: &Scene,
    id: FunctionId,
    arguments: mlua::Result<MultiValue>,
) -> Result<MultiValue, Outcome> {
    match arguments {
        Ok(arguments) => scene.ask(id, arguments).await,
        Err(error) => Err(Outcome::failed(error.to_string())),
    }
}

fn arguments(
    scene: &Scene,
    workflow: &Workflow,
    slot: Slot,
    success: bool,
    results: &[TaskResult],
) -> mlua::Result<MultiValue> {
    let lua = scene.loaded.vm.lua();
    let all = results::results(lua, results)?;
    match slot {
        Slot::OnComplete => (success, all).into_lua_multi(lua),
        Slot::OnSuccess => all.into_lua_multi(lua),
        _ => {
            let error = results::first_failure(lua, results)?;
            let context = lua.create_table()?;
            context.raw_set("workflow", workflow.name.as_str())?;
            context.raw_set("run_id", scene.job.run_id.as_str())?;
            context.raw_set("results", all)?;
            (error, context).into_lua_multi(lua)
        }
    }
}

/// The function of `clean_workdir_after_run`, of the workflow or of its `config`.
fn clean(drafts: &Drafts) -> Option<FunctionId> {
    let workflow = &drafts.workflow;
    match workflow.has(Slot::Clean) {
        true => workflow.function(Slot::Clean),
        false => workflow.config(Slot::Config)?.function(Slot::Clean),
    }
}

/// What `clean_workdir_after_run` is told: how the last task ended.
fn last(scene: &Scene, results: &[TaskResult]) -> mlua::Result<MultiValue> {
    let lua = scene.loaded.vm.lua();
    let told = match results.last() {
        Some(last) => json!({
            "success": last.success,
            "error": if last.success { None } else { last.message.as_deref() },
            "output": last.output,
        }),
        None => json!({ "success": true }),
    };
    convert::map_to_lua(lua, results::object(&told))?.into_lua_multi(lua)
}

fn both(first: Outcome, second: Outcome) -> Outcome {
    match first.succeeded() {
        true => second,
        false => {
            let message = second.message.clone().filter(|_| !second.succeeded());
            let warnings = first.warnings.iter().cloned().chain(message).collect();
            Outcome { warnings, ..first }
        }
    }
}
