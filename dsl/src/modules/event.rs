use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};

use crate::registry::answer::{Code, Failure};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Kind, Parameter, optional, required};
use crate::registry::plan::{Change, Fields, Plan};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "event",
    aliases: &[],
    doc: "Events of the cluster.",
    functions: &[
        publishing(
            "dispatch",
            "Publishes an event; `timestamp` is added to its data.",
            &[
                required("type", Kind::Text, "the event's type, such as `deploy.completed`")
                    .also(&["kind"]),
                optional("data", Kind::Object, "what the event tells"),
            ],
            Work::Change(|world, arguments| Box::pin(async move { dispatch(world, arguments) })),
        )
        .example("event.dispatch(\"deploy.completed\", { version = \"1.2\" })"),
        publishing(
            "dispatch_custom",
            "Publishes an event of type `custom` with a name and a message.",
            &[
                required("name", Kind::Text, "which custom event"),
                required("message", Kind::Text, "what it says"),
            ],
            Work::Change(|world, arguments| Box::pin(async move { custom(world, arguments) })),
        )
        .example("event.dispatch_custom(\"nightly\", \"backup done\")"),
        publishing(
            "dispatch_file",
            "Publishes that a file was created, modified or deleted, as `file.created` and so on.",
            &[
                required("action", Kind::Text, "`created`, `modified` or `deleted`"),
                required("path", Kind::Text, "the file"),
                optional("watcher", Kind::Text, "who saw it").also(&["watcher_name"]),
            ],
            Work::Change(|world, arguments| Box::pin(async move { file(world, arguments) })),
        )
        .example("event.dispatch_file(\"modified\", \"/etc/hosts\")"),
    ],
    constants: &[],
    call: None,
    later: &["register"],
};

const fn publishing(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    let class = Class::Change { idempotent: false };
    function(name, doc, parameters, Capability::Event, class, work)
}

fn dispatch(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let kind: String = arguments.take("type")?;
    if kind.trim().is_empty() {
        return Err(Failure::raised(Code::Invalid, "`event.dispatch` `type` is empty"));
    }
    match arguments.find::<Value>("data")? {
        Some(Value::Object(data)) => Ok(publish(world, kind, data)),
        _ => Ok(publish(world, kind, Map::new())),
    }
}

fn custom(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (name, message): (String, String) = (arguments.take("name")?, arguments.take("message")?);
    let data = [("name".to_owned(), json!(name)), ("message".to_owned(), json!(message))];
    Ok(publish(world, "custom".to_owned(), data.into_iter().collect()))
}

fn file(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let action: String = arguments.take("action")?;
    if !["created", "modified", "deleted"].contains(&action.as_str()) {
        let message = format!(
            "`event.dispatch_file` `action` must be created, modified or deleted, got `{action}`"
        );
        return Err(Failure::raised(Code::Invalid, message));
    }
    let mut data = Map::new();
    data.insert("path".to_owned(), json!(arguments.take::<String>("path")?));
    if let Some(watcher) = arguments.find::<String>("watcher")? {
        data.insert("watcher_id".to_owned(), json!(watcher));
    }
    Ok(publish(world, format!("file.{action}"), data))
}

fn publish(world: World, kind: String, mut data: Map<String, Value>) -> Plan {
    let now = world.host.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    data.entry("timestamp").or_insert(json!(now));
    Change::of(format!("event {kind}")).pending("published", async move {
        world.host.event(kind, Value::Object(data)).await?;
        Ok(Fields::new())
    })
}
