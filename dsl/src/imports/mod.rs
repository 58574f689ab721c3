//! `import` and `require`: other files of the project, each run once a state, by paths that mean the same everywhere.

mod library;
mod path;
mod scan;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use mlua::{Error, Function, Lua, Result, Table, Value};

pub use library::Library;

/// Imported files of one file.
const FILES_MAX: usize = 200;

/// Bytes of all imported files together, which are agreed with the run.
const BYTES_MAX: usize = 4 << 20;

/// Calls between `import` and the file's own code.
const LEVELS_MAX: usize = 8;

/// Where the texts of imported files come from.
#[derive(Clone, Debug)]
pub enum Imports {
    /// Those that travelled with the file, by their path from its folder.
    Given(Arc<BTreeMap<String, String>>),
    /// Read as they are asked for, from the folder of the file.
    Folder(PathBuf),
}

impl Default for Imports {
    fn default() -> Self {
        Imports::Given(Arc::default())
    }
}

/// Sets `import`, and lets `require` find the project's own modules.
pub fn install(lua: &Lua, library: Library) -> Result<()> {
    library::begin(lua, library)?;
    let globals = lua.globals();
    globals.raw_set(
        "import",
        lua.create_async_function(|lua, path: String| async move {
            let importer = importer(&lua)?;
            let candidates = path::imported(&importer, &path).map_err(Error::runtime)?;
            match library::find(&lua, &candidates)? {
                Some((path, text)) => run(lua, path, text).await,
                None => Err(library::missing(&lua, "import", &path)?),
            }
        })?,
    )?;
    let known: Function = globals.raw_get("require")?;
    globals.raw_set(
        "require",
        lua.create_async_function(move |lua, name: String| {
            let known = known.clone();
            async move {
                let unknown = match known.call::<Value>(name.as_str()) {
                    Ok(module) => return Ok(module),
                    Err(error) => error,
                };
                let candidates = path::required(&importer(&lua)?, &name);
                match library::find(&lua, &candidates)? {
                    Some((path, text)) => run(lua, path, text).await.map(or_true),
                    None if path::is_of_a_file(&name) => {
                        Err(library::missing(&lua, "require", &name)?)
                    }
                    None => Err(unknown),
                }
            }
        })?,
    )
}

/// The path of the file whose code called the running function; empty for the file itself.
fn importer(lua: &Lua) -> Result<String> {
    let library = Library::of(lua)?;
    let at = |level| {
        lua.inspect_stack(level, |frame| {
            library.path_of(&frame.source().short_src?).map(str::to_owned)
        })
        .flatten()
    };
    Ok((1..LEVELS_MAX).find_map(at).unwrap_or_default())
}

/// The first result of a file's chunk, which runs only once.
async fn run(lua: Lua, path: String, text: String) -> Result<Value> {
    let results: Table = library::results(&lua)?;
    match results.raw_get(path.as_str())? {
        Value::Nil => {}
        Value::Table(kept) => return kept.raw_get(1),
        _ => return Err(library::cycle(&lua, &path)?),
    }
    let chunk = Library::of(&lua)?.open(&path, &text).map_err(Error::runtime)?;
    results.raw_set(path.as_str(), true)?;
    library::enter(&lua, &path)?;
    let result = match crate::vm::compile(&lua, &chunk, &text) {
        Ok(function) => function.call_async::<Value>(()).await,
        Err(error) => Err(error),
    };
    library::leave(&lua)?;
    let kept = match &result {
        Ok(value) => Value::Table(lua.create_sequence_from([value])?),
        Err(_) => Value::Nil,
    };
    results.raw_set(path, kept)?;
    result
}

fn or_true(value: Value) -> Value {
    if value.is_nil() { Value::Boolean(true) } else { value }
}
