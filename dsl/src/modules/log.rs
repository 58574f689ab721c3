use serde_json::Value;

use crate::host::{Level, Stream};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Default, Kind, Parameter, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "log",
    aliases: &[],
    doc: "Lines of the run's log.",
    functions: &[
        line("debug", "A line for whoever looks for a fault.", debug)
            .example("log.debug(\"answer:\", answer)"),
        line("info", "A line about what happens.", info)
            .example("log.info(\"deploying\", values.version)"),
        line("success", "A line about something that went well.", info)
            .example("log.success(\"deployed\")"),
        line("warn", "A line about something that should be looked at.", warn)
            .also(&["warning"])
            .example("log.warn(\"disk almost full\", { free = free })"),
        line("error", "A line about something that went wrong.", error)
            .example("log.error(\"no answer from the server\")"),
        line("fatal", "A line about what cannot go on; then the task fails with it.", fatal)
            .example("log.fatal(\"no disk left\")"),
        line("print", "A line as `print` writes it.", print).example("log.print(\"done\")"),
        function(
            "table",
            "A value over several lines, nested tables indented.",
            &[
                required("value", Kind::Data, "what to show"),
                optional("title", Kind::Text, "the line before it")
                    .or(Default::Text("Table Contents")),
            ],
            Capability::Log,
            Class::Silent,
            Work::Told(table),
        )
        .example("log.table(deps, \"what came before\")"),
    ],
    constants: &[],
    call: None,
    later: &[],
};

const VALUES: &[Parameter] = &[optional(
    "values",
    Kind::Printed,
    "what to write, joined by blanks; tables are written as JSON",
)
.rest()];

const fn line(
    name: &'static str,
    doc: &'static str,
    work: fn(&World, Arguments) -> Outcome,
) -> Function {
    function(name, doc, VALUES, Capability::Log, Class::Silent, Work::Told(work))
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

fn fatal(world: &World, arguments: Arguments) -> Outcome {
    let text = joined(arguments)?;
    lines(world, Stream::Log(Level::Error), &text);
    Err(Failure::raised(Code::Invalid, text))
}

fn print(world: &World, arguments: Arguments) -> Outcome {
    write(world, Stream::Stdout, arguments)
}

fn table(world: &World, mut arguments: Arguments) -> Outcome {
    let (title, value): (String, Value) = (arguments.take("title")?, arguments.take("value")?);
    lines(world, Stream::Log(Level::Info), &format!("{title}:\n{value:#}"));
    Ok(Answer::Nothing)
}

fn write(world: &World, stream: Stream, arguments: Arguments) -> Outcome {
    lines(world, stream, &joined(arguments)?);
    Ok(Answer::Nothing)
}

fn joined(mut arguments: Arguments) -> Result<String, Failure> {
    let values: Vec<String> = arguments.take("values")?;
    Ok(values.join(" "))
}

fn lines(world: &World, stream: Stream, text: &str) {
    if text.is_empty() {
        world.host.line(stream, "");
    }
    for line in text.lines() {
        world.host.line(stream, line);
    }
}
