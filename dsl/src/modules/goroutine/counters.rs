//! `wait_group` and `atomic_int`.

use std::sync::{Arc, Mutex};

use mlua::{Error, Lua, Result, UserData, UserDataMethods};

use super::object::{Made, lock, refuse_others};
use super::schedule::Counter;
use super::stage::Stage;

/// Waits until as many are done as were added.
#[derive(Clone)]
pub struct WaitGroup(Arc<(Mutex<Counter>, Made)>);

impl WaitGroup {
    pub fn new(lua: &Lua) -> WaitGroup {
        WaitGroup(Arc::new((Mutex::default(), Made::here(lua, "wait group"))))
    }

    fn add(&self, lua: &Lua, delta: i64) -> Result<()> {
        let added = Stage::of(lua)?.with(|schedule| lock(&self.0.0).add(schedule, delta));
        added.map_err(|_| {
            let count = lock(&self.0.0).count();
            Error::runtime(format!("{} is at {count} and cannot be changed by {delta}", self.0.1))
        })
    }

    async fn wait(&self, lua: &Lua) -> Result<()> {
        let stage = Stage::of(lua)?;
        let count = lock(&self.0.0).count();
        if count == 0 {
            stage.give_way(lua).await;
            return Ok(());
        }
        let what = || format!("for {}, of which {count} are not done", self.0.1);
        let stand = |schedule: &mut _, ticket| lock(&self.0.0).stand(schedule, ticket);
        stage.wait(lua, what, None, stand)?.await;
        Ok(())
    }
}

impl UserData for WaitGroup {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods
            .add_method("add", |lua, this, delta: Option<i64>| this.add(lua, delta.unwrap_or(1)));
        methods.add_method("done", |lua, this, ()| this.add(lua, -1));
        methods.add_async_method("wait", |lua, this, ()| {
            let this = this.clone();
            async move { this.wait(&lua).await }
        });
        refuse_others(methods, "wait group", &["add", "done", "wait"]);
    }
}

/// A whole number that several routines change.
#[derive(Clone)]
pub struct AtomicInt(Arc<Mutex<i64>>);

impl AtomicInt {
    pub fn new(start: i64) -> AtomicInt {
        AtomicInt(Arc::new(Mutex::new(start)))
    }
}

impl UserData for AtomicInt {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("load", |lua, this, ()| {
            let this = this.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                Ok(*lock(&this.0))
            }
        });
        methods.add_async_method("compare_and_swap", |lua, this, (old, new): (i64, i64)| {
            let this = this.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                let mut value = lock(&this.0);
                let swapped = *value == old;
                if swapped {
                    *value = new;
                }
                Ok(swapped)
            }
        });
        methods.add_method("add", |_, this, delta: i64| {
            let mut value = lock(&this.0);
            *value = value.wrapping_add(delta);
            Ok(*value)
        });
        methods.add_method("store", |_, this, new: i64| {
            *lock(&this.0) = new;
            Ok(())
        });
        methods.add_method("swap", |_, this, new: i64| {
            Ok(std::mem::replace(&mut *lock(&this.0), new))
        });
        refuse_others(methods, "atomic_int", &["add", "compare_and_swap", "load", "store", "swap"]);
    }
}
