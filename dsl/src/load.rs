//! Loading: the whole file runs once, nothing of it is executed but its declarations.

pub mod explain;

use std::time::{Duration, Instant};

use mlua::{MultiValue, Value};
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use crate::assemble::{Assembled, Drafts, assemble};
use crate::context::{Context, Phase};
use crate::declare::{self, Book, TaskHandle};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::File;
use crate::span::Text;
use crate::vm::{Allowance, Failure, Vm};
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
}

impl Default for LoadOptions {
    fn default() -> Self {
        LoadOptions { instructions: 50_000_000, time: Duration::from_secs(10), memory: 256 << 20 }
    }
}

/// Loads and checks a file. `values` are the caller's, an object.
pub fn load(source: &Source, values: &Json, options: &LoadOptions) -> Result<File, Diagnostics> {
    Loaded::new(source, values, options).map(|loaded| loaded.file)
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
    pub fn new(source: &Source, values: &Json, options: &LoadOptions) -> Result<Self, Diagnostics> {
        let text = Text::new(&source.text);
        if source.text.len() > SOURCE_MAX {
            let message = format!(
                "the file has {} bytes, more than the {SOURCE_MAX} that can be loaded",
                source.text.len()
            );
            let place = Text::new("").at(1);
            return Err(Diagnostics(vec![Diagnostic::new(
                Code::Limit,
                message,
                &source.name,
                place,
            )]));
        }
        let unusable = |error: mlua::Error| {
            let message = format!("no Lua state could be made: {error}");
            Diagnostics(vec![Diagnostic::new(Code::Limit, message, &source.name, text.at(1))])
        };
        let vm = state(source, &text, values, options).map_err(unusable)?;
        let returned = declare(&vm, source);
        let book = Book::close(vm.lua()).map_err(unusable)?;
        let assembled = finish(&vm, &book, returned, options)?;
        vm.end_of_load().map_err(unusable)?;
        Ok(Loaded { file: assembled.file, drafts: assembled.drafts, vm, text })
    }
}

fn state(source: &Source, text: &Text, values: &Json, options: &LoadOptions) -> mlua::Result<Vm> {
    let vm = Vm::new(&source.name, options.memory)?;
    let lua = vm.lua();
    let deadline = Instant::now() + options.time;
    let cancel = CancellationToken::new();
    lua.set_app_data(Context {
        phase: Phase::Load,
        host: None,
        workdir: std::path::PathBuf::new(),
        deadline,
        cancel: cancel.clone(),
    });
    Book::open(lua, &source.name, vm.chunk(), text.clone())?;
    globals::install(lua, values)?;
    registry::install(lua)?;
    declare::install(lua)?;
    globals::guard(lua)?;
    let instructions = Some(options.instructions);
    vm.allow(Allowance { deadline, instructions, cancel, yields: false });
    Ok(vm)
}

/// Runs the file; the numbers of the tasks its chunk returned.
fn declare(vm: &Vm, source: &Source) -> Result<Vec<usize>, Failure> {
    let chunk = vm.compile(&source.text)?;
    let returned = vm.call(&chunk, MultiValue::new())?;
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
            let ended = explain::load(&failure, &book.file, &book.text, &names, options);
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
