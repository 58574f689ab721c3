use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};

use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work};
use crate::registry::parameter::{Kind, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "event",
    aliases: &[],
    doc: "Events of the cluster.",
    functions: &[
        Function {
            name: "dispatch",
            aliases: &[],
            doc: "Publishes an event; `timestamp` is added to its data.",
            parameters: &[
                required("type", Kind::Text, "the event's type, such as `deploy.completed`")
                    .also(&["kind"]),
                optional("data", Kind::Object, "what the event tells"),
            ],
            capability: Capability::Event,
            class: Class::Change { idempotent: false },
            returns: "Result, message",
            work: Work::World(|world, arguments| Box::pin(dispatch(world, arguments))),
        },
        Function {
            name: "dispatch_custom",
            aliases: &[],
            doc: "Publishes an event of type `custom` with a name and a message.",
            parameters: &[
                required("name", Kind::Text, "which custom event"),
                required("message", Kind::Text, "what it says"),
            ],
            capability: Capability::Event,
            class: Class::Change { idempotent: false },
            returns: "Result, message",
            work: Work::World(|world, arguments| Box::pin(dispatch_custom(world, arguments))),
        },
    ],
    constants: &[],
    call: None,
    later: &["dispatch_file", "register"],
};

async fn dispatch(world: World, mut arguments: Arguments) -> Outcome {
    let kind: String = arguments.take("type")?;
    match arguments.find::<Value>("data")? {
        Some(Value::Object(data)) => publish(&world, kind, data).await,
        _ => publish(&world, kind, Map::new()).await,
    }
}

async fn dispatch_custom(world: World, mut arguments: Arguments) -> Outcome {
    let (name, message): (String, String) = (arguments.take("name")?, arguments.take("message")?);
    let data = [("name".to_owned(), json!(name)), ("message".to_owned(), json!(message))];
    publish(&world, "custom".to_owned(), data.into_iter().collect()).await
}

async fn publish(world: &World, kind: String, mut data: Map<String, Value>) -> Outcome {
    if kind.trim().is_empty() {
        return Err(Failure::raised(Code::Invalid, "`event.dispatch` `type` is empty"));
    }
    let now = world.host.now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    data.entry("timestamp").or_insert(json!(now));
    let message = format!("event {kind} published");
    world.host.event(kind, Value::Object(data)).await?;
    Answer::changed(true, message)
}
