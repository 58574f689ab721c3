//! The replicated key-value store and its locks.

mod counter;
mod entries;
mod keys;
mod lists;
mod locks;

use crate::host::{StateAnswer, StateOperation};
use crate::registry::answer::{Code, Failure};
use crate::registry::function::{Capability, Class, Effect, Function, Work, function};
use crate::registry::parameter::{Default, Kind, Parameter, named, optional, required};
use crate::registry::{Module, World};

pub const MODULE: Module = Module {
    name: "state",
    aliases: &[],
    doc: "Values every node agrees on, and locks. `state.ns(\"x\")` is the same module on keys of its own.",
    functions: &[
        value(
            "get",
            "Reads a value; it has the type it was written with.",
            &[
                KEY,
                optional("default", Kind::Data, "what is returned when there is no such key"),
                NAMESPACE,
            ],
            Work::Look(|world, arguments| Box::pin(entries::get(world, arguments))),
        )
        .gives("any", "the value; nil and an error when there is neither it nor a default")
        .example("local version = state.get(\"version\", \"none\")"),
        change(
            "set",
            "Writes a value. Without `ttl` nothing is written when it is there already.",
            &[
                KEY,
                required("value", Kind::Data, "any plain value"),
                optional("ttl", Kind::Duration, "after which it disappears"),
                NAMESPACE,
            ],
            Work::Change(|world, arguments| Box::pin(entries::set(world, arguments))),
        )
        .also(&["set_with_ttl"])
        .returns("Result {key, version, diff}, message")
        .example("state.set(\"version\", \"1.2\", { ttl = \"1h\" })"),
        change(
            "delete",
            "Removes a key; one that is not there is no failure.",
            &[KEY, NAMESPACE],
            Work::Change(|world, arguments| Box::pin(entries::delete(world, arguments))),
        )
        .example("state.delete(\"version\")"),
        question(
            "exists",
            "Whether there is a key.",
            &[KEY, NAMESPACE],
            Work::Look(|world, arguments| Box::pin(entries::exists(world, arguments))),
        )
        .also(&["has"])
        .example("if state.exists(\"version\") then return true end"),
        question(
            "cas",
            "Writes a value if the present one is the expected one.",
            &[
                KEY,
                optional("expected", Kind::Data, "the present value; nil means there is none"),
                required("value", Kind::Data, "the new value"),
                NAMESPACE,
            ],
            Work::Change(|world, arguments| Box::pin(entries::cas(world, arguments))),
        )
        .also(&["compare_swap", "compare_and_swap"])
        .returns("whether it was written, and why not")
        .example("local swapped = state.cas(\"leader\", nil, this.agent.get())"),
        value(
            "keys",
            "The keys that begin with a prefix, or match a pattern such as `web/*/port`.",
            &[PATTERN, NAMESPACE],
            Work::Look(|world, arguments| Box::pin(keys::keys(world, arguments))),
        )
        .also(&["list"])
        .gives("string[]", "a list of keys in byte order")
        .example("for _, key in ipairs(state.keys(\"web/\")) do log.info(key) end"),
        value(
            "get_all",
            "The keys that begin with a prefix, or match a pattern, with their values.",
            &[PATTERN, NAMESPACE],
            Work::Look(|world, arguments| Box::pin(keys::get_all(world, arguments))),
        )
        .gives("table<string, any>", "a table of values by key")
        .example("local ports = state.get_all(\"web/*/port\")"),
        change(
            "clear",
            "Removes the keys that begin with a prefix, or match a pattern; without one, all.",
            &[PATTERN, NAMESPACE],
            Work::Change(|world, arguments| Box::pin(keys::clear(world, arguments))),
        )
        .returns("Result {count}, message")
        .example("state.clear(\"web/\")"),
        value(
            "append",
            "Adds to the end of a text; a missing one is empty.",
            &[KEY, required("text", Kind::Text, "what is added").also(&["value"]), NAMESPACE],
            Work::Change(|world, arguments| {
                Box::pin(async move { lists::append(world, arguments) })
            }),
        )
        .gives("string", "the new text")
        .example("state.append(\"notes\", \"one more line\\n\")"),
        value(
            "list_push",
            "Adds to the end of a list; a missing one is empty.",
            &[KEY, required("value", Kind::Data, "what is added"), NAMESPACE],
            Work::Change(|world, arguments| Box::pin(async move { lists::push(world, arguments) })),
        )
        .gives("integer", "the new length")
        .example("state.list_push(\"hosts\", \"web-1\")"),
        value(
            "list_pop",
            "Takes the last item of a list.",
            &[KEY, NAMESPACE],
            Work::Change(|world, arguments| Box::pin(lists::pop(world, arguments))),
        )
        .gives("any", "the item, or nil when there is none")
        .example("local host = state.list_pop(\"hosts\")"),
        value(
            "list_length",
            "How many items a list has.",
            &[KEY, NAMESPACE],
            Work::Look(|world, arguments| Box::pin(lists::length(world, arguments))),
        )
        .gives("integer", "its length; 0 when there is none")
        .example("local waiting = state.list_length(\"hosts\")"),
        Function {
            class: Class::Change { idempotent: false },
            ..change(
                "set_ttl",
                "Lets a key disappear after a time, counted from now.",
                &[KEY, required("ttl", Kind::Duration, "after which it disappears"), NAMESPACE],
                Work::Change(|world, arguments| Box::pin(lists::set_ttl(world, arguments))),
            )
        }
        .example("state.set_ttl(\"session\", \"10m\")"),
        value(
            "increment",
            "Adds to a whole number; a missing one counts as 0.",
            &[KEY, DELTA, NAMESPACE],
            Work::Change(|world, arguments| {
                Box::pin(async move { counter::increment(world, arguments) })
            }),
        )
        .also(&["incr"])
        .gives("integer", "the new number")
        .example("local build = state.increment(\"build\")"),
        value(
            "decrement",
            "Subtracts from a whole number; a missing one counts as 0.",
            &[KEY, DELTA, NAMESPACE],
            Work::Change(|world, arguments| {
                Box::pin(async move { counter::decrement(world, arguments) })
            }),
        )
        .also(&["decr"])
        .gives("integer", "the new number")
        .example("local left = state.decrement(\"tickets\", 2)"),
        value(
            "lock",
            "Takes a lock, waiting for whoever holds it.",
            &[NAME, TIMEOUT, TTL, NAMESPACE],
            Work::Change(|world, arguments| Box::pin(async move { locks::lock(world, arguments) })),
        )
        .gives("integer", "the lock's fencing token")
        .example("local token = state.lock(\"deploy\", \"1m\")"),
        value(
            "try_lock",
            "Takes a lock if nobody holds it.",
            &[NAME, TTL_PLACED, NAMESPACE],
            Work::Change(|world, arguments| {
                Box::pin(async move { locks::try_lock(world, arguments) })
            }),
        )
        .gives("integer", "the lock's fencing token")
        .example(
            "if not state.try_lock(\"deploy\") then return true, \"somebody else is at it\" end",
        ),
        change(
            "unlock",
            "Gives a lock back that this task took.",
            &[
                NAME,
                optional("token", Kind::Integer, "its fencing token, when another task took it"),
                NAMESPACE,
            ],
            Work::Change(|world, arguments| {
                Box::pin(async move { locks::unlock(world, arguments) })
            }),
        )
        .example("state.unlock(\"deploy\")"),
        value(
            "with_lock",
            "Runs a function under a lock, which is given back whatever happens.",
            &[
                NAME,
                required("body", Kind::Function, "called with the fencing token")
                    .also(&["fn", "func"]),
                TIMEOUT,
                TTL,
                NAMESPACE,
            ],
            Work::Scripted(Effect::Acts, |lua, world, arguments| {
                Box::pin(locks::with_lock(lua, world, arguments))
            }),
        )
        .gives(
            "any",
            "what the function returned; nil and an error when the lock was not got in time",
        )
        .example("state.with_lock(\"deploy\", function() exec.run(\"make deploy\") end)"),
        function(
            "ns",
            "The same functions on the keys and locks of one namespace.",
            &[required("namespace", Kind::Text, "its name")],
            Capability::State,
            Class::Object,
            Work::Fixed("namespace"),
        )
        .also(&["namespace"])
        .gives("state", "the module, bound to that namespace")
        .example("local build = state.ns(\"build\")"),
    ],
    constants: &[],
    call: None,
    later: &["get_ttl", "is_locked", "stats"],
};

const KEY: Parameter = required("key", Kind::Text, "the key");
const PATTERN: Parameter = optional("pattern", Kind::Text, "a prefix or a pattern")
    .or(Default::Text(""))
    .also(&["prefix"]);
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

const fn value(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    function(name, doc, parameters, Capability::State, Class::Value, work)
}

const fn question(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    function(name, doc, parameters, Capability::State, Class::Predicate, work)
}

const fn change(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    let class = Class::Change { idempotent: true };
    function(name, doc, parameters, Capability::State, class, work)
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
