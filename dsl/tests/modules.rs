//! Every file of `tests/modules` is run in a Lua state with the modules and a world of its own: an in-memory store,
//! real files in a folder of its own, real processes.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "modules/host.rs"]
mod host;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dsl::context::{Context, Phase};
use dsl::registry::{self, function::Class};
use dsl::{Attempt, Job, Source, Status, Step};
use host::World;
use mlua::{Lua, LuaOptions, MultiValue, StdLib, Value};

/// What the Lua files call: `test`, `same`, `raises`.
const PRELUDE: &str = include_str!("modules/prelude.lua");

/// A Lua state at the given point of a file's life.
fn state(phase: Phase, world: Option<&Arc<World>>) -> Lua {
    let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::COROUTINE;
    let lua = Lua::new_with(libraries, LuaOptions::default()).unwrap();
    lua.set_app_data(Context {
        phase,
        host: world.map(|world| Arc::clone(world) as Arc<dyn dsl::host::Host>),
        workdir: world.map(|world| world.folder.path().to_owned()).unwrap_or_default(),
        deadline: Instant::now() + Duration::from_secs(60),
        cancel: Default::default(),
        tape: None,
    });
    registry::install(&lua).unwrap();
    lua
}

/// Runs a Lua file of tests; whatever it raises names the test and the line.
async fn run(name: &str, world: &Arc<World>) {
    let lua = state(Phase::Task, Some(world));
    let seen = Arc::clone(world);
    let logged = lua
        .create_function(move |_, ()| Ok(seen.lines.lock().unwrap().drain(..).collect::<Vec<_>>()))
        .unwrap();
    lua.globals().set("logged", logged).unwrap();
    let seen = Arc::clone(world);
    let events = lua.create_function(move |lua, ()| {
        mlua::LuaSerdeExt::to_value(lua, &*seen.events.lock().unwrap())
    });
    lua.globals().set("events", events.unwrap()).unwrap();
    lua.load(PRELUDE).set_name("=prelude").exec_async().await.unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(name);
    let text = fs::read_to_string(file).unwrap();
    if let Err(error) = lua.load(text).set_name(format!("={name}")).exec_async().await {
        panic!("{error}");
    }
}

macro_rules! files {
    ($($name:ident => $file:literal),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            run($file, &World::new()).await;
        }
    )*};
}

files! {
    arguments => "arguments.lua",
    results => "results.lua",
    log => "log.lua",
    exec => "exec.lua",
    fs_module => "fs.lua",
    data => "data.lua",
    state_module => "state.lua",
    event => "event.lua",
}

/// The same inside a task of a workflow file, with all that the runtime puts around a function.
#[tokio::test]
async fn the_files_pass_inside_an_attempt() {
    for name in ["arguments.lua", "results.lua", "exec.lua", "fs.lua", "data.lua", "state.lua"] {
        let world = World::new();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(name);
        let body = format!("{PRELUDE}\n{}", fs::read_to_string(file).unwrap());
        let job = Job {
            file: None,
            source: Source {
                name: name.to_owned(),
                text: format!("task('t'):command(function() {body}\nend)"),
            },
            values: serde_json::json!({}),
            workflow: name.trim_end_matches(".lua").to_owned(),
            step: Step::Task(Attempt {
                task: "t".to_owned(),
                number: 1,
                first: true,
                last: true,
                dependencies: Default::default(),
            }),
            run_id: "run".to_owned(),
            agent: None,
            workdir: world.folder.path().to_owned(),
            deadline: Instant::now() + Duration::from_secs(60),
            load: dsl::LoadOptions { memory: 512 << 20, ..dsl::LoadOptions::default() },
            cancel: Default::default(),
        };
        let outcome = dsl::run(job, world).await;
        assert_eq!(outcome.status, Status::Succeeded, "{name}: {:?}", outcome.message);
    }
}

#[test]
fn every_lua_file_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.filter(|name| name.ends_with(".lua")).collect();
    files.sort();
    let listed = [
        "arguments.lua",
        "data.lua",
        "event.lua",
        "exec.lua",
        "fs.lua",
        "log.lua",
        "prelude.lua",
        "results.lua",
        "state.lua",
    ];
    assert_eq!(files, listed);
}

/// How each change is called so that it has something to do.
fn example(function: &str) -> Option<&'static str> {
    Some(match function {
        "fs.write" => "return fs.write('w', 'x', { mode = '0600' })",
        "fs.mkdir" => "return fs.mkdir('a/b', '0700')",
        "fs.rm" => "exec.run('touch r') return function() return fs.rm('r') end",
        "fs.rmr" => {
            "exec.run('mkdir -p t/u && touch t/u/v') return function() return fs.rmr('t') end"
        }
        "fs.copy" => "exec.run('echo x >s') return function() return fs.copy('s', 'd') end",
        "fs.move" => "exec.run('echo x >m') return function() return fs.move('m', 'n') end",
        "state.set" => "return state.set('k', { 1, 2, { a = true } })",
        "state.delete" => "state.set('gone', 1) return function() return state.delete('gone') end",
        "state.unlock" => "state.lock('l') return function() return state.unlock('l') end",
        _ => return None,
    })
}

/// Generated over the registry: whoever adds a change has to say how it is called.
#[tokio::test]
async fn a_second_identical_change_changes_nothing() {
    let world = World::new();
    let lua = state(Phase::Task, Some(&world));
    for module in registry::modules() {
        for function in module.functions {
            if function.class != (Class::Change { idempotent: true }) {
                continue;
            }
            let name = format!("{}.{}", module.name, function.name);
            let code = example(&name).unwrap_or_else(|| panic!("no example of {name}"));
            let made: Value = lua.load(format!("return (function() {code} end)")).eval().unwrap();
            let made = made.as_function().unwrap().clone();
            let mut changed = Vec::new();
            let mut call = made.clone();
            while changed.len() < 2 {
                match call.call_async::<MultiValue>(()).await.unwrap().pop_front() {
                    Some(Value::Function(inner)) => call = inner,
                    Some(Value::Table(result)) => {
                        changed.push(result.get::<bool>("changed").unwrap())
                    }
                    other => panic!("{name} returned {other:?}"),
                }
            }
            assert_eq!(changed, [true, false], "{name}");
        }
    }
}

/// The names a script could call, aliases included.
fn names()
-> impl Iterator<Item = (&'static registry::Module, &'static registry::function::Function, &'static str)>
{
    registry::modules().iter().flat_map(|module| {
        module.functions.iter().flat_map(move |function| {
            function
                .aliases
                .iter()
                .chain([&function.name])
                .map(move |name| (module, function, *name))
        })
    })
}

#[test]
fn what_observes_the_world_is_refused_at_load() {
    let lua = state(Phase::Load, None);
    for (module, function, name) in names() {
        let call = format!("return pcall({}.{name})", module.name);
        let (_, error): (bool, Value) = pollster(&lua, &call);
        let refused = error.to_string().unwrap().contains("observes the world at load");
        let pure = matches!(
            function.work,
            registry::function::Work::Pure(_) | registry::function::Work::Fixed(_)
        );
        assert_eq!(refused, !pure, "{}.{name}: {}", module.name, error.to_string().unwrap());
    }
    lua.load(
        "assert(data.parse_json('[1]')[1] == 1 and fs.join('a', 'b') == 'a/b' and state.ns('x'))",
    )
    .exec()
    .unwrap();
}

fn pollster(lua: &Lua, code: &str) -> (bool, Value) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(lua.load(code).eval_async()).unwrap()
}

#[test]
fn the_registry_is_consistent() {
    for module in registry::modules() {
        let mut seen = std::collections::BTreeSet::new();
        let constants = module.constants.iter().map(|(name, _)| *name);
        let own = module
            .functions
            .iter()
            .flat_map(|function| function.aliases.iter().chain([&function.name]))
            .copied();
        for name in own.chain(module.later.iter().copied()).chain(constants) {
            assert!(seen.insert(name), "{}.{name} is there twice", module.name);
        }
        assert!(!registry::LATER_MODULES.contains(&module.name));
        assert!(
            !module.doc.is_empty()
                && module.call.is_none_or(|name| module.function(name).is_some())
        );
        for function in module.functions {
            let places = function.parameters.iter().map(|parameter| parameter.positional);
            assert!(
                places.is_sorted_by(|left, right| left >= right),
                "{}: places come first",
                function.name
            );
            assert!(
                function.doc.ends_with('.') && !function.returns.is_empty(),
                "{}",
                function.name
            );
        }
    }
}
