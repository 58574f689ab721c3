use serde_json::Value;

use crate::registry::answer::{Answer, Code, Content, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Kind, Parameter, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "secrets",
    aliases: &[],
    doc: "Secrets that `sloth secrets set` keeps. `secrets.token` is the secret called token. What is read is masked in all outputs.",
    functions: &[
        looking(
            "get",
            "Reads a secret.",
            &[
                NAME,
                optional("default", Kind::Text, "what to return when there is none of that name"),
            ],
            Class::Value,
            Work::Look(|world, arguments| Box::pin(get(world, arguments))),
        )
        .gives("string", "its value")
        .members()
        .example("local token = secrets.get(\"registry_token\")"),
        looking(
            "exists",
            "Whether there is a secret of that name.",
            &[NAME],
            Class::Predicate,
            Work::Look(|world, arguments| Box::pin(exists(world, arguments))),
        )
        .also(&["has"])
        .example("if secrets.exists(\"registry_token\") then log.info(\"logging in\") end"),
        looking(
            "list",
            "The names of all secrets.",
            &[],
            Class::Value,
            Work::Look(|world, _| Box::pin(list(world))),
        )
        .also(&["keys"])
        .gives("string[]", "a list of names")
        .example("log.info(#secrets.list() .. \" secrets\")"),
    ],
    constants: &[],
    call: None,
    later: &["rotate", "set"],
};

const NAME: Parameter = required("name", Kind::Text, "the secret's name");

const fn looking(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    class: Class,
    work: Work,
) -> Function {
    function(name, doc, parameters, Capability::Secrets, class, work)
}

async fn get(world: World, mut arguments: Arguments) -> Outcome {
    let name: String = arguments.take("name")?;
    match (world.host.secret(name.clone()).await?, arguments.find::<String>("default")?) {
        (Some(value), _) | (None, Some(value)) => Ok(Answer::Value(Content::Json(value.into()))),
        (None, None) => {
            let message =
                format!("there is no secret `{name}`: `sloth secrets set {name}` makes it");
            Err(Failure::new(Code::NotFound, message))
        }
    }
}

async fn exists(world: World, mut arguments: Arguments) -> Outcome {
    let name: String = arguments.take("name")?;
    Answer::truth(world.host.secrets().await?.contains(&name))
}

async fn list(world: World) -> Outcome {
    let names = world.host.secrets().await?;
    Answer::value(names.into_iter().map(Value::from).collect::<Vec<_>>())
}
