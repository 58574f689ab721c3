use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mlua::{Error, Function, Lua, MultiValue, Result, Table};

use super::handle::call;
use super::object::lock;
use super::schedule::{self, Submitted};
use super::stage::{Stage, here};
use crate::context::Context;
use crate::host::{Level, Stream};

/// Pools of one attempt.
const POOLS_MAX: usize = 1_000;
/// Workers of one pool: more never run at once anyway.
pub const WORKERS_MAX: i64 = 1_000;
/// Jobs that wait for a worker; whoever brings more waits until there is room.
const QUEUE_MAX: usize = 10_000;

/// The pools of a Lua state by name, in its application data.
#[derive(Clone, Default)]
pub struct Pools(Arc<Mutex<BTreeMap<String, Arc<Pool>>>>);

pub struct Pool {
    name: String,
    inner: Mutex<Inner>,
}

struct Inner {
    jobs: schedule::Pool<Job>,
    submitted: u64,
    /// The first error since somebody last waited, and how many there were.
    failed: Option<(String, u64)>,
}

/// A call to be made by a worker.
pub struct Job {
    function: Function,
    values: MultiValue,
}

impl Pools {
    pub fn of(lua: &Lua) -> Pools {
        if let Some(pools) = lua.app_data_ref::<Pools>() {
            return pools.clone();
        }
        let pools = Pools::default();
        lua.set_app_data(pools.clone());
        pools
    }

    /// A new pool, also in the place of an older one.
    pub fn create(&self, name: String, workers: usize) -> Result<()> {
        let mut pools = lock(&self.0);
        if pools.len() >= POOLS_MAX && !pools.contains_key(&name) {
            return Err(Error::runtime(format!("more than {POOLS_MAX} pools")));
        }
        let jobs = schedule::Pool::new(workers, QUEUE_MAX);
        let inner = Mutex::new(Inner { jobs, submitted: 0, failed: None });
        pools.insert(name.clone(), Arc::new(Pool { name, inner }));
        Ok(())
    }

    pub fn find(&self, name: &str) -> std::result::Result<Arc<Pool>, String> {
        lock(&self.0).get(name).cloned().ok_or_else(|| format!("there is no pool `{name}`"))
    }
}

impl Pool {
    /// Gives a job to the pool and names it; waits while the queue is full.
    pub async fn submit(
        self: &Arc<Self>,
        lua: &Lua,
        function: Function,
        values: MultiValue,
    ) -> Result<std::result::Result<String, String>> {
        let stage = Stage::of(lua)?;
        let place = here(lua);
        let mut job = Job { function, values };
        loop {
            let submitted = lock(&self.inner).jobs.submit(job);
            job = match submitted {
                Submitted::Closed => return Ok(Err(format!("pool `{}` is closed", self.name))),
                Submitted::Queued => break,
                Submitted::Start(job) => {
                    stage.begin(place, self.clone().work(lua.clone(), job))?;
                    break;
                }
                Submitted::Full(job) => job,
            };
            let what = || format!("for room in the queue of pool `{}`", self.name);
            let stand =
                |schedule: &mut _, ticket| lock(&self.inner).jobs.gap.stand(schedule, ticket);
            stage.wait(lua, what, None, stand)?.await;
        }
        stage.give_way(lua).await;
        let mut inner = lock(&self.inner);
        inner.submitted += 1;
        Ok(Ok(format!("{}-{}", self.name, inner.submitted)))
    }

    /// The life of one worker: from the job it starts with until nothing is left to do.
    async fn work(self: Arc<Self>, lua: Lua, mut job: Job) -> Result<()> {
        let stage = Stage::of(&lua)?;
        loop {
            let outcome = call(stage.clone(), job.function, job.values).await?;
            if let Err(error) = &outcome {
                self.failed(&lua, error);
            }
            let next =
                stage.with(|schedule| lock(&self.inner).jobs.finish(schedule, outcome.is_ok()));
            let Some(next) = next else { return Ok(()) };
            job = next;
        }
    }

    fn failed(&self, lua: &Lua, error: &str) {
        lock(&self.inner).failed.get_or_insert_with(|| (error.to_owned(), 0)).1 += 1;
        if let Some(host) = Context::of(lua).ok().and_then(|context| context.host) {
            host.line(
                Stream::Log(Level::Error),
                &format!("a job of pool `{}` failed: {error}", self.name),
            );
        }
    }

    /// Waits until nothing is left to do; what failed since the last time.
    pub async fn wait(&self, lua: &Lua) -> Result<std::result::Result<(), String>> {
        let stage = Stage::of(lua)?;
        if !lock(&self.inner).jobs.is_idle() {
            let what = || format!("for the jobs of pool `{}`", self.name);
            let stand =
                |schedule: &mut _, ticket| lock(&self.inner).jobs.idle.stand(schedule, ticket);
            stage.wait(lua, what, None, stand)?.await;
        }
        let failed = lock(&self.inner).failed.take();
        Ok(failed.map_or(Ok(()), |(first, count)| {
            Err(match count {
                1 => format!("a job failed: {first}"),
                count => format!("{count} jobs failed, the first: {first}"),
            })
        }))
    }

    pub fn close(&self) {
        lock(&self.inner).jobs.close();
    }

    pub fn stats(&self, lua: &Lua) -> Result<Table> {
        let inner = lock(&self.inner);
        let numbers = [
            ("workers", inner.jobs.workers() as u64),
            ("active", inner.jobs.active as u64),
            ("completed", inner.jobs.completed),
            ("failed", inner.jobs.failed),
            ("queued", inner.jobs.queued() as u64),
        ];
        drop(inner);
        let table = lua.create_table_from(numbers)?;
        table.raw_set("name", self.name.as_str())?;
        Ok(table)
    }
}
