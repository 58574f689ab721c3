use crate::host::{Finished, Process, Program};
use crate::registry::answer::{Answer, Code, Content, Failure, Outcome, Report};
use crate::registry::common::{CHECK_SAFE, CREATES, ONLY_IF, UNLESS};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Default, Kind, Parameter, named, required};
use crate::registry::{Argument, Arguments, Module, World};

/// Bytes kept of each stream.
const KEEP: usize = 10 << 20;
/// Characters of a command or of its last words repeated in an error.
const SHOWN_MAX: usize = 120;

pub const MODULE: Module = Module {
    name: "exec",
    aliases: &[],
    doc: "Processes: run a command and look at what it wrote.",
    functions: &[
        RUN,
        function(
            "sh",
            "Runs a command and returns whether it succeeded and what it wrote.",
            PARAMETERS,
            Capability::Exec,
            Class::Predicate,
            Work::Act(|world, arguments| Box::pin(sh(world, arguments))),
        )
        .returns("whether it succeeded, its output")
        .example("local ok, output = exec.sh(\"git status --short\")"),
    ],
    constants: &[],
    call: Some("run"),
    later: &[
        "background",
        "is_running",
        "kill",
        "run_optimized",
        "run_timeout",
        "run_with_strategy",
        "script",
        "ssh",
    ],
};

/// Taken over by `cmd`.
pub const RUN: Function = function(
            "run",
            "Runs a command to its end. A failing command raises nothing: look at the result.",
            PARAMETERS,
            Capability::Exec,
            Class::Command,
            Work::Act(|world, arguments| Box::pin(run(world, arguments))),
        )
        .also(&["command", "shell"])
        .returns("Result {stdout, stderr, output, exit_code, success, duration, truncated}, which reads as its stdout; nil or an error; whether it failed")
        .example("local result = exec.run(\"make test\", { timeout = \"5m\" })");

const PARAMETERS: &[Parameter] = &[
    required(
        "command",
        Kind::Command,
        "a line for the shell, or a list of words that no shell sees",
    )
    .also(&["cmd"]),
    named("clean_env", Kind::Boolean, "give it nothing but PATH, HOME and `env`")
        .or(Default::Boolean(false)),
    named("stdin", Kind::Bytes, "what it reads; nothing means end of file at once"),
    named("shell", Kind::Text, "the shell to give the line to, instead of bash"),
    named("expect", Kind::Integers, "exit codes that count as success; 0 unless given"),
    named("log", Kind::Boolean, "also write its lines to the log").or(Default::Boolean(true)),
    CREATES,
    UNLESS,
    ONLY_IF,
    CHECK_SAFE,
];

async fn run(world: World, arguments: Arguments) -> Outcome {
    let call = Call::of(&world, arguments)?;
    let finished = world.spawn(call.process).await?;
    let failure = failure(&world, &call.shown, &call.expect, &finished);
    Ok(Answer::Report(report(&world, finished, failure)))
}

async fn sh(world: World, arguments: Arguments) -> Outcome {
    let call = Call::of(&world, arguments)?;
    let finished = world.spawn(call.process).await?;
    let failed = failure(&world, &call.shown, &call.expect, &finished).is_some();
    let output = String::from_utf8_lossy(&output(&finished)).into_owned();
    Ok(Answer::Truth(!failed, Some(output)))
}

/// One call of `run` or `sh`.
struct Call {
    process: Process,
    expect: Vec<i64>,
    shown: String,
}

impl Call {
    fn of(world: &World, mut arguments: Arguments) -> Result<Self, Failure> {
        let program = program(arguments.take("command")?, arguments.find("shell")?)?;
        let shown = match &program {
            Program::Line(line) => shorten(&world.host.masked(line)),
            Program::Arguments(words) => shorten(&world.host.masked(&words.join(" "))),
        };
        let process = Process {
            clean_env: arguments.take("clean_env")?,
            stdin: arguments.find("stdin")?,
            keep: KEEP,
            log: arguments.take("log")?,
            ..Process::new(program)
        };
        let expect = arguments.find("expect")?.unwrap_or_else(|| vec![0]);
        Ok(Self { process, expect, shown })
    }
}

fn program(command: Argument, shell: Option<String>) -> Result<Program, Failure> {
    match (command, shell) {
        (Argument::Text(line), Some(shell)) => {
            Ok(Program::Arguments(vec![shell, "-c".to_owned(), line]))
        }
        (Argument::Text(line), None) => Ok(Program::Line(line)),
        (Argument::List(words), None) if !words.is_empty() => Ok(Program::Arguments(words)),
        (_, None) => Err(Failure::raised(Code::Invalid, "`exec.run` `command` is an empty list")),
        (_, Some(_)) => Err(Failure::raised(
            Code::Invalid,
            "`exec.run` `shell` needs a command line, not a list",
        )),
    }
}

fn failure(world: &World, command: &str, expect: &[i64], finished: &Finished) -> Option<Failure> {
    if finished.timed_out {
        let after = config::duration::format(finished.duration);
        return Some(Failure::new(Code::Timeout, format!("`{command}` was stopped after {after}")));
    }
    if expect.contains(&i64::from(finished.exit_code)) {
        return None;
    }
    let ended = format!("`{command}` ended with exit code {}", finished.exit_code);
    let message = match last_line(world, &finished.stderr) {
        words if words.is_empty() => ended,
        words => format!("{ended}: {words}"),
    };
    Some(Failure::new(Code::CommandFailed, message))
}

fn report(world: &World, finished: Finished, failure: Option<Failure>) -> Report {
    let message =
        last_line(world, if failure.is_some() { &finished.stderr } else { &finished.stdout });
    let fields = vec![
        ("success", Content::from(failure.is_none())),
        ("exit_code", Content::from(finished.exit_code)),
        ("duration", Content::from(finished.duration.as_secs_f64())),
        ("truncated", Content::from(finished.truncated)),
        ("output", Content::Bytes(output(&finished))),
        ("stdout", Content::Bytes(finished.stdout)),
        ("stderr", Content::Bytes(finished.stderr)),
    ];
    Report { changed: true, message, failure, fields, ..Report::default() }
}

/// Both streams, one after the other.
fn output(finished: &Finished) -> Vec<u8> {
    [&finished.stdout[..], &finished.stderr[..]].concat()
}

/// The last line that is not blank; masked before it is cut, as nobody finds half a secret.
fn last_line(world: &World, bytes: &[u8]) -> String {
    let mut lines = bytes.rsplit(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let line = lines.find(|line| !line.is_empty()).unwrap_or_default();
    shorten(&world.host.masked(&String::from_utf8_lossy(line)))
}

fn shorten(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(SHOWN_MAX).collect();
    if short.len() < text.trim().len() {
        short.push('…');
    }
    short
}
