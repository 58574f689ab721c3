//! The functions that start routines and wait for them.

use std::time::Duration;

use mlua::{Error, Function, IntoLuaMulti, Lua, MultiValue, Result, Table, Value};

use super::channel::Channel;
use super::flow::{self, SPREAD_MAX};
use super::handle::{Handle, Outcome};
use super::object::object;
use super::pool::Pools;
use super::stage::{Stage, here};
use super::{select, taken, within, workers};
use crate::context::Context;
use crate::registry::Arguments;

/// What a wait that was too long says.
const TIMED_OUT: &str = "timeout exceeded";

pub async fn sleep(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let time: Duration = arguments.take("time")?;
    let stage = Stage::of(&lua)?;
    // Check mode waits for nothing, but it does let the others run.
    let time = if Context::of(&lua)?.check { Duration::ZERO } else { time };
    let until = stage.elapsed() + time;
    stage.wait(&lua, || "for a time".to_owned(), Some(until), |_, _| {})?.await;
    Ok(MultiValue::new())
}

pub async fn spawn(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    begin(&lua, arguments.take("body")?, MultiValue::new())?;
    Ok(MultiValue::new())
}

pub async fn spawn_many(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let count = within(arguments.take("count")?, 0, 10_000, "`goroutine.spawn_many` `count`")?;
    let body: Function = arguments.take("body")?;
    for number in 1..=count {
        begin(&lua, body.clone(), number.into_lua_multi(&lua)?)?;
    }
    Ok(MultiValue::new())
}

/// A routine whose error fails the task.
fn begin(lua: &Lua, body: Function, values: MultiValue) -> Result<()> {
    let call = async move { body.call_async::<()>(values).await };
    Stage::of(lua)?.begin(here(lua), call).map(drop)
}

pub async fn start(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let (stage, body) = (Stage::of(&lua)?, arguments.take("body")?);
    Handle::start(&stage, here(&lua), body, MultiValue::new())?.into_lua_multi(&lua)
}

pub async fn wait(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let handle: Handle =
        object(&arguments.take("handle")?, "`goroutine.await` `handle`", "handle")?;
    let outcome = handle.outcome(&lua, None).await?;
    told(&lua, outcome)
}

pub async fn wait_all(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let list = table(&mut arguments, "handles")?;
    let until = match arguments.find::<Duration>("timeout")? {
        Some(timeout) => Some(Stage::of(&lua)?.elapsed() + timeout),
        None => None,
    };
    let read = |place: usize| {
        object(&list.raw_get(place)?, &format!("handle {place} of `goroutine.await_all`"), "handle")
    };
    let handles = (1..=list.raw_len()).map(read).collect::<Result<Vec<Handle>>>()?;
    all(&lua, &handles, until).await
}

pub async fn parallel(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let (stage, place) = (Stage::of(&lua)?, here(&lua));
    let list = table(&mut arguments, "functions")?;
    let start = |number: usize| match list.raw_get::<Value>(number)? {
        Value::Function(body) => Handle::start(&stage, place.clone(), body, MultiValue::new()),
        other => Err(Error::runtime(format!(
            "element {number} of `goroutine.parallel` must be a function, got a {}",
            other.type_name()
        ))),
    };
    let handles = (1..=list.raw_len()).map(start).collect::<Result<Vec<_>>>()?;
    all(&lua, &handles, None).await
}

async fn all(lua: &Lua, handles: &[Handle], until: Option<Duration>) -> Result<MultiValue> {
    let results = lua.create_table()?;
    for handle in handles {
        let outcome = handle.outcome(lua, until).await?;
        results.raw_push(entry(lua, outcome)?)?;
    }
    results.into_lua_multi(lua)
}

/// `{success, values, value}` or `{success = false, error}`.
fn entry(lua: &Lua, outcome: Option<Outcome>) -> Result<Table> {
    let entry = lua.create_table()?;
    match outcome.unwrap_or_else(|| Err(TIMED_OUT.to_owned())) {
        Ok(values) => {
            entry.raw_set("success", true)?;
            entry.raw_set("value", values.front())?;
            entry.raw_set("values", lua.create_sequence_from(values)?)?;
        }
        Err(error) => {
            entry.raw_set("success", false)?;
            entry.raw_set("error", error)?;
        }
    }
    Ok(entry)
}

/// `true, results…` or `false, error`.
fn told(lua: &Lua, outcome: Option<Outcome>) -> Result<MultiValue> {
    match outcome.unwrap_or_else(|| Err(TIMED_OUT.to_owned())) {
        Ok(mut values) => {
            values.push_front(Value::Boolean(true));
            Ok(values)
        }
        Err(error) => (false, error).into_lua_multi(lua),
    }
}

pub async fn timeout(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let (time, body): (Duration, Function) = (arguments.take("time")?, arguments.take("body")?);
    let stage = Stage::of(&lua)?;
    let handle = Handle::start(&stage, here(&lua), body, MultiValue::new())?;
    let outcome = handle.outcome(&lua, Some(stage.elapsed() + time)).await?;
    if outcome.is_none() {
        handle.cancel(&lua)?;
    }
    told(&lua, outcome)
}

pub async fn map(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let list = table(&mut arguments, "list")?;
    flow::map(&lua, &list, arguments.take("body")?).await?.into_lua_multi(&lua)
}

pub async fn pipeline(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let source = taken(&mut arguments)?;
    let stages = table(&mut arguments, "stages")?;
    flow::pipeline(&lua, source, &stages)?.into_lua_multi(&lua)
}

pub async fn fan_out(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let source: Channel = taken(&mut arguments)?;
    let count = within(arguments.take("count")?, 1, SPREAD_MAX, "`goroutine.fan_out` `count`")?;
    flow::fan_out(&lua, source, count)?.into_lua_multi(&lua)
}

pub async fn fan_in(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    flow::fan_in(&lua, &table(&mut arguments, "channels")?)?.into_lua_multi(&lua)
}

pub async fn select(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let cases = table(&mut arguments, "cases")?;
    select::select(&lua, &cases, None).await?.into_lua_multi(&lua)
}

pub async fn select_timeout(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let (time, cases): (Duration, _) = (arguments.take("time")?, table(&mut arguments, "cases")?);
    let until = Stage::of(&lua)?.elapsed() + time;
    let number = select::select(&lua, &cases, Some(until)).await?;
    (number.is_none(), number).into_lua_multi(&lua)
}

pub async fn pool_create(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let workers = workers(arguments.take("workers")?, "`goroutine.pool_create` `workers`")?;
    Pools::of(&lua).create(arguments.take("name")?, workers)?;
    true.into_lua_multi(&lua)
}

pub async fn pool_submit(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let (name, body): (String, Function) = (arguments.take("name")?, arguments.take("body")?);
    let values = MultiValue::from_vec(arguments.take("values")?);
    let submitted = match Pools::of(&lua).find(&name) {
        Ok(pool) => pool.submit(&lua, body, values).await?,
        Err(error) => Err(error),
    };
    match submitted {
        Ok(job) => job.into_lua_multi(&lua),
        Err(error) => (Value::Nil, error).into_lua_multi(&lua),
    }
}

pub async fn pool_wait(lua: Lua, mut arguments: Arguments, close: bool) -> Result<MultiValue> {
    let name: String = arguments.take("name")?;
    let waited = match Pools::of(&lua).find(&name) {
        Ok(pool) => {
            if close {
                pool.close();
            }
            pool.wait(&lua).await?
        }
        Err(error) => Err(error),
    };
    match waited {
        Ok(()) => true.into_lua_multi(&lua),
        Err(error) => (false, error).into_lua_multi(&lua),
    }
}

pub async fn pool_stats(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let name: String = arguments.take("name")?;
    Stage::of(&lua)?.give_way(&lua).await;
    match Pools::of(&lua).find(&name) {
        Ok(pool) => pool.stats(&lua)?.into_lua_multi(&lua),
        Err(error) => (Value::Nil, error).into_lua_multi(&lua),
    }
}

fn table(arguments: &mut Arguments, name: &str) -> Result<Table> {
    let function = arguments.function.clone();
    match arguments.take::<Value>(name)? {
        Value::Table(table) => Ok(table),
        other => {
            let got = other.type_name();
            Err(Error::runtime(format!("`{function}` `{name}` must be a list, got a {got}")))
        }
    }
}
