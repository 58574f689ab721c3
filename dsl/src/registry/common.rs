//! Arguments that many functions take and one place applies.

use std::time::Duration;

use tokio::time::Instant;

use super::answer::Failure;
use super::arguments::Arguments;
use super::capability::Capability;
use super::function::Function;
use super::parameter::{Kind, Parameter, named};
use super::world::World;

const WORKDIR: Parameter = named(
    "workdir",
    Kind::Text,
    "the folder it works in; the task's working directory unless given",
)
.also(&["cwd"]);
const ENV: Parameter = named("env", Kind::Map, "variables laid over the task's environment");
const USER: Parameter = named("user", Kind::Text, "whom its processes run as");
const TIMEOUT: Parameter = named("timeout", Kind::Duration, "how long it may take");
const CHECK: Parameter = named("check", Kind::Boolean, "change nothing and say what would change");

/// Arguments for functions that act at every call.
pub const CREATES: Parameter =
    named("creates", Kind::Text, "not done when there is something at this path");
pub const UNLESS: Parameter = named("unless", Kind::Text, "not done when this line succeeds");
pub const ONLY_IF: Parameter = named("only_if", Kind::Text, "done only when this line succeeds");
pub const CHECK_SAFE: Parameter =
    named("check_safe", Kind::Boolean, "it changes nothing, so check mode runs it as well");

/// What a function takes beside its own parameters.
pub fn parameters(function: &Function) -> impl Iterator<Item = &'static Parameter> {
    let check: &[Parameter] = if function.effect().changes() { &[CHECK] } else { &[] };
    let places = of(function.capability).iter().chain(check);
    places.filter(|common| function.parameter(common.name).is_none())
}

fn of(capability: Capability) -> &'static [Parameter] {
    match capability {
        Capability::Exec => &[WORKDIR, ENV, USER, TIMEOUT],
        // Work on files blocks a thread that no deadline can stop.
        Capability::FsRead | Capability::FsWrite => &[WORKDIR],
        Capability::Net | Capability::Agent => &[TIMEOUT],
        Capability::State | Capability::Event | Capability::Secrets => &[TIMEOUT],
        Capability::Nothing | Capability::Log | Capability::Env => &[],
    }
}

/// The world as this call wants it.
pub fn apply(
    function: &Function,
    arguments: &mut Arguments,
    mut world: World,
) -> Result<World, Failure> {
    let mut patience = function.patience;
    for common in parameters(function) {
        match common.name {
            "workdir" => {
                if let Some(folder) = arguments.find::<String>("workdir")? {
                    world.context.workdir = world.path(&folder)?;
                }
            }
            "env" => world.env = arguments.find("env")?.unwrap_or_default(),
            "user" => world.user = arguments.find("user")?,
            "timeout" => patience = arguments.find::<Duration>("timeout")?.or(patience),
            _ => world.check |= arguments.find("check")?.unwrap_or(false),
        }
    }
    world.deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
    Ok(world)
}
