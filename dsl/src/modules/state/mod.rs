//! The replicated key-value store and its locks.

mod counter;
mod entries;
mod keys;
mod locks;

use futures::future::BoxFuture;

use crate::host::{StateAnswer, StateOperation};
use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work};
use crate::registry::parameter::{Default, Kind, Parameter, named, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "state",
    aliases: &[],
    doc: "Values every node agrees on, and locks. `state.ns(\"x\")` is the same module on keys of its own.",
    functions: &[
        function(
            "get",
            &[],
            "Reads a value; it has the type it was written with.",
            &[
                KEY,
                optional("default", Kind::Data, "what is returned when there is no such key"),
                NAMESPACE,
            ],
            Class::Value,
            "the value; nil and an error when there is neither it nor a default",
            |world, arguments| Box::pin(entries::get(world, arguments)),
        ),
        function(
            "set",
            &["set_with_ttl"],
            "Writes a value. Without `ttl` nothing is written when it is there already.",
            &[
                KEY,
                required("value", Kind::Data, "any plain value"),
                optional("ttl", Kind::Duration, "after which it disappears"),
                NAMESPACE,
            ],
            CHANGE,
            "Result {key, version}, message",
            |world, arguments| Box::pin(entries::set(world, arguments)),
        ),
        function(
            "delete",
            &[],
            "Removes a key; one that is not there is no failure.",
            &[KEY, NAMESPACE],
            CHANGE,
            "Result, message",
            |world, arguments| Box::pin(entries::delete(world, arguments)),
        ),
        function(
            "exists",
            &["has"],
            "Whether there is a key.",
            &[KEY, NAMESPACE],
            Class::Predicate,
            "true or false",
            |world, arguments| Box::pin(entries::exists(world, arguments)),
        ),
        function(
            "cas",
            &["compare_swap", "compare_and_swap"],
            "Writes a value if the present one is the expected one.",
            &[
                KEY,
                optional("expected", Kind::Data, "the present value; nil means there is none"),
                required("value", Kind::Data, "the new value"),
                NAMESPACE,
            ],
            Class::Predicate,
            "whether it was written, and why not",
            |world, arguments| Box::pin(entries::cas(world, arguments)),
        ),
        function(
            "keys",
            &["list"],
            "The keys that begin with a prefix, or match a pattern such as `web/*/port`.",
            &[
                optional("pattern", Kind::Text, "a prefix or a pattern")
                    .or(Default::Text(""))
                    .also(&["prefix"]),
                NAMESPACE,
            ],
            Class::Value,
            "a list of keys in byte order",
            |world, arguments| Box::pin(keys::keys(world, arguments)),
        ),
        function(
            "increment",
            &["incr"],
            "Adds to a whole number; a missing one counts as 0.",
            &[KEY, DELTA, NAMESPACE],
            Class::Value,
            "the new number",
            |world, arguments| Box::pin(counter::increment(world, arguments)),
        ),
        function(
            "decrement",
            &["decr"],
            "Subtracts from a whole number; a missing one counts as 0.",
            &[KEY, DELTA, NAMESPACE],
            Class::Value,
            "the new number",
            |world, arguments| Box::pin(counter::decrement(world, arguments)),
        ),
        function(
            "lock",
            &[],
            "Takes a lock, waiting for whoever holds it.",
            &[NAME, TIMEOUT, TTL, NAMESPACE],
            Class::Value,
            "the lock's fencing token",
            |world, arguments| Box::pin(locks::lock(world, arguments)),
        ),
        function(
            "try_lock",
            &[],
            "Takes a lock if nobody holds it.",
            &[NAME, TTL_PLACED, NAMESPACE],
            Class::Value,
            "the lock's fencing token",
            |world, arguments| Box::pin(locks::try_lock(world, arguments)),
        ),
        function(
            "unlock",
            &[],
            "Gives a lock back that this task took.",
            &[
                NAME,
                optional("token", Kind::Integer, "its fencing token, when another task took it"),
                NAMESPACE,
            ],
            CHANGE,
            "Result, message",
            |world, arguments| Box::pin(locks::unlock(world, arguments)),
        ),
        Function {
            name: "with_lock",
            aliases: &[],
            doc: "Runs a function under a lock, which is given back whatever happens.",
            parameters: &[
                NAME,
                required("body", Kind::Function, "called with the fencing token")
                    .also(&["fn", "func"]),
                TIMEOUT,
                TTL,
                NAMESPACE,
            ],
            capability: Capability::State,
            class: Class::Value,
            returns: "what the function returned; nil and an error when the lock was not got in time",
            work: Work::Scripted(|lua, world, arguments| {
                Box::pin(locks::with_lock(lua, world, arguments))
            }),
        },
        Function {
            name: "ns",
            aliases: &["namespace"],
            doc: "The same functions on the keys and locks of one namespace.",
            parameters: &[required("namespace", Kind::Text, "its name")],
            capability: Capability::State,
            class: Class::Object,
            returns: "the module, bound to that namespace",
            work: Work::Fixed("namespace"),
        },
    ],
    constants: &[],
    call: None,
    later: &[
        "append",
        "clear",
        "get_all",
        "get_ttl",
        "is_locked",
        "list_length",
        "list_pop",
        "list_push",
        "set_ttl",
        "stats",
    ],
};

const CHANGE: Class = Class::Change { idempotent: true };
const KEY: Parameter = required("key", Kind::Text, "the key");
const NAME: Parameter = required("name", Kind::Text, "the lock's name");
const DELTA: Parameter =
    optional("delta", Kind::Integer, "by how much").or(Default::Integer(1)).also(&["by"]);
const NAMESPACE: Parameter =
    named("namespace", Kind::Text, "the part of the store; `default` unless given")
        .or(Default::Text("default"));
const TIMEOUT: Parameter =
    optional("timeout", Kind::Duration, "how long to wait for it").or(Default::Seconds(30));
const TTL: Parameter =
    named("ttl", Kind::Duration, "after which it is free again, should this task not give it back")
        .or(Default::Seconds(600));
const TTL_PLACED: Parameter = Parameter { positional: true, ..TTL };

type Asynchronous = fn(World, Arguments) -> BoxFuture<'static, Outcome>;

const fn function(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    parameters: &'static [Parameter],
    class: Class,
    returns: &'static str,
    work: Asynchronous,
) -> Function {
    Function {
        name,
        aliases,
        doc,
        parameters,
        capability: Capability::State,
        class,
        returns,
        work: Work::World(work),
    }
}

/// One operation, or why the store refused it.
async fn ask(world: &World, operation: StateOperation) -> Result<StateAnswer, Failure> {
    Ok(world.host.state(operation).await?)
}

/// An answer that belongs to another operation.
fn strange(answer: &StateAnswer) -> Failure {
    Failure::new(
        Code::Unavailable,
        format!("the store gave an answer of another operation: {answer:?}"),
    )
}
