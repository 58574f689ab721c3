//! Routines of one command, on one Lua state: one runs at a time, and whoever waits lets the others run.

mod bell;
mod channel;
mod context;
mod counters;
mod drive;
mod flow;
mod handle;
mod locks;
mod object;
mod pool;
mod routines;
mod schedule;
mod select;
mod signals;
mod stage;
mod wait;

use futures::future::BoxFuture;
use mlua::{Error, IntoLuaMulti, Lua, MultiValue, Result, Value};

use crate::registry::function::{Capability, Class, Effect, Function, Work, function};
use crate::registry::parameter::{Default, Kind, Parameter, named, optional, required};
use crate::registry::{Arguments, Module, World};
use channel::{CAPACITY_MAX, Channel, Direction};
use object::object;
use pool::WORKERS_MAX;

pub use drive::drive;
pub use stage::Stage;

pub const MODULE: Module = Module {
    name: "goroutine",
    aliases: &[],
    doc: "Several things at once inside a command: routines, channels, pools and locks. Times are milliseconds.",
    functions: &[
        waiting(
            "sleep",
            "Lets the others run for a time.",
            &[TIME],
            |lua, _, arguments| Box::pin(routines::sleep(lua, arguments)),
        )
        .example("goroutine.sleep(100)"),
        waiting(
            "spawn",
            "Starts a routine; its error fails the task.",
            &[FUNCTION],
            |lua, _, arguments| Box::pin(routines::spawn(lua, arguments)),
        )
        .example("goroutine.spawn(function() exec.run(\"make docs\") end)"),
        waiting(
            "spawn_many",
            "Starts the same function several times, called with 1, 2 and so on.",
            &[
                required("count", Kind::Integer, "how many"),
                required("body", Kind::Function, "called with its number").also(&["fn"]),
            ],
            |lua, _, arguments| Box::pin(routines::spawn_many(lua, arguments)),
        )
        .example("goroutine.spawn_many(3, function(id) log.info(\"worker \" .. id) end)"),
        giving(
            "async",
            "Starts a routine whose outcome can be awaited.",
            &[FUNCTION],
            "a handle",
            |lua, _, arguments| Box::pin(routines::start(lua, arguments)),
        )
        .also(&["create"])
        .example("local handle = goroutine.async(function() return exec.run(\"make\") end)"),
        giving(
            "await",
            "Waits for a routine.",
            &[required("handle", Kind::Value, "of `async`")],
            "true and what it returned, or false and its error",
            |lua, _, arguments| Box::pin(routines::wait(lua, arguments)),
        )
        .example("local ok, result = goroutine.await(handle)"),
        giving(
            "await_all",
            "Waits for several routines.",
            &[
                required("handles", Kind::Value, "a list of handles"),
                optional("timeout", Kind::Duration, "how long to wait for all of them"),
            ],
            "a list of {success, values, value} or {success = false, error}, in the order given",
            |lua, _, arguments| Box::pin(routines::wait_all(lua, arguments)),
        )
        .also(&["wait_all"])
        .example("local results = goroutine.await_all({ one, two })"),
        giving(
            "map",
            "Calls a function with every element at once.",
            &[
                required("list", Kind::Value, "the elements"),
                required("body", Kind::Function, "called with an element and its place").also(&["fn"]),
            ],
            "the results in the order of the list; the first error is raised",
            |lua, _, arguments| Box::pin(routines::map(lua, arguments)),
        )
        .example("local sizes = goroutine.map(files, function(file) return fs.size(file) end)"),
        giving(
            "parallel",
            "Calls several functions at once and waits for all of them.",
            &[required("functions", Kind::Value, "a list of functions")],
            "a list of {success, values, value} or {success = false, error}, in the order given",
            |lua, _, arguments| Box::pin(routines::parallel(lua, arguments)),
        )
        .example("goroutine.parallel({ build, test })"),
        giving(
            "timeout",
            "Calls a function for a time at most; what still runs then is cancelled.",
            &[TIME, FUNCTION],
            "true and what it returned, false and its error, or false and \"timeout exceeded\"",
            |lua, _, arguments| Box::pin(routines::timeout(lua, arguments)),
        )
        .example("local ok, result = goroutine.timeout(500, fetch)"),
        giving(
            "pool_create",
            "Makes a pool of workers, also in the place of an older one of that name.",
            &[
                POOL,
                named("workers", Kind::Integer, "jobs that run at once").or(Default::Integer(4)),
            ],
            "true",
            |lua, _, arguments| Box::pin(routines::pool_create(lua, arguments)),
        )
        .example("goroutine.pool_create(\"builds\", { workers = 2 })"),
        giving(
            "pool_submit",
            "Gives a call to a pool; waits while its queue is full.",
            &[
                POOL,
                FUNCTION,
                optional("values", Kind::Value, "what it is called with").rest(),
            ],
            "the job's name, or nil and why not",
            |lua, _, arguments| Box::pin(routines::pool_submit(lua, arguments)),
        )
        .example("goroutine.pool_submit(\"builds\", build, \"x86\")"),
        giving(
            "pool_wait",
            "Waits until a pool has nothing left to do.",
            &[POOL],
            "true, or false and what failed since the last time",
            |lua, _, arguments| Box::pin(routines::pool_wait(lua, arguments, false)),
        )
        .example("assert(goroutine.pool_wait(\"builds\"))"),
        giving(
            "pool_close",
            "Lets a pool finish what it has and take nothing more.",
            &[POOL],
            "true, or false and what failed since the last time",
            |lua, _, arguments| Box::pin(routines::pool_wait(lua, arguments, true)),
        )
        .example("goroutine.pool_close(\"builds\")"),
        giving(
            "pool_stats",
            "How a pool is doing.",
            &[POOL],
            "{name, workers, active, completed, failed, queued}, or nil",
            |lua, _, arguments| Box::pin(routines::pool_stats(lua, arguments)),
        )
        .example("log.info(goroutine.pool_stats(\"builds\").queued .. \" jobs wait\")"),
        making(
            "channel",
            "Makes a channel; without capacity a sender waits for its receiver.",
            &[
                optional("capacity", Kind::Integer, "values it keeps").or(Default::Integer(0)),
                optional("direction", Kind::Text, "`bidirectional`, or `send` or `receive` only")
                    .or(Default::Text("bidirectional")),
            ],
            "a channel: send, receive, try_send, try_receive, close, range, len, cap, is_closed",
            channel,
        )
        .example("local results = goroutine.channel(10)"),
        giving(
            "channel_send",
            "Sends a value, as `channel:send` does.",
            &[CHANNEL, optional("value", Kind::Value, "the value")],
            "true, or false and an error when the channel is closed",
            |lua, _, arguments| Box::pin(channel_send(lua, arguments)),
        )
        .example("goroutine.channel_send(results, 42)"),
        giving(
            "channel_receive",
            "Receives a value, as `channel:receive` does.",
            &[CHANNEL],
            "a value and true, or nil and false when the channel is closed and drained",
            |lua, _, arguments| Box::pin(channel_receive(lua, arguments)),
        )
        .example("local value, open = goroutine.channel_receive(results)"),
        making(
            "channel_close",
            "Closes a channel, as `channel:close` does.",
            &[CHANNEL],
            "true, or false and an error",
            |lua, mut arguments| taken(&mut arguments)?.close(lua)?.into_lua_multi(lua),
        )
        .example("goroutine.channel_close(results)"),
        making(
            "channel_len",
            "How many values a channel keeps.",
            &[CHANNEL],
            "a number",
            |lua, mut arguments| taken(&mut arguments)?.queue().len().into_lua_multi(lua),
        )
        .example("log.info(goroutine.channel_len(results))"),
        making(
            "channel_cap",
            "How many values a channel may keep.",
            &[CHANNEL],
            "a number",
            |lua, mut arguments| taken(&mut arguments)?.queue().capacity().into_lua_multi(lua),
        )
        .example("log.info(goroutine.channel_cap(results))"),
        giving(
            "select",
            "Does exactly one of several cases, waiting until one can be done.",
            &[CASES],
            "the number of the case",
            |lua, _, arguments| Box::pin(routines::select(lua, arguments)),
        )
        .example("goroutine.select({ { results, receive = true, handler = log.info }, { default = true } })"),
        giving(
            "select_timeout",
            "The same, for a time at most.",
            &[TIME, CASES],
            "whether the time was up, the number of the case",
            |lua, _, arguments| Box::pin(routines::select_timeout(lua, arguments)),
        )
        .example("local late = goroutine.select_timeout(100, { { results, handler = log.info } })"),
        making(
            "wait_group",
            "Makes a group of things that are to be done.",
            &[],
            "a wait group: add, done, wait",
            |lua, _| counters::WaitGroup::new(lua).into_lua_multi(lua),
        )
        .example("local group = goroutine.wait_group()"),
        making(
            "mutex",
            "Makes a lock for one holder.",
            &[],
            "a mutex: lock, unlock, try_lock",
            |lua, _| locks::Mutex::new(lua, "mutex").into_lua_multi(lua),
        )
        .example("local lock = goroutine.mutex()"),
        making(
            "rwmutex",
            "Makes a lock for one writer or many readers.",
            &[],
            "a rwmutex: lock, unlock, rlock, runlock, try_lock, try_rlock",
            |lua, _| locks::RwMutex::new(lua).into_lua_multi(lua),
        )
        .example("local lock = goroutine.rwmutex()"),
        making(
            "semaphore",
            "Makes a lock for several holders.",
            &[required("permits", Kind::Integer, "holders at once").also(&["n"])],
            "a semaphore: acquire, release, try_acquire, available, capacity",
            semaphore,
        )
        .example("local slots = goroutine.semaphore(3)"),
        making(
            "atomic_int",
            "Makes a whole number that several routines change.",
            &[optional("start", Kind::Integer, "its first value").or(Default::Integer(0))],
            "a number: add, load, store, swap, compare_and_swap",
            |lua, mut arguments| {
                counters::AtomicInt::new(arguments.take("start")?).into_lua_multi(lua)
            },
        )
        .example("local count = goroutine.atomic_int()"),
        making(
            "once",
            "Makes a call that happens once.",
            &[],
            "an object with call",
            |lua, _| signals::Once::new(lua).into_lua_multi(lua),
        )
        .example("local setup = goroutine.once()"),
        making(
            "cond",
            "Makes a signal under a mutex of its own.",
            &[],
            "a cond: lock, wait, signal, broadcast, unlock, get_mutex",
            |lua, _| signals::Cond::new(lua).into_lua_multi(lua),
        )
        .example("local ready = goroutine.cond()"),
        making(
            "context",
            "Makes something that can be cancelled.",
            &[],
            "a context: is_cancelled, err, cancel, deadline, with_cancel, with_timeout, with_deadline; and a function that cancels it",
            |lua, _| context::root(lua)?.into_lua_multi(lua),
        )
        .example("local context, cancel = goroutine.context()"),
        giving(
            "pipeline",
            "Sends what comes from a channel through functions; what they make nil of is dropped.",
            &[
                CHANNEL,
                required("stages", Kind::Value, "a list of {fn = function, workers = 1}"),
            ],
            "the channel at the end",
            |lua, _, arguments| Box::pin(routines::pipeline(lua, arguments)),
        )
        .example("local out = goroutine.pipeline(input, { { fn = parse, workers = 4 } })"),
        giving(
            "fan_out",
            "Sends every value of a channel to each of several.",
            &[CHANNEL, required("count", Kind::Integer, "how many channels").also(&["n"])],
            "a list of channels",
            |lua, _, arguments| Box::pin(routines::fan_out(lua, arguments)),
        )
        .example("local copies = goroutine.fan_out(input, 2)"),
        giving(
            "fan_in",
            "Sends what comes from several channels to one.",
            &[required("channels", Kind::Value, "a list of channels")],
            "a channel",
            |lua, _, arguments| Box::pin(routines::fan_in(lua, arguments)),
        )
        .example("local all = goroutine.fan_in({ one, two })"),
    ],
    constants: &[],
    call: None,
    later: &[],
};

const TIME: Parameter =
    required("time", Kind::Milliseconds, "how long, in milliseconds").also(&["ms"]);
const FUNCTION: Parameter = required("body", Kind::Function, "the function").also(&["fn", "func"]);
const POOL: Parameter = required("name", Kind::Text, "the pool's name");
const CHANNEL: Parameter = required("channel", Kind::Value, "a channel").also(&["ch"]);
const CASES: Parameter = required(
    "cases",
    Kind::Value,
    "a list of {channel, receive = true, handler}, {channel, send = value, handler} and {default = true, handler}",
);

type Asynchronous = fn(Lua, World, Arguments) -> BoxFuture<'static, Result<MultiValue>>;

/// A function that may let others run and gives nothing.
const fn waiting(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Asynchronous,
) -> Function {
    let work = Work::Scripted(Effect::Runs, work);
    function(name, doc, parameters, Capability::Nothing, Class::Silent, work)
}

/// A function that may let others run.
const fn giving(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    returns: &'static str,
    work: Asynchronous,
) -> Function {
    let work = Work::Scripted(Effect::Runs, work);
    function(name, doc, parameters, Capability::Nothing, Class::Object, work).returns(returns)
}

/// A function that only makes or asks an object, also while a file is loaded.
const fn making(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    returns: &'static str,
    work: fn(&Lua, Arguments) -> Result<MultiValue>,
) -> Function {
    function(name, doc, parameters, Capability::Nothing, Class::Object, Work::Made(work))
        .returns(returns)
}

fn channel(lua: &Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let capacity =
        within(arguments.take("capacity")?, 0, CAPACITY_MAX, "`goroutine.channel` `capacity`")?;
    let word: String = arguments.take("direction")?;
    let direction = Direction::parse(&word).ok_or_else(|| {
        Error::runtime(format!(
            "`goroutine.channel` `direction` must be `bidirectional`, `send` or `receive`, got `{word}`"
        ))
    })?;
    Channel::new(lua, capacity, direction).into_lua_multi(lua)
}

fn semaphore(lua: &Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let most = i64::from(u32::MAX);
    let permits = within(arguments.take("permits")?, 1, most, "`goroutine.semaphore` `permits`")?;
    locks::Semaphore::new(lua, permits as u64).into_lua_multi(lua)
}

async fn channel_send(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let value = arguments.find::<Value>("value")?.unwrap_or(Value::Nil);
    let sent = taken(&mut arguments)?.send(&lua, value).await?;
    channel::sent(sent).into_lua_multi(&lua)
}

async fn channel_receive(lua: Lua, mut arguments: Arguments) -> Result<MultiValue> {
    let value = taken(&mut arguments)?.receive(&lua).await?;
    channel::received(value).into_lua_multi(&lua)
}

/// The argument `channel`.
fn taken(arguments: &mut Arguments) -> Result<Channel> {
    let function = arguments.function.clone();
    object(&arguments.take("channel")?, &format!("`{function}` `channel`"), "channel")
}

/// A number between two bounds.
fn within(number: i64, least: i64, most: i64, what: &str) -> Result<usize> {
    usize::try_from(number).ok().filter(|_| (least..=most).contains(&number)).ok_or_else(|| {
        Error::runtime(format!("{what} must be between {least} and {most}, got {number}"))
    })
}

/// A number of workers.
fn workers(number: i64, what: &str) -> Result<usize> {
    within(number, 1, WORKERS_MAX, what)
}
