use std::time::Duration;

use state::Elapsed;
use state::run::{Plan, Role};

/// What the submitter says about a run as a whole; it wins over the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Of the whole run.
    pub timeout: Option<Duration>,
    /// Tasks at once.
    pub parallel: Option<u32>,
    /// Of every task.
    pub retries: Option<u32>,
    /// After a failure, tasks that do not need what failed go on.
    pub keep_going: bool,
    /// Shown with the run, beside the workflow's own metadata.
    pub labels: Vec<(String, String)>,
}

impl Overrides {
    pub(crate) fn apply(&self, plan: &mut Plan) {
        plan.timeout = self.timeout.map(Elapsed::from).or(plan.timeout);
        plan.parallel = self.parallel.or(plan.parallel);
        plan.continue_on_error |= self.keep_going;
        if let Some(count) = self.retries {
            let tasks = plan.tasks.iter_mut().filter(|task| task.role == Role::Task);
            tasks.for_each(|task| task.retry.count = count);
        }
        for (key, value) in &self.labels {
            plan.metadata.retain(|(known, _)| known != key);
            plan.metadata.push((key.clone(), value.clone()));
        }
    }
}
