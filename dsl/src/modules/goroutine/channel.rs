use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use mlua::{Error, Function, Lua, Result, UserData, UserDataMethods, Value};

use super::object::{Made, lock, refuse_others};
use super::schedule::{self, Received, Sent, Wake};
use super::stage::Stage;

/// Values a channel may keep: more than that is a list.
pub const CAPACITY_MAX: i64 = 100_000;
/// The error of a send that nobody can receive any more.
pub const CLOSED: &str = "send on closed channel";

/// A channel as Lua sees it.
#[derive(Clone)]
pub struct Channel(Arc<Shared>);

struct Shared {
    queue: Mutex<schedule::Channel<Value>>,
    direction: Direction,
    made: Made,
}

/// What may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Both,
    Send,
    Receive,
}

impl Direction {
    pub fn parse(word: &str) -> Option<Direction> {
        match word {
            "bidirectional" | "both" => Some(Direction::Both),
            "send" => Some(Direction::Send),
            "receive" => Some(Direction::Receive),
            _ => None,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.queue().capacity() {
            0 => write!(f, "{} (unbuffered)", self.0.made),
            capacity => write!(f, "{} (capacity {capacity})", self.0.made),
        }
    }
}

impl Channel {
    pub fn new(lua: &Lua, capacity: usize, direction: Direction) -> Channel {
        let queue = Mutex::new(schedule::Channel::new(capacity));
        Channel(Arc::new(Shared { queue, direction, made: Made::here(lua, "channel") }))
    }

    pub fn queue(&self) -> MutexGuard<'_, schedule::Channel<Value>> {
        lock(&self.0.queue)
    }

    pub fn may_send(&self) -> Result<()> {
        self.must_not_be(Direction::Receive, "it only receives")
    }

    pub fn may_receive(&self) -> Result<()> {
        self.must_not_be(Direction::Send, "it only sends")
    }

    fn must_not_be(&self, direction: Direction, why: &str) -> Result<()> {
        if self.0.direction == direction {
            return Err(Error::runtime(format!("{self} cannot be used so: {why}")));
        }
        Ok(())
    }

    /// Waits until the value is taken or kept; false when the channel is closed.
    pub async fn send(&self, lua: &Lua, value: Value) -> Result<bool> {
        self.may_send()?;
        let stage = Stage::of(lua)?;
        let value = match stage.with(|schedule| self.queue().send(schedule, value)) {
            Sent::Closed => return Ok(false),
            Sent::Full(value) => value,
            Sent::Taken => {
                stage.give_way(lua).await;
                return Ok(true);
            }
        };
        let stand =
            |schedule: &mut _, ticket| self.queue().stand_to_send(schedule, ticket, 0, value);
        let wait = stage.wait(lua, || format!("to send to {self}"), None, stand)?;
        Ok(!matches!(wait.await.1, Wake::Closed))
    }

    /// Waits for a value; nothing when the channel is closed and drained.
    pub async fn receive(&self, lua: &Lua) -> Result<Option<Value>> {
        self.may_receive()?;
        let stage = Stage::of(lua)?;
        match stage.with(|schedule| self.queue().receive(schedule)) {
            Received::Closed => return Ok(None),
            Received::Empty => {}
            Received::Value(value) => {
                stage.give_way(lua).await;
                return Ok(Some(value));
            }
        }
        let stand = |schedule: &mut _, ticket| self.queue().stand_to_receive(schedule, ticket, 0);
        let wait = stage.wait(lua, || format!("to receive from {self}"), None, stand)?;
        match wait.await.1 {
            Wake::Value(value) => Ok(Some(value)),
            _ => Ok(None),
        }
    }

    pub fn close(&self, lua: &Lua) -> Result<(bool, Option<&'static str>)> {
        let closed = Stage::of(lua)?.with(|schedule| self.queue().close(schedule));
        Ok((closed, (!closed).then_some("close of closed channel")))
    }

    /// Calls the function with each value until the channel is closed.
    async fn range(&self, lua: &Lua, function: &Function) -> Result<()> {
        while let Some(value) = self.receive(lua).await? {
            function.call_async::<()>(value).await?;
        }
        Ok(())
    }
}

/// What `send` returns.
pub fn sent(taken: bool) -> (bool, Option<&'static str>) {
    (taken, (!taken).then_some(CLOSED))
}

/// What `receive` returns.
pub fn received(value: Option<Value>) -> (Value, bool) {
    let open = value.is_some();
    (value.unwrap_or(Value::Nil), open)
}

impl UserData for Channel {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_async_method("send", |lua, this, value: Value| {
            let this = this.clone();
            async move { this.send(&lua, value).await.map(sent) }
        });
        methods.add_async_method("receive", |lua, this, ()| {
            let this = this.clone();
            async move { this.receive(&lua).await.map(received) }
        });
        methods.add_async_method("try_send", |lua, this, value: Value| {
            let this = this.clone();
            async move {
                this.may_send()?;
                let stage = Stage::of(&lua)?;
                stage.give_way(&lua).await;
                let sent = stage.with(|schedule| this.queue().send(schedule, value));
                Ok((sent == Sent::Taken, (sent == Sent::Closed).then_some(CLOSED)))
            }
        });
        methods.add_async_method("try_receive", |lua, this, ()| {
            let this = this.clone();
            async move {
                this.may_receive()?;
                let stage = Stage::of(&lua)?;
                stage.give_way(&lua).await;
                Ok(received(match stage.with(|schedule| this.queue().receive(schedule)) {
                    Received::Value(value) => Some(value),
                    _ => None,
                }))
            }
        });
        methods.add_async_method("range", |lua, this, function: Function| {
            let this = this.clone();
            async move { this.range(&lua, &function).await }
        });
        methods.add_async_method("is_closed", |lua, this, ()| {
            let this = this.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                Ok(this.queue().is_closed())
            }
        });
        methods.add_async_method("len", |lua, this, ()| {
            let this = this.clone();
            async move {
                Stage::of(&lua)?.give_way(&lua).await;
                Ok(this.queue().len())
            }
        });
        methods.add_method("cap", |_, this, ()| Ok(this.queue().capacity()));
        methods.add_method("close", |lua, this, ()| this.close(lua));
        refuse_others(
            methods,
            "channel",
            &[
                "cap",
                "close",
                "is_closed",
                "len",
                "range",
                "receive",
                "send",
                "try_receive",
                "try_send",
            ],
        );
    }
}
