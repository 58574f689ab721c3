//! Loading: the whole file runs once, nothing of it is executed but its declarations.

pub mod explain;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt;
use mlua::{MultiValue, Value};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::assemble::{Assembled, Drafts, assemble};
use crate::context::{Context, Phase};
use crate::declare::{self, Book, TaskHandle};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::host::Host;
use crate::imports::{self, Imports, Library};
use crate::journal::{Journal, Tape};
use crate::model::File;
use crate::policy::Policy;
use crate::span::Text;
use crate::vm::{Allowance, Failure, Limit, Vm};
use crate::{globals, registry};

/// Bytes of a file.
pub const SOURCE_MAX: usize = 1 << 20;

/// A workflow file: `name` is what diagnostics show, and what names an implicit workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: String,
    pub text: String,
}

/// What loading may use.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Lua instructions: the same file ends the same way on every node.
    pub instructions: u64,
    /// Wall time, for what counts no instructions.
    pub time: Duration,
    /// Bytes of the Lua state.
    pub memory: usize,
    /// What the file observed when it was accepted; without it, nothing can be observed.
    pub journal: Option<Arc<Journal>>,
    /// Where the files come from that it imports.
    pub imports: Imports,
    /// What the file may touch, while it is loaded and in its tasks.
    pub policy: Policy,
}

impl Default for LoadOptions {
    fn default() -> Self {
        LoadOptions {
            instructions: 50_000_000,
            time: Duration::from_secs(10),
            memory: 256 << 20,
            journal: None,
            imports: Imports::default(),
            policy: Policy::default(),
        }
    }
}

/// The world that a file may observe where it is accepted.
#[derive(Clone)]
pub struct Live {
    pub host: Arc<dyn Host>,
    /// Where relative paths start.
    pub folder: PathBuf,
}

/// A file that was loaded where it is accepted, and what it was told there.
#[derive(Clone, Debug)]
pub struct Observed {
    pub file: File,
    pub journal: Journal,
    /// The texts that must travel with it, by their path from its folder.
    pub imports: BTreeMap<String, String>,
}

/// Loads and checks a file; what it asks of the world is answered by the journal of the options. `values` are the
/// caller's, an object.
pub fn load(source: &Source, values: &Json, options: &LoadOptions) -> Result<File, Diagnostics> {
    Loaded::new(source, values, options).map(|loaded| loaded.file)
}

/// Loads and checks a file where it is accepted: what it asks of the world is asked, and recorded.
pub async fn observe(
    source: &Source,
    values: &Json,
    options: &LoadOptions,
    live: Live,
) -> Result<Observed, Diagnostics> {
    let (loaded, journal) = Loaded::make(source, values, options, Some(live)).await?;
    let library = Library::of(loaded.vm.lua());
    let imports = library.map(|mut library| library.close(&source.text)).unwrap_or_default();
    Ok(Observed { file: loaded.file, journal, imports })
}

/// A loaded file with the state that holds its functions.
pub struct Loaded {
    pub file: File,
    /// In the order of `file.workflows`.
    pub drafts: Vec<Drafts>,
    pub vm: Vm,
    pub text: Text,
}

impl Loaded {
    /// Loads without a world, so without waiting.
    pub fn new(source: &Source, values: &Json, options: &LoadOptions) -> Result<Self, Diagnostics> {
        let made = Box::pin(Loaded::make(source, values, options, None)).now_or_never();
        let waits = || {
            let message = "the file waits for something while it is loaded".into();
            limit(message, &Text::new(&source.name, &source.text))
        };
        made.unwrap_or_else(|| Err(waits())).map(|(loaded, _)| loaded)
    }

    async fn make(
        source: &Source,
        values: &Json,
        options: &LoadOptions,
        live: Option<Live>,
    ) -> Result<(Self, Journal), Diagnostics> {
        if source.text.len() > SOURCE_MAX {
            let size = source.text.len();
            let message =
                format!("the file has {size} bytes, more than the {SOURCE_MAX} that can be loaded");
            return Err(limit(message, &Text::new(&source.name, "")));
        }
        let text = Text::new(&source.name, &source.text);
        let unusable =
            |error: mlua::Error| limit(format!("no Lua state could be made: {error}"), &text);
        let tape = match (&live, &options.journal) {
            (Some(_), _) => Some(Tape::record()),
            (None, journal) => journal.clone().map(Tape::replay),
        };
        let waits = live.is_some();
        let vm = state(source, &text, values, options, live, tape.clone()).map_err(unusable)?;
        let returned = declare(&vm, source, waits).await;
        let book = Book::close(vm.lua()).map_err(unusable)?;
        let assembled = finish(&vm, &book, returned, options);
        let journal = tape.map_or_else(|| Ok(Journal::default()), |tape| tape.close());
        let (assembled, journal) = match (assembled, journal) {
            (Ok(assembled), Ok(journal)) => (assembled, journal),
            (Err(faults), _) => return Err(faults),
            (Ok(_), Err(message)) => {
                return Err(Diagnostics(vec![Diagnostic::new(Code::Differs, message, text.at(1))]));
            }
        };
        vm.end_of_load().and_then(|()| globals::end_of_load(vm.lua())).map_err(unusable)?;
        Ok((Loaded { file: assembled.file, drafts: assembled.drafts, vm, text }, journal))
    }
}

fn limit(message: String, text: &Text) -> Diagnostics {
    Diagnostics(vec![Diagnostic::new(Code::Limit, message, text.at(1))])
}

fn state(
    source: &Source,
    text: &Text,
    values: &Json,
    options: &LoadOptions,
    live: Option<Live>,
    tape: Option<Tape>,
) -> mlua::Result<Vm> {
    let vm = Vm::new(text.clone(), options.memory)?;
    let lua = vm.lua();
    let deadline = Instant::now() + options.time;
    let cancel = CancellationToken::new();
    let yields = live.is_some();
    let (host, workdir) = live.map(|live| (live.host, live.folder)).unzip();
    lua.set_app_data(Context {
        phase: Phase::Load,
        host,
        workdir: workdir.unwrap_or_default(),
        deadline,
        cancel: cancel.clone(),
        tape,
        check: false,
        policy: options.policy.clone(),
    });
    Book::open(lua, &source.name, text.clone())?;
    globals::install(lua, values)?;
    registry::install(lua)?;
    declare::install(lua)?;
    imports::install(lua, Library::new(&source.name, text.clone(), options.imports.clone()))?;
    globals::guard(lua)?;
    vm.allow(Allowance { deadline, instructions: Some(options.instructions), cancel, yields });
    Ok(vm)
}

/// Runs the file; the numbers of the tasks its chunk returned.
async fn declare(vm: &Vm, source: &Source, waits: bool) -> Result<Vec<usize>, Failure> {
    let chunk = vm.compile(&vm.texts().chunk(), &source.text)?;
    let deadline = tokio::time::Instant::from_std(vm.brake().deadline());
    let call = vm.call_async(&chunk, MultiValue::new());
    let returned = match waits {
        false => call.await,
        true => tokio::time::timeout_at(deadline, call)
            .await
            .unwrap_or_else(|_| Err(Failure::limited(Limit::Time))),
    }?;
    declare::look(vm.lua()).map_err(|error| vm.failed(&Value::Error(Box::new(error))))?;
    let Some(Value::Table(table)) = returned.front() else { return Ok(Vec::new()) };
    Ok(table
        .sequence_values::<Value>()
        .flatten()
        .filter_map(|value| TaskHandle::number(&value))
        .collect())
}

/// What a person reads: all collected faults, and what ended the load.
fn finish(
    vm: &Vm,
    book: &Book,
    returned: Result<Vec<usize>, Failure>,
    options: &LoadOptions,
) -> Result<Assembled, Diagnostics> {
    let mut faults = match returned {
        Ok(returned) => match assemble(book, &returned) {
            Ok(assembled) => return Ok(assembled),
            Err(faults) => faults,
        },
        Err(failure) => {
            let names = known_globals(vm);
            let ended = explain::load(&failure, &book.text, &names, options);
            book.faults.iter().cloned().chain([ended]).collect()
        }
    };
    faults.truncate(crate::diagnostic::DIAGNOSTICS_MAX);
    Err(Diagnostics::sorted(faults))
}

fn known_globals(vm: &Vm) -> Vec<String> {
    let globals = vm.lua().globals();
    let pairs = globals.pairs::<String, Value>();
    let mut names: Vec<String> = pairs.flatten().map(|(name, _)| name).take(1_000).collect();
    names.sort();
    names
}
