use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use mlua::{Function, IntoLuaMulti, MultiValue, Table};

use super::job::{Job, Step};
use super::outcome::{Outcome, Status};
use super::{callbacks, decide, returned, work};
use crate::context::{Context, Phase};
use crate::declare::{FunctionId, kept};
use crate::host::{self, Host};
use crate::load::{Loaded, explain};
use crate::model::{Task, Workflow};
use crate::modules::drive;
use crate::vm::{Allowance, Failure, Limit};

/// A loaded file in its task phase.
pub struct Scene {
    pub loaded: Loaded,
    pub host: Arc<dyn Host>,
    pub job: Job,
}

impl Scene {
    /// Goes to where the step runs, and opens the world to the state.
    pub fn enter(&mut self, place: usize) -> Result<(), host::Error> {
        let workflow = &self.loaded.file.workflows[place];
        let own = match &self.job.step {
            Step::Task(attempt) => workflow.task(&attempt.task),
            _ => None,
        };
        let (none, user) = (BTreeMap::new(), own.and_then(|task| task.user.as_deref()));
        self.job.workdir = match own {
            Some(task) => self.job.folder(workflow, task),
            None => self.job.base(workflow),
        };
        self.host.enter(&self.job.workdir, own.map_or(&none, |task| &task.env), user)?;
        self.loaded.vm.lua().set_app_data(Context {
            phase: Phase::Task,
            host: Some(self.host.clone()),
            workdir: self.job.workdir.clone(),
            deadline: self.job.deadline,
            cancel: self.job.cancel.clone(),
            tape: None,
            check: self.job.check,
            policy: self.job.policy(own),
        });
        self.allow(self.job.deadline);
        Ok(())
    }

    /// Sets the limits of the code that runs next.
    pub fn allow(&self, deadline: Instant) {
        let cancel = self.job.cancel.clone();
        self.loaded.vm.allow(Allowance { deadline, instructions: None, cancel, yields: true });
    }

    pub async fn play(&self, place: usize) -> Outcome {
        let (workflow, drafts) = (&self.loaded.file.workflows[place], &self.loaded.drafts[place]);
        match &self.job.step {
            Step::Task(attempt) => match position(workflow, &attempt.task) {
                Ok(task) => work::task(self, workflow, drafts, task, attempt).await,
                Err(failed) => *failed,
            },
            Step::OnStart => callbacks::on_start(self, drafts).await,
            Step::OnComplete { success, results } => {
                callbacks::on_complete(self, workflow, drafts, *success, results).await
            }
            Step::Decide(question) => decide::decide(self, workflow, drafts, question).await,
        }
    }

    /// Calls a kept function until it ends, the deadline passes or the run is cancelled.
    pub async fn call(
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

    /// Calls a function of the workflow. One whose first parameter is `this` gets the workflow before the rest.
    pub async fn ask(
        &self,
        id: FunctionId,
        arguments: impl IntoLuaMulti,
    ) -> Result<MultiValue, Outcome> {
        let vm = &self.loaded.vm;
        let internal = |error: mlua::Error| Outcome::failed(error.to_string());
        let mut arguments = arguments.into_lua_multi(vm.lua()).map_err(internal)?;
        let this = self.this().map_err(internal)?;
        let bind = |function: &Function| {
            if vm.first_parameter(function).as_deref() == Some("this") {
                arguments.push_front(mlua::Value::Table(this));
            }
            arguments
        };
        self.call(id, bind).await.map_err(|failure| self.failed(&failure))
    }

    /// The workflow, as its own functions see it.
    fn this(&self) -> mlua::Result<Table> {
        let this = self.loaded.vm.lua().create_table()?;
        this.raw_set("name", self.job.workflow.as_str())?;
        this.raw_set("run_id", self.job.run_id.as_str())?;
        Ok(this)
    }

    pub fn outcome(&self, result: Result<MultiValue, Outcome>) -> Outcome {
        result.map_or_else(|failed| failed, |values| returned::outcome(&values))
    }

    pub fn failed(&self, failure: &Failure) -> Outcome {
        match failure.limit {
            Some(Limit::Time) => Outcome::timed_out(),
            Some(Limit::Cancelled) => Outcome::new(Status::Cancelled, Some("cancelled".into())),
            _ => {
                let message = failure.text(&self.loaded.text);
                let diagnostic = explain::run(failure, &self.loaded.text);
                Outcome { diagnostic: diagnostic.map(Box::new), ..Outcome::failed(message) }
            }
        }
    }

    pub fn params(&self, workflow: &Workflow, task: &Task) -> mlua::Result<Table> {
        let params = crate::convert::map_to_lua(self.loaded.vm.lua(), &task.params)?;
        params.raw_set("task_name", task.name.as_str())?;
        params.raw_set("group_name", workflow.name.as_str())?;
        params.raw_set("workdir", self.job.workdir.to_string_lossy().as_ref())?;
        params.raw_set("agent_name", self.job.agent.as_deref())?;
        Ok(params)
    }
}

/// The place of a task in its workflow, or the failure that it is not there.
pub fn position(workflow: &Workflow, task: &str) -> Result<usize, Box<Outcome>> {
    let missing = || format!("workflow `{}` has no task `{task}`", workflow.name);
    let place = workflow.tasks.iter().position(|it| it.name == *task);
    place.ok_or_else(|| Box::new(Outcome::failed(missing())))
}
