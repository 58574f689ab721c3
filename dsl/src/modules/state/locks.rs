use std::sync::PoisonError;
use std::time::Duration;

use mlua::{Function, Lua, MultiValue};
use tokio::time::{Instant, sleep_until};

use super::{ask, strange};
use crate::host::{StateAnswer, StateOperation};
use crate::registry::answer::{Answer, Code, Failure};
use crate::registry::function::Class;
use crate::registry::plan::Plan;
use crate::registry::{Arguments, World, outcome};

/// Pauses between tries for a held lock: the first and the longest.
const PAUSE_FIRST: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A lock by its full name.
struct Lock {
    namespace: String,
    name: String,
    ttl: Duration,
}

impl Lock {
    fn of(arguments: &mut Arguments) -> Result<Self, Failure> {
        let (namespace, name) = (arguments.take("namespace")?, arguments.take("name")?);
        Ok(Self { namespace, name, ttl: arguments.take("ttl")? })
    }

    /// The fencing token, or a conflict while somebody else holds the lock.
    async fn take(&self, world: &World) -> Result<u64, Failure> {
        let (namespace, name) = (self.namespace.clone(), self.name.clone());
        match ask(world, StateOperation::Lock { namespace, name, ttl: self.ttl }).await? {
            StateAnswer::Token(token) => {
                let mut locks = world.locks.lock().unwrap_or_else(PoisonError::into_inner);
                locks.insert((self.namespace.clone(), self.name.clone()), token);
                Ok(token)
            }
            other => Err(strange(&other)),
        }
    }

    /// The answer of check mode.
    fn untaken(&self) -> Answer {
        Answer::skipped(format!("lock {} would be taken", self.name))
    }

    async fn wait(&self, world: &World, timeout: Duration) -> Result<u64, Failure> {
        let deadline = Instant::now() + timeout;
        let mut pause = PAUSE_FIRST;
        loop {
            match self.take(world).await {
                Err(failure) if failure.code == Code::Conflict => {}
                taken => return taken,
            }
            if Instant::now() >= deadline {
                let waited = config::duration::format(timeout);
                return Err(Failure::new(
                    Code::Timeout,
                    format!("lock `{}` was not free within {waited}", self.name),
                ));
            }
            sleep_until((Instant::now() + pause).min(deadline)).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

pub fn lock(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (lock, timeout) = (Lock::of(&mut arguments)?, arguments.take("timeout")?);
    Ok(Plan::pending(
        lock.untaken(),
        async move { Answer::value(lock.wait(&world, timeout).await?) },
    ))
}

pub fn try_lock(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let lock = Lock::of(&mut arguments)?;
    Ok(Plan::pending(lock.untaken(), async move { Answer::value(lock.take(&world).await?) }))
}

pub fn unlock(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, name): (String, String) =
        (arguments.take("namespace")?, arguments.take("name")?);
    let given = arguments.find::<i64>("token")?.and_then(|token| u64::try_from(token).ok());
    let own = {
        let locks = world.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.get(&(namespace.clone(), name.clone())).copied()
    };
    let lost = format!("lock {name} was not held by this task");
    let Some(token) = given.or(own) else {
        return Ok(Plan::Settled(Answer::report(false, lost)));
    };
    let would = Answer::report(true, format!("lock {name} would be given back"));
    Ok(Plan::pending(would, async move {
        match release(&world, namespace, name.clone(), token).await? {
            true => Answer::changed(true, format!("lock {name} given back")),
            false => Answer::changed(false, lost),
        }
    }))
}

/// Whether the lock was still held.
async fn release(
    world: &World,
    namespace: String,
    name: String,
    token: u64,
) -> Result<bool, Failure> {
    {
        let mut locks = world.locks.lock().unwrap_or_else(PoisonError::into_inner);
        locks.remove(&(namespace.clone(), name.clone()));
    }
    match ask(world, StateOperation::Unlock { namespace, name, token }).await? {
        StateAnswer::Removed(held) => Ok(held),
        other => Err(strange(&other)),
    }
}

/// Check mode runs the body without the lock.
pub async fn with_lock(
    lua: Lua,
    world: World,
    mut arguments: Arguments,
) -> mlua::Result<MultiValue> {
    let (lock, timeout) = (Lock::of(&mut arguments)?, arguments.take("timeout")?);
    let body: Function = arguments.take("body")?;
    if world.check {
        return body.call_async::<MultiValue>(()).await;
    }
    let token = match lock.wait(&world, timeout).await {
        Ok(token) => token,
        Err(failure) => return outcome::values(&lua, Class::Value, false, Err(failure)),
    };
    let results = body.call_async::<MultiValue>(token).await;
    let released = release(&world, lock.namespace, lock.name, token).await;
    match (results, released) {
        (Ok(_), Err(failure)) => Err(failure.into()),
        (results, _) => results,
    }
}
