use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use mlua::{Error, Function, Lua, Result, UserData, UserDataMethods};
use tokio::time::Instant;

use super::object::{lock, refuse_others};
use super::stage::Stage;
use crate::context;

/// Contexts in contexts.
const DEPTH_MAX: usize = 1_000;

/// Something that may be cancelled, by hand, by time or with its parent.
#[derive(Clone)]
pub struct Context(Arc<Shared>);

struct Shared {
    parent: Option<Context>,
    depth: usize,
    ended: Mutex<Option<&'static str>>,
    deadline: Option<Deadline>,
}

#[derive(Clone, Copy)]
struct Deadline {
    at: Instant,
    /// The same as people write it: milliseconds since 1970.
    epoch: i64,
}

const CANCELLED: &str = "context canceled";
const EXCEEDED: &str = "context deadline exceeded";

impl Context {
    pub fn root() -> Context {
        Context(Arc::new(Shared {
            parent: None,
            depth: 0,
            ended: Mutex::default(),
            deadline: None,
        }))
    }

    fn child(&self, own: Option<Deadline>) -> Result<Context> {
        let depth = self.0.depth + 1;
        if depth > DEPTH_MAX {
            return Err(Error::runtime(format!("contexts are nested more than {DEPTH_MAX} deep")));
        }
        let deadline =
            [own, self.0.deadline].into_iter().flatten().min_by_key(|deadline| deadline.at);
        let parent = Some(self.clone());
        Ok(Context(Arc::new(Shared { parent, depth, ended: Mutex::default(), deadline })))
    }

    fn cancel(&self) {
        if self.ended().is_none() {
            lock(&self.0.ended).get_or_insert(CANCELLED);
        }
    }

    /// Why it has ended; the first reason stays.
    fn ended(&self) -> Option<&'static str> {
        let mut ended = lock(&self.0.ended);
        if ended.is_none() {
            let parent = self.0.parent.as_ref().and_then(Context::ended);
            let late = || self.0.deadline.filter(|deadline| deadline.at <= Instant::now());
            *ended = parent.or_else(|| late().map(|_| EXCEEDED));
        }
        *ended
    }

    fn cancelled_by(self, lua: &Lua) -> Result<(Context, Function)> {
        let cancelled = self.clone();
        let cancel = lua.create_function(move |_, _: mlua::MultiValue| {
            cancelled.cancel();
            Ok(())
        })?;
        Ok((self, cancel))
    }
}

/// A moment counted from now, or from 1970; in milliseconds.
fn deadline(lua: &Lua, given: f64, from_now: bool) -> Result<Deadline> {
    let host = context::Context::of(lua)?;
    let now = host.world("a deadline")?.now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = if from_now { given } else { given - now.as_millis() as f64 };
    if !given.is_finite() {
        return Err(Error::runtime(format!(
            "a deadline must be a number of milliseconds, got {given}"
        )));
    }
    // A day more or less than a hundred years makes no difference to a task.
    let left = Duration::from_millis(left.clamp(0.0, 3.2e12) as u64);
    let epoch = if from_now { (now + left).as_millis() as i64 } else { given as i64 };
    Ok(Deadline { at: Instant::now() + left, epoch })
}

/// `ctx, cancel` of a context without parent.
pub fn root(lua: &Lua) -> Result<(Context, Function)> {
    Context::root().cancelled_by(lua)
}

impl UserData for Context {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("with_cancel", |lua, this, ()| this.child(None)?.cancelled_by(lua));
        methods.add_method("with_timeout", |lua, this, milliseconds: f64| {
            this.child(Some(deadline(lua, milliseconds, true)?))?.cancelled_by(lua)
        });
        methods.add_method("with_deadline", |lua, this, epoch: f64| {
            this.child(Some(deadline(lua, epoch, false)?))?.cancelled_by(lua)
        });
        methods.add_async_method("is_cancelled", |lua, this, ()| {
            let this = this.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                Ok(this.ended().is_some())
            }
        });
        methods.add_method("err", |_, this, ()| Ok(this.ended()));
        methods.add_method("cancel", |_, this, ()| {
            this.cancel();
            Ok(())
        });
        methods.add_method("deadline", |_, this, ()| {
            Ok((this.0.deadline.map(|deadline| deadline.epoch), this.0.deadline.is_some()))
        });
        refuse_others(
            methods,
            "context",
            &[
                "cancel",
                "deadline",
                "err",
                "is_cancelled",
                "with_cancel",
                "with_deadline",
                "with_timeout",
            ],
        );
    }
}
