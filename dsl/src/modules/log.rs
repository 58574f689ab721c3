use serde_json::Value;

use crate::host::{Level, Stream};
use crate::registry::answer::{Answer, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work};
use crate::registry::parameter::{Default, Kind, Parameter, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "log",
    aliases: &[],
    doc: "Lines of the run's log.",
    functions: &[
        line("debug", &[], "A line for whoever looks for a fault.", debug),
        line("info", &[], "A line about what happens.", info),
        line("success", &[], "A line about something that went well.", info),
        line("warn", &["warning"], "A line about something that should be looked at.", warn),
        line("error", &[], "A line about something that went wrong.", error),
        line("print", &[], "A line as `print` writes it.", print),
        Function {
            name: "table",
            aliases: &[],
            doc: "A value over several lines, nested tables indented.",
            parameters: &[
                required("value", Kind::Data, "what to show"),
                optional("title", Kind::Text, "the line before it")
                    .or(Default::Text("Table Contents")),
            ],
            capability: Capability::Log,
            class: Class::Silent,
            returns: "nothing",
            work: Work::Told(table),
        },
    ],
    constants: &[],
    call: None,
    later: &["fatal"],
};

const VALUES: &[Parameter] = &[optional(
    "values",
    Kind::Printed,
    "what to write, joined by blanks; tables are written as JSON",
)
.rest()];

const fn line(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    work: fn(&World, Arguments) -> Outcome,
) -> Function {
    Function {
        name,
        aliases,
        doc,
        parameters: VALUES,
        capability: Capability::Log,
        class: Class::Silent,
        returns: "nothing",
        work: Work::Told(work),
    }
}

fn debug(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Log(Level::Debug), arguments)
}

fn info(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Log(Level::Info), arguments)
}

fn warn(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Log(Level::Warn), arguments)
}

fn error(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Log(Level::Error), arguments)
}

fn print(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Stdout, arguments)
}

fn table(world: &World, mut arguments: Arguments) -> Outcome {
    let (title, value): (String, Value) = (arguments.take("title")?, arguments.take("value")?);
    lines(world, Stream::Log(Level::Info), &format!("{title}:\n{value:#}"));
    Ok(Answer::Nothing)
}

fn write(world: &World, stream: Stream, mut arguments: Arguments) -> Result<Answer, Failure> {
    let values: Vec<String> = arguments.take("values")?;
    lines(world, stream, &values.join(" "));
    Ok(Answer::Nothing)
}

fn lines(world: &World, stream: Stream, text: &str) {
    if text.is_empty() {
        world.host.line(stream, "");
    }
    for line in text.lines() {
        world.host.line(stream, line);
    }
}
