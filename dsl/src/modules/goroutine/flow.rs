//! Values that flow through functions: `map`, `pipeline`, `fan_out`, `fan_in`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mlua::{Error, Function, Lua, MultiValue, Result, Table, Value};

use super::channel::{Channel, Direction};
use super::handle::Handle;
use super::object::object;
use super::pool::WORKERS_MAX;
use super::stage::{Stage, here};

/// Values that wait between two steps.
const CAPACITY: usize = 10;
/// Channels that one channel may be spread over.
pub const SPREAD_MAX: i64 = 1_000;

/// Calls the function with every element at once; the results in the order of the list, or the first error.
pub async fn map(lua: &Lua, list: &Table, function: Function) -> Result<Table> {
    let (stage, place) = (Stage::of(lua)?, here(lua));
    let start = |index: usize| {
        let values = MultiValue::from_vec(vec![list.raw_get(index)?, Value::Integer(index as i64)]);
        Handle::start(&stage, place.clone(), function.clone(), values)
    };
    let started = (1..=list.raw_len()).map(start).collect::<Result<Vec<_>>>()?;
    let results = lua.create_table()?;
    for (index, handle) in started.iter().enumerate() {
        match handle.outcome(lua, None).await? {
            Some(Ok(values)) => results.raw_set(index + 1, values.front())?,
            Some(Err(error)) => return Err(Error::runtime(error)),
            None => {}
        }
    }
    Ok(results)
}

/// Sends what comes from a channel through one function after the other.
pub fn pipeline(lua: &Lua, source: Channel, stages: &Table) -> Result<Channel> {
    source.may_receive()?;
    let mut from = source;
    for number in 1..=stages.raw_len() {
        let step = Step::read(stages, number)?;
        from = step.start(lua, from)?;
    }
    Ok(from)
}

struct Step {
    function: Function,
    workers: usize,
}

impl Step {
    /// `{ fn = function, workers = 1 }`, or the function alone.
    fn read(stages: &Table, number: usize) -> Result<Step> {
        let wrong = |what: &str| Error::runtime(format!("stage {number} of the pipeline {what}"));
        match stages.raw_get::<Value>(number)? {
            Value::Function(function) => Ok(Step { function, workers: 1 }),
            Value::Table(stage) => {
                let workers = stage.get::<Option<i64>>("workers")?.unwrap_or(1);
                if !(1..=WORKERS_MAX).contains(&workers) {
                    return Err(wrong(&format!(
                        "must have 1 to {WORKERS_MAX} workers, got {workers}"
                    )));
                }
                let named = stage.get::<Option<Function>>("fn")?;
                let function = match named {
                    Some(function) => Some(function),
                    None => stage.get::<Value>(1)?.as_function().cloned(),
                };
                let function = function.ok_or_else(|| wrong("needs a function, as `fn`"))?;
                Ok(Step { function, workers: workers as usize })
            }
            other => Err(wrong(&format!("must be a table with `fn`, got a {}", other.type_name()))),
        }
    }

    fn start(self, lua: &Lua, from: Channel) -> Result<Channel> {
        let (stage, place) = (Stage::of(lua)?, here(lua));
        let to = Channel::new(lua, CAPACITY, Direction::Both);
        let working = Arc::new(AtomicUsize::new(self.workers));
        for _ in 0..self.workers {
            let (lua, from, to) = (lua.clone(), from.clone(), to.clone());
            let (function, working) = (self.function.clone(), working.clone());
            stage.begin(place.clone(), async move {
                while let Some(value) = from.receive(&lua).await? {
                    let made = function.call_async::<Value>(value).await?;
                    if !made.is_nil() {
                        to.send(&lua, made).await?;
                    }
                }
                close_last(&lua, &to, &working)
            })?;
        }
        Ok(to)
    }
}

/// Whoever is the last to send closes the channel.
fn close_last(lua: &Lua, to: &Channel, working: &AtomicUsize) -> Result<()> {
    if working.fetch_sub(1, Ordering::AcqRel) == 1 {
        to.close(lua)?;
    }
    Ok(())
}

/// Channels that each get every value.
pub fn fan_out(lua: &Lua, from: Channel, count: usize) -> Result<Table> {
    from.may_receive()?;
    let (stage, place) = (Stage::of(lua)?, here(lua));
    let made: Vec<Channel> =
        (0..count).map(|_| Channel::new(lua, CAPACITY, Direction::Both)).collect();
    let (to, own) = (made.clone(), lua.clone());
    stage.begin(place, async move {
        while let Some(value) = from.receive(&own).await? {
            for channel in &to {
                channel.send(&own, value.clone()).await?;
            }
        }
        to.iter().try_for_each(|channel| channel.close(&own).map(drop))
    })?;
    lua.create_sequence_from(made)
}

/// A channel that gets what comes from any of several.
pub fn fan_in(lua: &Lua, list: &Table) -> Result<Channel> {
    let (stage, place) = (Stage::of(lua)?, here(lua));
    let read = |index: usize| -> Result<Channel> {
        let channel =
            object::<Channel>(&list.raw_get(index)?, &format!("element {index}"), "channel")?;
        channel.may_receive().map(|()| channel)
    };
    let sources = (1..=list.raw_len()).map(read).collect::<Result<Vec<_>>>()?;
    let to = Channel::new(lua, CAPACITY, Direction::Both);
    let working = Arc::new(AtomicUsize::new(sources.len()));
    if sources.is_empty() {
        to.close(lua)?;
    }
    for from in sources {
        let (lua, to, working) = (lua.clone(), to.clone(), working.clone());
        stage.begin(place.clone(), async move {
            while let Some(value) = from.receive(&lua).await? {
                to.send(&lua, value).await?;
            }
            close_last(&lua, &to, &working)
        })?;
    }
    Ok(to)
}
