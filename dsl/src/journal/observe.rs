use std::future::Future;

use mlua::{Error, Lua, MultiValue, Result, Value};

use super::{Answer, Item, Question, Tape, Turn};
use crate::context::{Context, Phase, refused};

/// Does the work of a call that observes the world: in a task at once; while a file is loaded under its journal.
pub fn observe(
    lua: &Lua,
    call: &str,
    arguments: &MultiValue,
    work: impl FnOnce() -> Result<MultiValue>,
) -> Result<MultiValue> {
    match begin(lua, call, arguments)? {
        Begun::InTask => work(),
        Begun::Known(answer) => replayed(lua, answer),
        Begun::Open(tape, question) => recorded(lua, &tape, question, work()),
    }
}

/// The same for work that waits.
pub async fn observe_async(
    lua: &Lua,
    call: &str,
    arguments: &MultiValue,
    work: impl Future<Output = Result<MultiValue>>,
) -> Result<MultiValue> {
    match begin(lua, call, arguments)? {
        Begun::InTask => work.await,
        Begun::Known(answer) => replayed(lua, answer),
        Begun::Open(tape, question) => {
            let result = work.await;
            recorded(lua, &tape, question, result)
        }
    }
}

enum Begun {
    InTask,
    Known(Answer),
    Open(Tape, Question),
}

fn begin(lua: &Lua, call: &str, arguments: &MultiValue) -> Result<Begun> {
    if Context::phase_of(lua)? == Phase::Task {
        return Ok(Begun::InTask);
    }
    let tape = Context::of(lua)?.tape.ok_or_else(|| refused(call))?;
    let items: std::result::Result<Vec<Item>, String> =
        arguments.iter().map(|value| Item::of(lua, value)).collect();
    let items = items.map_err(|what| {
        Error::runtime(format!("`{call}` cannot be given {what} while the file is loaded"))
    })?;
    match tape.ask(Question::new(call, items)).map_err(Error::runtime)? {
        Turn::Known(answer) => Ok(Begun::Known(answer)),
        Turn::Open(question) => Ok(Begun::Open(tape, question)),
    }
}

fn replayed(lua: &Lua, answer: Answer) -> Result<MultiValue> {
    match answer {
        Answer::Returned(items) => items.iter().map(|item| item.to_lua(lua)).collect(),
        Answer::Raised(message) => Err(Error::runtime(message)),
    }
}

/// Keeps what the call came to, and hands on exactly what a replay will.
fn recorded(
    lua: &Lua,
    tape: &Tape,
    question: Question,
    result: Result<MultiValue>,
) -> Result<MultiValue> {
    let answer = match result {
        Ok(values) => Answer::Returned(items(lua, &question.call, &values)?),
        Err(error) => Answer::Raised(crate::vm::message(&error)),
    };
    tape.keep(question, answer.clone()).map_err(Error::runtime)?;
    replayed(lua, answer)
}

fn items(lua: &Lua, call: &str, values: &MultiValue) -> Result<Vec<Item>> {
    let item = |value: &Value| {
        Item::of(lua, value).map_err(|what| {
            Error::runtime(format!(
                "`{call}` returned {what}, which cannot be kept while the file is loaded; move it into a task"
            ))
        })
    };
    values.iter().map(item).collect()
}
