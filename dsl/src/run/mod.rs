//! Running: one step in a fresh Lua state that loads the file again and finds its functions by name.

mod job;
mod results;
mod returned;
mod shell;
mod this;
mod work;

use std::sync::Arc;
use std::time::{Duration, Instant};

use mlua::{Function, IntoLuaMulti, MultiValue, Table};

use crate::context::{Context, Phase};
use crate::declare::{Draft, FunctionId, kept};
use crate::field::Slot;
use crate::host::Host;
use crate::load::{Loaded, explain};
use crate::model::Workflow;
use crate::modules::drive;
use crate::vm::{Allowance, Failure, Limit};
pub use job::{Attempt, Job, Outcome, Status, Step, TaskResult};

/// What the hooks of a task may take together, after its work and beyond its deadline.
pub const HOOKS_TIME: Duration = Duration::from_secs(30);

/// Does one step. Ends soon after the deadline or a cancel, whatever the file contains.
pub async fn run(job: Job, host: Arc<dyn Host>) -> Outcome {
    let cancel = job.cancel.clone();
    tokio::select! {
        biased;
        () = cancel.cancelled() => Outcome::new(Status::Cancelled, Some("cancelled".into())),
        outcome = Box::pin(step(job, host)) => outcome,
    }
}

async fn step(job: Job, host: Arc<dyn Host>) -> Outcome {
    match job.plain() {
        Some((task, attempt)) => plain(&job, &host, task, attempt).await,
        None => in_lua(job, host).await,
    }
}

async fn plain(
    job: &Job,
    host: &Arc<dyn Host>,
    task: &crate::Task,
    attempt: &job::Attempt,
) -> Outcome {
    match host.enter(&job.folder(task), &task.env) {
        Ok(()) => shell::task(job, host, task, attempt).await,
        Err(error) => Outcome::failed(error.message),
    }
}

async fn in_lua(job: Job, host: Arc<dyn Host>) -> Outcome {
    let loaded = match Loaded::new(&job.source, &job.values, &job.load) {
        Ok(loaded) => loaded,
        Err(faults) => return Outcome::failed(format!("the file does not load here:\n{faults}")),
    };
    let place = loaded.file.workflows.iter().position(|workflow| workflow.name == *job.workflow);
    let Some(place) = place else {
        return Outcome::failed(format!("the file has no workflow `{}`", job.workflow));
    };
    let mut job = job;
    if let Step::Task(attempt) = &job.step
        && let Some(task) = loaded.file.workflows[place].task(&attempt.task)
    {
        job.workdir = job.folder(task);
        if let Err(error) = host.enter(&job.workdir, &task.env) {
            return Outcome::failed(error.message);
        }
    }
    let scene = Scene { loaded, host, job };
    scene.enter();
    scene.play(place).await
}

/// A loaded file in its task phase.
struct Scene {
    loaded: Loaded,
    host: Arc<dyn Host>,
    job: Job,
}

impl Scene {
    /// Opens the world to the state.
    fn enter(&self) {
        self.loaded.vm.lua().set_app_data(Context {
            phase: Phase::Task,
            host: Some(self.host.clone()),
            workdir: self.job.workdir.clone(),
            deadline: self.job.deadline,
            cancel: self.job.cancel.clone(),
            tape: None,
            check: false,
            policy: self.job.load.policy.clone(),
        });
        self.allow(self.job.deadline);
    }

    fn allow(&self, deadline: Instant) {
        let cancel = self.job.cancel.clone();
        self.loaded.vm.allow(Allowance { deadline, instructions: None, cancel, yields: true });
    }

    async fn play(&self, place: usize) -> Outcome {
        let (workflow, drafts) = (&self.loaded.file.workflows[place], &self.loaded.drafts[place]);
        match &self.job.step {
            Step::Task(attempt) => {
                let task = workflow.tasks.iter().position(|task| task.name == *attempt.task);
                let Some(task) = task else {
                    let message =
                        format!("workflow `{}` has no task `{}`", workflow.name, attempt.task);
                    return Outcome::failed(message);
                };
                work::task(self, workflow, &workflow.tasks[task], &drafts.tasks[task], attempt)
                    .await
            }
            Step::OnStart => self.callback(&drafts.workflow, Slot::OnStart, ()).await,
            Step::OnComplete { success, results } => {
                match results::results(self.loaded.vm.lua(), results) {
                    Ok(results) => {
                        self.callback(&drafts.workflow, Slot::OnComplete, (*success, results)).await
                    }
                    Err(error) => Outcome::failed(error.to_string()),
                }
            }
        }
    }

    /// A function of the workflow; without one there is nothing to do.
    async fn callback(&self, draft: &Draft, slot: Slot, arguments: impl IntoLuaMulti) -> Outcome {
        let Some(id) = draft.function(slot) else { return Outcome::new(Status::Succeeded, None) };
        match arguments.into_lua_multi(self.loaded.vm.lua()) {
            Ok(arguments) => self.outcome(self.call(id, |_| arguments).await),
            Err(error) => Outcome::failed(error.to_string()),
        }
    }

    /// Calls a kept function until it ends, the deadline passes or the run is cancelled.
    async fn call(
        &self,
        id: FunctionId,
        arguments: impl FnOnce(&Function) -> MultiValue,
    ) -> Result<MultiValue, Failure> {
        let vm = &self.loaded.vm;
        let function =
            kept(vm.lua(), id).map_err(|error| vm.failed(&mlua::Value::Error(Box::new(error))))?;
        let deadline = tokio::time::Instant::from_std(vm.brake().deadline());
        let call = vm.call_async(&function, arguments(&function));
        match tokio::time::timeout_at(deadline, drive(vm.lua(), call)).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(vm.failed(&mlua::Value::Error(Box::new(error)))),
            Err(_) => {
                // What the code still waited for is only let go when its coroutines are collected.
                let _ = vm.lua().gc_collect();
                Err(Failure::limited(Limit::Time))
            }
        }
    }

    fn outcome(&self, result: Result<MultiValue, Failure>) -> Outcome {
        match result {
            Ok(values) => returned::outcome(&values),
            Err(failure) => self.failed(&failure),
        }
    }

    fn failed(&self, failure: &Failure) -> Outcome {
        match failure.limit {
            Some(Limit::Time) => Outcome::new(Status::TimedOut, Some("time limit reached".into())),
            Some(Limit::Cancelled) => Outcome::new(Status::Cancelled, Some("cancelled".into())),
            _ => {
                let message = failure.text(&self.loaded.text);
                let diagnostic = explain::run(failure, &self.loaded.text);
                Outcome { diagnostic: diagnostic.map(Box::new), ..Outcome::failed(message) }
            }
        }
    }

    /// The arguments a function wants: by the name of its first parameter.
    fn bind(&self, function: &Function, this: &Table, params: &Table, third: &Table) -> MultiValue {
        let lua = self.loaded.vm.lua();
        let bound = match self.loaded.vm.first_parameter(function).as_deref() {
            Some("params") => (params, third).into_lua_multi(lua),
            _ => (this, params, third).into_lua_multi(lua),
        };
        bound.unwrap_or_default()
    }

    fn params(&self, workflow: &Workflow, task: &crate::Task) -> mlua::Result<Table> {
        let params = crate::convert::map_to_lua(self.loaded.vm.lua(), &task.params)?;
        params.raw_set("task_name", task.name.as_str())?;
        params.raw_set("group_name", workflow.name.as_str())?;
        params.raw_set("workdir", self.job.workdir.to_string_lossy().as_ref())?;
        params.raw_set("agent_name", self.job.agent.as_deref())?;
        Ok(params)
    }
}
