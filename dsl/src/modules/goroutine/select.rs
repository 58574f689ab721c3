use std::time::Duration;

use mlua::{Error, Function, Lua, Result, Table, Value};

use super::channel::{CLOSED, Channel};
use super::object::object;
use super::schedule::{Received, Schedule, Sent, Ticket, Wake};
use super::stage::Stage;

/// Cases of one select.
const CASES_MAX: usize = 1_000;

struct Case {
    channel: Channel,
    kind: Kind,
    handler: Option<Function>,
}

enum Kind {
    Receive,
    /// The value is in the channel's line while the case waits.
    Send(Value),
}

/// The cases as written, and what to do when none is ready.
struct Cases {
    list: Vec<(usize, Case)>,
    default: Option<(usize, Option<Function>)>,
}

/// What a case came to: for a receive its value, unless the channel is closed.
enum Done {
    Sent,
    Received(Option<Value>),
}

/// Does exactly one of the cases and returns its number from 1; nothing when the time is up before.
pub async fn select(lua: &Lua, cases: &Table, until: Option<Duration>) -> Result<Option<usize>> {
    let Cases { mut list, default } = read(cases)?;
    let stage = Stage::of(lua)?;
    if !list.is_empty() {
        let mut inner = stage.lock();
        inner.selects = inner.selects.wrapping_add(1);
        let first = inner.selects % list.len();
        list.rotate_left(first);
    }
    stage.give_way(lua).await;
    for (number, case) in &mut list {
        if let Some(done) = stage.with(|schedule| case.attempt(schedule)) {
            return finish(*number, case.handler.take(), done?).await.map(Some);
        }
    }
    if let Some((number, handler)) = default {
        if let Some(handler) = handler {
            handler.call_async::<()>(()).await?;
        }
        return Ok(Some(number));
    }
    let what = waiting(&list);
    let stand = |schedule: &mut Schedule<Value>, ticket| {
        for (place, (_, case)) in list.iter_mut().enumerate() {
            case.stand(schedule, ticket, place);
        }
    };
    let (place, wake) = stage.wait(lua, || what, until, stand)?.await;
    let done = match wake {
        Wake::TimedOut => return Ok(None),
        Wake::Value(value) => Done::Received(Some(value)),
        Wake::Closed => match list[place].1.kind {
            Kind::Receive => Done::Received(None),
            Kind::Send(_) => return Err(Error::runtime(CLOSED)),
        },
        Wake::Granted => Done::Sent,
    };
    let (number, case) = &mut list[place];
    finish(*number, case.handler.take(), done).await.map(Some)
}

/// What a select waits for, in words.
fn waiting(list: &[(usize, Case)]) -> String {
    let names = list.iter().take(3).map(|(_, case)| case.channel.to_string());
    let names = names.collect::<Vec<_>>().join(", ");
    match list.len() {
        0 => "to select from no channel at all".to_owned(),
        1..=3 => format!("to select from {names}"),
        more => format!("to select from {more} channels, among them {names}"),
    }
}

async fn finish(number: usize, handler: Option<Function>, done: Done) -> Result<usize> {
    if let Some(handler) = handler {
        match done {
            Done::Sent => handler.call_async::<()>(()).await?,
            Done::Received(value) => {
                let open = value.is_some();
                handler.call_async::<()>((value, open)).await?;
            }
        }
    }
    Ok(number)
}

impl Case {
    /// Does it if it can be done at once.
    fn attempt(&mut self, schedule: &mut Schedule<Value>) -> Option<Result<Done>> {
        match &mut self.kind {
            Kind::Receive => match self.channel.queue().receive(schedule) {
                Received::Value(value) => Some(Ok(Done::Received(Some(value)))),
                Received::Closed => Some(Ok(Done::Received(None))),
                Received::Empty => None,
            },
            Kind::Send(value) => {
                match self.channel.queue().send(schedule, std::mem::replace(value, Value::Nil)) {
                    Sent::Taken => Some(Ok(Done::Sent)),
                    Sent::Closed => Some(Err(Error::runtime(CLOSED))),
                    Sent::Full(back) => {
                        *value = back;
                        None
                    }
                }
            }
        }
    }

    fn stand(&mut self, schedule: &mut Schedule<Value>, ticket: Ticket, place: usize) {
        let mut queue = self.channel.queue();
        match &mut self.kind {
            Kind::Receive => queue.stand_to_receive(schedule, ticket, place),
            Kind::Send(value) => {
                queue.stand_to_send(schedule, ticket, place, std::mem::replace(value, Value::Nil));
            }
        }
    }
}

fn read(cases: &Table) -> Result<Cases> {
    let count = cases.raw_len();
    if count > CASES_MAX {
        return Err(Error::runtime(format!("a select of more than {CASES_MAX} cases")));
    }
    let mut read = Cases { list: Vec::new(), default: None };
    for number in 1..=count {
        let what = format!("case {number} of the select");
        let case = cases.raw_get::<Value>(number)?;
        let Some(case) = case.as_table() else {
            return Err(Error::runtime(format!(
                "{what} must be a table, got a {}",
                case.type_name()
            )));
        };
        let handler = case.get::<Option<Function>>("handler")?;
        if case.get::<Option<bool>>("default")? == Some(true) {
            read.default = Some((number, handler));
        } else {
            read.list.push((number, one(case, handler, &what)?));
        }
    }
    Ok(read)
}

/// `{ channel, receive = true }` or `{ channel, send = value }`; the channel may also have its name.
fn one(case: &Table, handler: Option<Function>, what: &str) -> Result<Case> {
    let first = case.get::<Value>(1)?;
    let named = case.get::<Value>("channel")?;
    let given = if first.is_nil() { named } else { first };
    let channel: Channel = object(&given, &format!("the channel of {what}"), "channel")?;
    let send = case.get::<Value>("send")?;
    let kind = if send.is_nil() { Kind::Receive } else { Kind::Send(send) };
    match kind {
        Kind::Receive => channel.may_receive()?,
        Kind::Send(_) => channel.may_send()?,
    }
    Ok(Case { channel, kind, handler })
}
