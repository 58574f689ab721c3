//! `once` and `cond`.

use std::sync::{Arc, Mutex as StdMutex};

use mlua::{Error, Function, Lua, Result, UserData, UserDataMethods};

use super::locks::Mutex;
use super::object::{Made, lock, refuse_others};
use super::schedule::Gate;
use super::stage::Stage;

/// A call that happens once; whoever comes while it runs waits for its end.
#[derive(Clone)]
pub struct Once(Arc<(StdMutex<(bool, Gate)>, Made)>);

impl Once {
    pub fn new(lua: &Lua) -> Once {
        Once(Arc::new((StdMutex::default(), Made::here(lua, "once"))))
    }

    async fn call(&self, lua: &Lua, function: &Function) -> Result<()> {
        let begun = std::mem::replace(&mut lock(&self.0.0).0, true);
        let stage = Stage::of(lua)?;
        if !begun {
            // Also after an error, as the call has happened.
            let opening = Opening { once: self, stage: &stage };
            let result = function.call_async::<()>(()).await;
            drop(opening);
            return result;
        }
        if !lock(&self.0.0).1.is_open() {
            let stand = |schedule: &mut _, ticket| lock(&self.0.0).1.stand(schedule, ticket);
            let what = || format!("for the first call of {} to end", self.0.1);
            stage.wait(lua, what, None, stand)?.await;
        }
        Ok(())
    }
}

struct Opening<'a> {
    once: &'a Once,
    stage: &'a Stage,
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.stage.with(|schedule| lock(&self.once.0.0).1.open(schedule));
    }
}

impl UserData for Once {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("call", |lua, this, function: Function| {
            let this = this.clone();
            async move { this.call(&lua, &function).await }
        });
        refuse_others(methods, "once", &["call"]);
    }
}

/// Waits for a signal under a mutex of its own.
#[derive(Clone)]
pub struct Cond(Arc<(StdMutex<Gate>, Mutex, Made)>);

impl Cond {
    pub fn new(lua: &Lua) -> Cond {
        let mutex = Mutex::new(lua, "mutex of the cond");
        Cond(Arc::new((StdMutex::default(), mutex, Made::here(lua, "cond"))))
    }

    /// Gives the mutex back, waits for a signal and takes it again.
    async fn wait(&self, lua: &Lua) -> Result<()> {
        let Cond(shared) = self;
        let (gate, mutex, made) = &**shared;
        if !mutex.is_locked() {
            return Err(Error::runtime(format!("lock {made} before you wait: cond:lock()")));
        }
        let stage = Stage::of(lua)?;
        let stand = |schedule: &mut _, ticket| lock(gate).stand(schedule, ticket);
        let wait = stage.wait(lua, || format!("for a signal of {made}"), None, stand)?;
        mutex.unlock(lua)?;
        wait.await;
        mutex.lock(lua).await
    }
}

impl UserData for Cond {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("wait", |lua, this, ()| {
            let this = this.clone();
            async move { this.wait(&lua).await }
        });
        methods.add_method("signal", |lua, this, ()| {
            Stage::of(lua)?.with(|schedule| lock(&this.0.0).let_one(schedule));
            Ok(())
        });
        methods.add_method("broadcast", |lua, this, ()| {
            Stage::of(lua)?.with(|schedule| lock(&this.0.0).let_all(schedule));
            Ok(())
        });
        methods.add_method("get_mutex", |_, this, ()| Ok(this.0.1.clone()));
        methods.add_async_method("lock", |lua, this, ()| {
            let mutex = this.0.1.clone();
            async move { mutex.lock(&lua).await }
        });
        methods.add_method("unlock", |lua, this, ()| this.0.1.unlock(lua));
        refuse_others(
            methods,
            "cond",
            &["broadcast", "get_mutex", "lock", "signal", "unlock", "wait"],
        );
    }
}
