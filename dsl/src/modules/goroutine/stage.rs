//! All routines of one Lua state, as the functions of the module see them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use mlua::{Error, Function, Lua, Result, Value};
use tokio::time::Instant;

use super::bell::{Bell, Ring};
use super::schedule::{Place, Reason, Routine, Schedule, Ticket};
use super::wait::Wait;
use crate::vm;

/// Routines that may be alive at once in one attempt: each costs a few KiB.
const ROUTINES_MAX: usize = 10_000;
/// What failed and nobody asked about; more says nothing new.
const UNSEEN_MAX: usize = 20;

/// What a routine does. An error fails the task.
pub type Body = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A cheap handle, kept in the state's application data.
#[derive(Clone)]
pub struct Stage(Arc<Shared>);

struct Shared {
    inner: Mutex<Inner>,
    ring: Arc<Ring>,
    begun: Instant,
    /// Lua's own, whatever the script makes of the global: it turns errors into text.
    pcall: Function,
}

pub struct Inner {
    pub schedule: Schedule<Value>,
    pub bodies: BTreeMap<Routine, (Body, Arc<Bell>)>,
    /// Who runs now.
    pub current: Routine,
    /// Whether a command is under way: only then somebody could be woken.
    pub open: bool,
    /// How often the current routine went on at once after it had used up its turn.
    pub overtime: u32,
    /// Selects so far: the next one looks at another of its cases first.
    pub selects: usize,
    /// Routines that failed and were not awaited yet.
    pub unseen: BTreeMap<Routine, (Place, String)>,
}

/// What was left when a command returned.
pub struct Closed {
    /// Whether somebody still ran.
    pub cancelled: bool,
    /// What failed and was never asked about.
    pub unseen: Vec<(Place, String)>,
}

impl Stage {
    /// Puts a stage into a new Lua state, before any script could change its globals.
    pub fn install(lua: &Lua) -> Result<()> {
        let inner = Inner {
            schedule: Schedule::new(),
            bodies: BTreeMap::new(),
            current: Routine::COMMAND,
            open: false,
            overtime: 0,
            selects: 0,
            unseen: BTreeMap::new(),
        };
        let (inner, ring) = (Mutex::new(inner), Arc::default());
        let pcall = lua.globals().raw_get("pcall")?;
        lua.set_app_data(Stage(Arc::new(Shared { inner, ring, begun: Instant::now(), pcall })));
        Ok(())
    }

    /// The stage of this state.
    pub fn of(lua: &Lua) -> Result<Stage> {
        let stage = lua.app_data_ref::<Stage>().map(|stage| stage.clone());
        stage.ok_or_else(|| Error::runtime("this Lua state has no routines"))
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ring(&self) -> &Arc<Ring> {
        &self.0.ring
    }

    /// Time since the state was made.
    pub fn elapsed(&self) -> Duration {
        self.0.begun.elapsed()
    }

    pub fn instant(&self, elapsed: Duration) -> Instant {
        self.0.begun + elapsed
    }

    pub fn pcall(&self) -> &Function {
        &self.0.pcall
    }

    /// Works on an object and the schedule at once.
    pub fn with<T>(&self, work: impl FnOnce(&mut Schedule<Value>) -> T) -> T {
        work(&mut self.lock().schedule)
    }

    /// Starts a routine.
    pub fn begin(
        &self,
        started: Place,
        body: impl Future<Output = Result<()>> + Send + 'static,
    ) -> Result<Routine> {
        let mut inner = self.lock();
        if !inner.open {
            return Err(Error::runtime("a routine can be started only while a command runs"));
        }
        if inner.schedule.alive() > ROUTINES_MAX {
            return Err(Error::runtime(format!(
                "more than {ROUTINES_MAX} routines at once: wait for some of them, or use a pool"
            )));
        }
        let routine = inner.schedule.begin(started);
        let bell = Bell::new(routine, self.ring().clone());
        inner.bodies.insert(routine, (Box::pin(body), bell));
        Ok(routine)
    }

    /// A command begins: routines can be started, and somebody wakes them.
    pub fn open(&self) {
        self.lock().open = true;
    }

    /// The command has returned: whoever still runs is cancelled.
    pub fn close(&self) -> Closed {
        self.lock().open = false;
        let mut cancelled = false;
        loop {
            // A body may run Lua code while it is dropped: never under the lock.
            let Some(body) = self.lock().bodies.pop_first() else { break };
            drop(body);
            cancelled = true;
        }
        let mut inner = self.lock();
        inner.schedule.clear();
        Closed { cancelled, unseen: std::mem::take(&mut inner.unseen).into_values().collect() }
    }

    /// Ends a routine wherever it is, and what it started in the world with it.
    pub fn cancel(&self, lua: &Lua, routine: Routine) {
        let body = {
            let mut inner = self.lock();
            inner.schedule.end(routine);
            inner.bodies.remove(&routine)
        };
        drop(body);
        // What a coroutine of the routine waited for is only let go when it is collected.
        let _ = lua.gc_collect();
    }

    /// Blocks the running routine; `stand` puts it into the lines it waits in.
    pub fn wait(
        &self,
        lua: &Lua,
        what: impl FnOnce() -> String,
        until: Option<Duration>,
        stand: impl FnOnce(&mut Schedule<Value>, Ticket),
    ) -> Result<Wait> {
        let (what, at) = (what(), caller(lua));
        if let Some(at) = &at
            && !vm::yieldable(lua)
        {
            return Err(Error::runtime(format!(
                "{at}: cannot wait {what} here, inside a function that Lua's library calls back"
            )));
        }
        let mut inner = self.lock();
        if !inner.open {
            return Err(Error::runtime(format!("cannot wait {what}: no command runs")));
        }
        let current = inner.current;
        let at = at.or_else(|| inner.schedule.started(current)).unwrap_or_default();
        let ticket = inner.schedule.block(current, Reason { what, at }, until);
        stand(&mut inner.schedule, ticket);
        drop(inner);
        Ok(Wait::new(self.clone(), ticket))
    }

    /// Lets others run if the current routine has used up its turn.
    pub async fn give_way(&self, lua: &Lua) {
        let turn = {
            let mut inner = self.lock();
            let due = inner.open && inner.overtime > 0 && inner.schedule.is_crowded();
            due.then(|| std::mem::take(&mut inner.overtime))
        };
        if turn.is_none() || (caller(lua).is_some() && !vm::yieldable(lua)) {
            return;
        }
        let mut given = false;
        std::future::poll_fn(|_| {
            if std::mem::replace(&mut given, true) {
                return Poll::Ready(());
            }
            let mut inner = self.lock();
            let current = inner.current;
            inner.schedule.ready(current);
            Poll::Pending
        })
        .await;
    }

    /// Keeps what a routine failed with until somebody awaits it.
    pub fn failed(&self, routine: Routine, started: Place, error: String) {
        let unseen = &mut self.lock().unseen;
        if unseen.len() < UNSEEN_MAX {
            unseen.insert(routine, (started, error));
        }
    }
}

/// The line of the workflow file that calls.
pub fn here(lua: &Lua) -> Place {
    caller(lua).unwrap_or_default()
}

/// The same; nothing when no Lua code is running.
fn caller(lua: &Lua) -> Option<Place> {
    (0..).map_while(|level| lua.inspect_stack(level, place)).flatten().next()
}

/// Where a frame is, if it is one of the workflow's.
fn place(frame: &mlua::debug::Debug<'_>) -> Option<Place> {
    let source = frame.source();
    let name = source.source.as_deref()?.strip_prefix('=')?;
    let own = matches!(name, "[C]" | "sloth" | "__mlua_async_poll");
    (!own).then(|| Place { file: name.into(), line: frame.current_line().unwrap_or_default() })
}
