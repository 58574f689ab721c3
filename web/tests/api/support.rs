//! Nodes of this process that are served, one a test.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use config::{Config, Paths};
use libtest_mimic::{Conclusion, Trial};
use node::exec::guard::{self, NodeSide};
use node::{Mode, Options, Running};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::timeout;
use web::Client;
use web::wire::{Source, Status, Submit};

use crate::http::{self, Answer};

/// A workflow that ends well and says two lines.
pub const FILE: &str = "workflow('w'):tasks({ task('t'):command('echo one; echo two') })";
pub const LINES: [&str; 2] = ["one", "two"];
/// A file with one fault, in its first line.
pub const BROKEN: &str = "workflow('w'):tasks({ task('t'):command('true'):depends_on('x') })";
const SLOW: &str = "workflow('w'):tasks({ task('t'):command('sleep 1000') })";

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

pub type Test = Pin<Box<dyn Future<Output = ()>>>;

static GUARD: OnceLock<Arc<NodeSide>> = OnceLock::new();

/// Runs the tests in a process that a guard watches.
pub fn guarded(run: impl FnOnce() -> Conclusion) -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let options = guard::Options::new(folder.path().join("lock"));
    let code = guard::start(&options, |side| {
        GUARD.get_or_init(|| Arc::new(side));
        i32::from(run().has_failed())
    });
    code.unwrap().try_into().map_or(ExitCode::FAILURE, |code: u8| ExitCode::from(code))
}

pub fn trial(name: &str, test: fn() -> Test) -> Trial {
    Trial::test(name, move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { timeout(LIMIT, test()).await.expect("too slow") });
        Ok(())
    })
}

pub struct Server {
    node: Running,
    server: web::Server,
    _folder: TempDir,
}

pub async fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    serve(start(folder.path(), true).await, folder).await
}

/// A node that does not execute, and a run that another life of it has left behind.
pub async fn interrupted() -> (Server, String) {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path(), true).await;
    let client = Client::in_process(first.handle());
    let id = client.submit(&submission(SLOW)).await.unwrap().id;
    while client.run(&id).await.unwrap().tasks[0].status != Status::Running {
        tokio::task::yield_now().await;
    }
    first.halt().await.unwrap();
    (serve(start(folder.path(), false).await, folder).await, id)
}

pub fn submission(text: &str) -> Submit {
    Submit {
        values: json!({ "a": 1 }).as_object().unwrap().clone(),
        ..Submit::new(Source::File { name: "t.sloth".into(), text: text.into() })
    }
}

async fn start(folder: &Path, executes: bool) -> Running {
    let options = Options {
        config: Config::default(),
        paths: Paths::new(folder),
        mode: Mode::Standalone { executes },
        host: config::Name::new("alone").unwrap(),
        processors: 2,
        environment: std::env::vars_os().collect(),
        guard: GUARD.get().unwrap().clone(),
    };
    node::start(options).await.unwrap()
}

async fn serve(node: Running, folder: TempDir) -> Server {
    let server = web::serve(node.handle(), folder.path().join("api.sock")).await.unwrap();
    Server { node, server, _folder: folder }
}

impl Server {
    pub fn handle(&self) -> node::Handle {
        self.node.handle()
    }

    pub fn socket(&self) -> PathBuf {
        self.server.path().into()
    }

    pub async fn stop(self) {
        self.server.stop().await;
        self.node.halt().await.unwrap();
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        http::ask(self.server.path(), method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None).await
    }
}
