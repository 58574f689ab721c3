//! `mutex`, `rwmutex` and `semaphore`.

use std::sync::{Arc, Mutex as StdMutex};

use mlua::{Error, Lua, Result, UserData, UserDataMethods};

use super::object::{Made, lock, refuse_others};
use super::schedule::Permits;
use super::stage::Stage;

/// Readers at once; who writes needs them all.
const READERS_MAX: u64 = 1 << 32;

/// So many permits, and what they are called.
#[derive(Clone)]
struct Shared(Arc<(StdMutex<Permits>, Made)>);

impl Shared {
    fn new(lua: &Lua, kind: &'static str, capacity: u64) -> Shared {
        Shared(Arc::new((StdMutex::new(Permits::new(capacity)), Made::here(lua, kind))))
    }

    fn permits(&self) -> std::sync::MutexGuard<'_, Permits> {
        lock(&self.0.0)
    }

    fn try_take(&self, stage: &Stage, count: u64) -> bool {
        stage.with(|schedule| self.permits().try_take(schedule, count))
    }

    async fn take(&self, lua: &Lua, count: u64, verb: &str) -> Result<()> {
        let stage = Stage::of(lua)?;
        if self.try_take(&stage, count) {
            stage.give_way(lua).await;
            return Ok(());
        }
        let leaving = Leaving { shared: self, stage: &stage };
        let stand = |schedule: &mut _, ticket| self.permits().stand(schedule, ticket, count);
        stage.wait(lua, || format!("to {verb} {}", self.0.1), None, stand)?.await;
        std::mem::forget(leaving);
        Ok(())
    }

    fn give_back(&self, lua: &Lua, count: u64, wrong: &str) -> Result<()> {
        let given = Stage::of(lua)?.with(|schedule| self.permits().give_back(schedule, count));
        given.map_err(|_| Error::runtime(format!("{wrong}: {}", self.0.1)))
    }
}

/// Somebody in the line is cancelled: those behind may be served now.
struct Leaving<'a> {
    shared: &'a Shared,
    stage: &'a Stage,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.stage.with(|schedule| self.shared.permits().serve(schedule));
    }
}

/// One holder at a time.
#[derive(Clone)]
pub struct Mutex(Shared);

impl Mutex {
    pub fn new(lua: &Lua, kind: &'static str) -> Mutex {
        Mutex(Shared::new(lua, kind, 1))
    }

    pub async fn lock(&self, lua: &Lua) -> Result<()> {
        self.0.take(lua, 1, "lock").await
    }

    pub fn unlock(&self, lua: &Lua) -> Result<()> {
        self.0.give_back(lua, 1, "unlock of what is not locked")
    }

    pub async fn try_lock(&self, lua: &Lua) -> Result<bool> {
        let stage = Stage::of(lua)?;
        stage.give_way(lua).await;
        Ok(self.0.try_take(&stage, 1))
    }

    pub fn is_locked(&self) -> bool {
        self.0.permits().free() == 0
    }
}

impl UserData for Mutex {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("lock", |lua, this, ()| {
            let this = this.clone();
            async move { this.lock(&lua).await }
        });
        methods.add_async_method("try_lock", |lua, this, ()| {
            let this = this.clone();
            async move { this.try_lock(&lua).await }
        });
        methods.add_method("unlock", |lua, this, ()| this.unlock(lua));
        refuse_others(methods, "mutex", &["lock", "try_lock", "unlock"]);
    }
}

/// One writer, or any number of readers.
#[derive(Clone)]
pub struct RwMutex(Shared);

impl RwMutex {
    pub fn new(lua: &Lua) -> RwMutex {
        RwMutex(Shared::new(lua, "rwmutex", READERS_MAX))
    }

    fn unlock(&self, lua: &Lua, read: bool) -> Result<()> {
        let written = self.0.permits().free() == 0;
        match (read, written) {
            (true, true) => {
                Err(Error::runtime(format!("runlock of {}, which a writer holds", self.0.0.1)))
            }
            (true, false) => self.0.give_back(lua, 1, "runlock of what no reader holds"),
            (false, true) => self.0.give_back(lua, READERS_MAX, "unlock of what is not locked"),
            (false, false) => {
                Err(Error::runtime(format!("unlock of what no writer holds: {}", self.0.0.1)))
            }
        }
    }
}

impl UserData for RwMutex {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for (name, count, verb) in [("lock", READERS_MAX, "lock"), ("rlock", 1, "lock for reading")]
        {
            methods.add_async_method(name, move |lua, this, ()| {
                let this = this.0.clone();
                async move { this.take(&lua, count, verb).await }
            });
        }
        for (name, count) in [("try_lock", READERS_MAX), ("try_rlock", 1)] {
            methods.add_async_method(name, move |lua, this, ()| {
                let this = this.0.clone();
                async move {
                    let stage = Stage::of(&lua)?;
                    stage.give_way(&lua).await;
                    Ok(this.try_take(&stage, count))
                }
            });
        }
        methods.add_method("unlock", |lua, this, ()| this.unlock(lua, false));
        methods.add_method("runlock", |lua, this, ()| this.unlock(lua, true));
        refuse_others(
            methods,
            "rwmutex",
            &["lock", "rlock", "runlock", "try_lock", "try_rlock", "unlock"],
        );
    }
}

/// So many holders at a time.
#[derive(Clone)]
pub struct Semaphore(Shared);

impl Semaphore {
    pub fn new(lua: &Lua, capacity: u64) -> Semaphore {
        Semaphore(Shared::new(lua, "semaphore", capacity))
    }
}

impl UserData for Semaphore {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("acquire", |lua, this, ()| {
            let this = this.0.clone();
            async move { this.take(&lua, 1, "acquire").await }
        });
        methods.add_async_method("try_acquire", |lua, this, ()| {
            let this = this.0.clone();
            async move {
                let stage = Stage::of(&lua)?;
                stage.give_way(&lua).await;
                Ok(this.try_take(&stage, 1))
            }
        });
        methods.add_async_method("available", |lua, this, ()| {
            let this = this.0.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                Ok(this.permits().free())
            }
        });
        methods.add_method("release", |lua, this, ()| {
            this.0.give_back(lua, 1, "release of more than was acquired")
        });
        methods.add_method("capacity", |_, this, ()| Ok(this.0.permits().capacity()));
        refuse_others(
            methods,
            "semaphore",
            &["acquire", "available", "capacity", "release", "try_acquire"],
        );
    }
}
