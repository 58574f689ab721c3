//! Short ways to the same things: `json`, `yaml`, `template`, `cmd`, and functions without a module.

use std::time::Duration;

use super::data::{
    FILL, TEXT, VALUE, VALUE_ALONE, fill, fill_file, json_encode, parse_json, parse_yaml, pure,
    to_json, to_yaml,
};
use super::exec;
use super::fs::looks;
use crate::registry::answer::{Answer, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Access, Kind, Parameter, optional, required};
use crate::registry::{Arguments, Module, World};

pub const JSON: Module = Module {
    name: "json",
    aliases: &[],
    doc: "JSON, as in `data`.",
    functions: &[
        pure("encode", "Writes a value as JSON on one line.", &[VALUE_ALONE], json_encode)
            .example("log.info(json.encode({ 1, 2 }))"),
        pure("encode_pretty", "Writes a value as JSON over several lines.", VALUE, to_json)
            .also(&["pretty"])
            .example("log.info(json.encode_pretty({ a = 1 }))"),
        pure("decode", "Reads JSON.", TEXT, parse_json)
            .also(&["parse"])
            .gives("any", "the value")
            .example("local config = json.decode(text)"),
    ],
    ..EMPTY
};

pub const YAML: Module = Module {
    name: "yaml",
    aliases: &[],
    doc: "YAML, as in `data`.",
    functions: &[
        pure("encode", "Writes a value as YAML.", &[VALUE_ALONE], to_yaml)
            .example("log.info(yaml.encode({ a = 1 }))"),
        pure("decode", "Reads one YAML document.", TEXT, parse_yaml)
            .also(&["parse"])
            .gives("any", "the value")
            .example("local config = yaml.decode(text)"),
    ],
    ..EMPTY
};

pub const TEMPLATE: Module = Module {
    name: "template",
    aliases: &[],
    doc: "Texts with places to fill in, in the notation of Go templates such as `{{ .name }}`.",
    functions: &[
        pure("render", "Fills in a text.", FILL, fill)
            .example("local text = template.render(\"port {{ .port }}\", { port = 80 })"),
        function(
            "load",
            "Fills in a file.",
            &[
                required("path", Kind::Path(Access::Read), "the template file"),
                optional("vars", Kind::Object, "the values to fill in").also(&["values"]),
            ],
            Capability::FsRead,
            Class::Value,
            looks!(fill_file),
        )
        .also(&["render_file"])
        .gives("string", "text")
        .example("local text = template.load(\"app.conf.tmpl\", { port = 80 })"),
    ],
    ..EMPTY
};

pub const CMD: Module = Module {
    name: "cmd",
    aliases: &[],
    doc: "Processes and pauses.",
    functions: &[
        Function { aliases: &[], example: "local result = cmd.run(\"make\")", ..exec::RUN },
        Function { example: "cmd.sleep(\"2s\")", ..SLEEP },
    ],
    ..EMPTY
};

/// Functions that are globals themselves.
pub const GLOBALS: &[Function] = &[SLEEP];

const SLEEP: Function = function(
    "sleep",
    "Waits while other routines go on; check mode does not wait.",
    &[DURATION],
    Capability::Nothing,
    Class::Silent,
    Work::Look(|world, arguments| Box::pin(sleep(world, arguments))),
)
.example("sleep(2)");

const DURATION: Parameter =
    required("duration", Kind::Duration, "how long").also(&["seconds", "time"]);

const EMPTY: Module = Module {
    name: "",
    aliases: &[],
    doc: "",
    functions: &[],
    constants: &[],
    call: None,
    later: &[],
};

async fn sleep(world: World, mut arguments: Arguments) -> Outcome {
    let duration: Duration = arguments.take("duration")?;
    if !world.check {
        tokio::time::sleep(duration).await;
    }
    Ok(Answer::Nothing)
}
