//! One attempt on this node: from the assignment to the report.

mod artifacts;
mod decide;
mod environment;
mod host;
mod inputs;
mod report;
mod store;
mod user;

use std::sync::Arc;
use std::time::{Duration, Instant};

use dsl::{Job, Source, Step};
use state::query::Work;
use state::run::{Kind, Report, Role};
use state::{AttemptKey, Subject};
use tokio_util::sync::CancellationToken;

pub use environment::Environment;
use host::AttemptHost;

use crate::agreement::Agreement;
use crate::blobs::Blobs;
use crate::bundle::Bundle;
use crate::files::Files;
use crate::logs::{Log, Logs};
use crate::mask::Masker;
use crate::names::Names;
use crate::peers::Peers;
use crate::secrets::Secrets;
use crate::{Error, exec, workspace};

/// A function that only decides something takes no longer.
const DECISION: Duration = dsl::model::DEFAULT_TIMEOUT;

/// Bytes of an attempt's Lua state.
const MEMORY: usize = 256 << 20;

/// What every attempt on this node needs.
#[derive(Clone)]
pub struct Bench {
    pub agreement: Agreement,
    pub spawner: exec::Spawner,
    pub paths: config::Paths,
    pub logs: Logs,
    pub blobs: Blobs,
    pub peers: Peers,
    pub files: Files,
    pub secrets: Secrets,
    pub environment: Arc<Environment>,
    pub kill_grace: Duration,
}

/// One assignment being carried out.
pub struct Attempt {
    bench: Bench,
    work: Arc<Work>,
    incarnation: u64,
    cancel: CancellationToken,
}

impl Attempt {
    pub fn new(bench: Bench, work: Work, incarnation: u64, cancel: CancellationToken) -> Attempt {
        Attempt { bench, work: Arc::new(work), incarnation, cancel }
    }

    /// Runs it to its end. Whatever goes wrong becomes part of the report.
    pub async fn run(self) -> Report {
        let started = Instant::now();
        let masker = self.bench.secrets.masker(self.key().instance.run);
        let log = Arc::new(self.bench.logs.open(self.key(), masker.clone()));
        let processes = self.bench.spawner.attempt(self.cancel.clone());
        let done = self.carry_out(&log, &masker, processes).await;
        let draft = report::Draft {
            attempt: self.key(),
            node: self.bench.agreement.me(),
            incarnation: self.incarnation,
            elapsed: started.elapsed(),
            masker,
        };
        draft.finish(done, &log, &self.bench.blobs)
    }

    async fn carry_out(
        &self,
        log: &Arc<Log>,
        masker: &Masker,
        processes: exec::Attempt,
    ) -> Result<report::Done, Error> {
        let bundle = self.bundle().await?;
        let (paths, agreement) = (&self.bench.paths, &self.bench.agreement);
        let folder = workspace::open(paths, agreement, &self.work).await?;
        let (folder, job) = self.job(bundle, folder).await?;
        let host = Arc::new(AttemptHost::new(self, log.clone(), masker.clone(), processes, folder));
        let outcome = Box::pin(dsl::run(job, host.clone())).await;
        let host = Arc::into_inner(host);
        let (artifacts, left) = match host {
            Some(host) => host.finish().await,
            None => Default::default(),
        };
        for leftover in left {
            let text = format!("left running and killed: {leftover}");
            log.line(crate::clock::wall(), "warn", &text);
        }
        Ok(report::Done { outcome, artifacts })
    }

    async fn bundle(&self) -> Result<Bundle, Error> {
        let hash = self.work.assignment.bundle;
        let bytes = self.bench.agreement.document(hash).await?;
        Bundle::decode(&bytes)
    }

    async fn job(
        &self,
        bundle: Bundle,
        folder: std::path::PathBuf,
    ) -> Result<(std::path::PathBuf, Job), Error> {
        let names = self.bench.agreement.names_of(inputs::nodes(&self.work)).await?;
        let file = self.bench.files.get(self.work.assignment.bundle, &bundle).await?;
        let step = self.step(&file, &names).await?;
        let me = self.bench.agreement.me();
        let job = Job {
            file: Some(file),
            values: bundle.values(),
            source: Source { name: bundle.name, text: bundle.text },
            workflow: self.work.workflow.clone(),
            step,
            run_id: self.key().instance.run.to_string(),
            agent: (me != self.work.owner).then(|| names.of(me)),
            workdir: folder.clone(),
            deadline: Instant::now() + Duration::from_millis(self.timeout()),
            load: dsl::LoadOptions { memory: MEMORY, ..dsl::LoadOptions::default() },
            check: self.work.check,
            cancel: self.cancel.clone(),
        };
        Ok((folder, job))
    }

    async fn step(&self, file: &dsl::File, names: &Names) -> Result<Step, Error> {
        let (work, task) = (&self.work, &self.work.task);
        Ok(match (work.assignment.kind, task.role) {
            (Kind::Decide(question), _) => {
                let result = inputs::results(&self.bench, work, names).await?.pop();
                Step::Decide(decide::question(question, &task.name, result)?)
            }
            (Kind::Work, Role::OnStart) => Step::OnStart,
            (Kind::Work, Role::OnComplete) => {
                inputs::on_complete(&self.bench, work, file, names).await?
            }
            (Kind::Work, Role::Task) => Step::Task(dsl::Attempt {
                task: task.name.clone(),
                number: work.assignment.nth,
                first: work.assignment.first,
                last: work.assignment.last,
                dependencies: inputs::dependencies(&self.bench, work, names).await?,
            }),
        })
    }

    /// Milliseconds for its work; a question is no work of the task's.
    fn timeout(&self) -> u64 {
        match self.work.assignment.kind {
            Kind::Work => self.work.task.timeout.0,
            Kind::Decide(_) => DECISION.as_millis() as u64,
        }
    }

    fn key(&self) -> AttemptKey {
        self.work.assignment.attempt
    }

    fn subject(&self) -> Subject {
        Subject::Run { run: self.key().instance.run, node: self.bench.agreement.me() }
    }
}
