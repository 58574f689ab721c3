//! Running: one step in a fresh Lua state that loads the file again and finds its functions by name.

mod callbacks;
mod decide;
mod functions;
mod gate;
mod hooks;
mod job;
mod outcome;
mod results;
mod returned;
mod scene;
mod shell;
mod this;
mod work;

use std::sync::Arc;
use std::time::Duration;

use crate::host::Host;
use crate::load::Loaded;
pub use job::{Attempt, Job, Question, Step, TaskResult};
pub use outcome::{Answer, OnFailure, Outcome, Status};
use scene::Scene;

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
        Some((workflow, task, attempt)) => {
            let folder = job.folder(workflow, task);
            match host.enter(&folder, &task.env, task.user.as_deref()) {
                Ok(()) => work::plain(&job, &host, task, attempt).await,
                Err(error) => Outcome::failed(error.message),
            }
        }
        None => in_lua(job, host).await,
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
    let mut scene = Scene { loaded, host, job };
    match scene.enter(place) {
        Ok(()) => scene.play(place).await,
        Err(error) => Outcome::failed(error.message),
    }
}
