//! The life of the process: who executes a command, what must exist before any thread does, and how all of it ends.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::CommandFactory;
use config::{Overrides, Resolved};
use node::exec::guard::{self, NodeSide};
use node::{Mode, Options};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

use crate::args::{Arguments, Globals};
use crate::commands::node::Action;
use crate::commands::run::others;
use crate::commands::{Ask, Command, Here, Hold};
use crate::connect;
use crate::error::{Error, chain, io};
use crate::exit::Exit;
use crate::output::{Output, Paint};
use crate::session::Session;

/// How long somebody else may hold the data directory without serving it: a command that is about to end, or a
/// node that is about to serve.
const HELD_MAX: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(10);
/// Lost connections are the business of a node; what openraft says about them repeats it.
const LOGGED: &str = "warn,openraft=error";

/// Runs a command to its exit code.
pub fn live(arguments: Arguments) -> Result<ExitCode, Error> {
    let Arguments { globals, command } = arguments;
    let out = globals.output();
    let Some(command) = command else { return here(&out).map(ExitCode::from) };
    let exit = match command.prepare()? {
        Command::Version(version) => version.run(&out),
        Command::Completion(completion) => completion.run(&out),
        Command::Check(check) => check.run(&out),
        Command::Graph(graph) => graph.run(&out),
        Command::Fmt(fmt) => fmt.run(&out),
        Command::New(new) => new.run(&out),
        Command::Lsp(lsp) => lsp.run(),
        Command::Modules(modules) => modules.run(&out),
        Command::Help(help) => help.run(&out),
        Command::Db(db) => db.run(&globals),
        Command::Doctor(doctor) => doctor.run(&globals),
        Command::Node(node) => match node.action {
            None => node.start.run(&globals),
            Some(Action::Start(start)) => start.run(&globals),
            Some(action) => asking(&Ask::Node(action), &globals),
        },
        Command::Plan(plan) => asking(&Ask::Plan(plan), &globals),
        Command::Run(run) => match run.action {
            None if run.start.list => here(&out),
            None => asking(&Ask::Start(Box::new(run.start)), &globals),
            Some(action) => asking(&Ask::Run(action), &globals),
        },
        Command::Workflow(workflow) => asking(&Ask::Workflow(workflow), &globals),
        Command::Cluster(cluster) => asking(&Ask::Cluster(cluster), &globals),
        Command::State(state) => asking(&Ask::State(state), &globals),
        Command::Secrets(secrets) => asking(&Ask::Secrets(secrets), &globals),
        Command::Events(events) => asking(&Ask::Events(events), &globals),
        Command::Synonym(synonym) => asking(&synonym.into(), &globals),
    };
    exit.map(ExitCode::from)
}

/// `sloth` alone: what can be run in this folder, or what the program is for.
fn here(out: &Output) -> Result<Exit, Error> {
    let Some(here) = Here::look(Path::new("."))? else {
        out.raw(&Arguments::command().render_help().to_string());
        return Ok(Exit::Usage);
    };
    here.show(out);
    Ok(Exit::Done)
}

/// The configuration, with the flags that every command has.
pub fn resolve(globals: &Globals, mut overrides: Overrides) -> Result<Resolved, Error> {
    overrides.set("node.data_dir", globals.data_dir.as_ref().map(|path| path.display()));
    let resolved = Resolved::read(&overrides)?;
    resolved.warnings.iter().for_each(|warning| globals.output().warn(warning));
    Ok(resolved)
}

/// Asks a node that is there, or becomes one for as long as the command takes.
fn asking(ask: &Ask, globals: &Globals) -> Result<Exit, Error> {
    let resolved = resolve(globals, Overrides::default())?;
    let started = Instant::now();
    loop {
        let sockets = resolved.sockets()?;
        let data_dir = &resolved.config.node.data_dir;
        if let Some(socket) = connect::find(&globals.node, &sockets)? {
            let session = Session::attached(&socket, sockets, data_dir, globals);
            return one_shot()?.block_on(ask.run(&session));
        }
        ask.alone()?;
        match standalone(ask, globals, &resolved)? {
            Some(exit) => return Ok(exit),
            None if started.elapsed() < HELD_MAX => sleep(LOOK),
            None => return Err(held(data_dir)),
        }
    }
}

fn held(data_dir: &Path) -> Error {
    let message = format!("another process holds {} and serves no socket", data_dir.display());
    Error::new(Exit::Conflict, message).hint("sloth doctor")
}

/// Becomes the node. None while somebody else holds the data directory.
fn standalone(ask: &Ask, globals: &Globals, resolved: &Resolved) -> Result<Option<Exit>, Error> {
    resolved.paths().prepare()?;
    let run = |side| {
        if std::env::var_os("SLOTH_LOG").is_some() {
            log(&globals.output());
        }
        let out = globals.output();
        let hosted = one_shot().and_then(|runtime| {
            let exit = runtime.block_on(host(ask, globals, resolved, side));
            // What is left in other threads has no claim on the time of whoever waits.
            runtime.shutdown_background();
            exit
        });
        end(hosted, &out)
    };
    match guarded(resolved, run) {
        Ok(code) => Ok(Some(code)),
        Err(node::exec::Error::Held { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
    .map(|code| code.map(Exit::Other))
}

/// Splits this process into guard and node, and runs the node. Returns in the guard, with the node's exit code.
pub fn guarded(
    resolved: &Resolved,
    node: impl FnOnce(NodeSide) -> i32,
) -> Result<u8, node::exec::Error> {
    let options = guard::Options::new(resolved.paths().lock());
    let code = guard::start(&options, node)?;
    Ok(u8::try_from(code).unwrap_or(Exit::Broken.code()))
}

/// The exit code of a node, its error written.
pub fn end(result: Result<Exit, Error>, out: &Output) -> i32 {
    let exit = result.unwrap_or_else(|error| {
        out.fail(&error);
        error.exit
    });
    exit.code().into()
}

/// Starts a node that listens to nobody, asks it, and stops it.
async fn host(
    ask: &Ask,
    globals: &Globals,
    resolved: &Resolved,
    guard: NodeSide,
) -> Result<Exit, Error> {
    let hold = ask.hold();
    let mode = Mode::Standalone { executes: hold == Hold::Serving };
    let running = node::start(options(resolved, mode, Arc::new(guard))).await?;
    let session = Session::standalone(running.handle(), &resolved.config.node.data_dir, globals);
    let server = match hold {
        Hold::Serving => Some(web::serve(running.handle(), resolved.socket()?).await?),
        Hold::Brief => None,
    };
    let exit = ask.run(&session).await;
    if matches!(&exit, Err(error) if error.exit == Exit::Interrupted) {
        return exit;
    }
    if let Some(server) = server {
        // Whoever waits for a run of his goes on with it once this process is gone.
        if !others(&session).await? {
            return exit;
        }
        server.stop().await;
        // One may have come while the socket closed.
        if !others(&session).await? {
            return exit;
        }
    }
    running.stop().await?;
    exit
}

/// What a node of this process is started with.
pub fn options(resolved: &Resolved, mode: Mode, guard: Arc<NodeSide>) -> Options {
    Options {
        config: resolved.config.clone(),
        paths: resolved.paths(),
        mode,
        host: resolved.environment().host.clone(),
        processors: resolved.environment().processors,
        environment: std::env::vars_os().collect(),
        guard,
    }
}

/// Writes what the node reports to standard error; `SLOTH_LOG` says how much.
pub fn log(out: &Output) {
    let filter = EnvFilter::try_from_env("SLOTH_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let ansi = out.remark_paint() != Paint::OFF;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .with_writer(std::io::stderr)
        .init();
}

/// One thread is enough for one question, and starts faster.
pub fn one_shot() -> Result<Runtime, Error> {
    runtime(&mut Builder::new_current_thread())
}

pub fn runtime(builder: &mut Builder) -> Result<Runtime, Error> {
    builder.enable_all().build().map_err(|error| io("start the runtime", &error))
}

impl From<node::Error> for Error {
    fn from(error: node::Error) -> Self {
        Self::new(Exit::of_node(error.kind()), chain(&error))
    }
}

impl From<web::Error> for Error {
    fn from(error: web::Error) -> Self {
        let exit = match error {
            web::Error::Taken { .. } => Exit::Conflict,
            web::Error::Foreign { .. } | web::Error::Socket { .. } => Exit::Broken,
        };
        Self::new(exit, chain(&error))
    }
}
