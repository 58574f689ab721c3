//! Every file of `tests/modules` is run in a Lua state with the modules and a world of its own: an in-memory store,
//! real files in a folder of its own, real processes.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

#[path = "modules/host.rs"]
mod host;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dsl::context::{Context, Phase};
use dsl::registry::{
    self,
    function::{Class, Effect},
};
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
        check: false,
        policy: Default::default(),
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

/// Files that need what only an attempt has.
const INSIDE: &[&str] = &["goroutine.lua"];
/// Files that look at what the world was told, which only these tests can.
const OUTSIDE: &[&str] = &["event.lua", "log.lua"];

macro_rules! files {
    ($($name:ident => $file:literal),* $(,)?) => {
        /// Files that run in a bare state.
        const FILES: &[&str] = &[$($file),*];

        $(
            #[tokio::test]
            async fn $name() {
                run($file, &World::new()).await;
            }
        )*
    };
}

files! {
    arguments => "arguments.lua",
    results => "results.lua",
    log => "log.lua",
    exec => "exec.lua",
    fs_module => "fs.lua",
    file_ops => "file_ops.lua",
    data => "data.lua",
    state_module => "state.lua",
    event => "event.lua",
    secrets => "secrets.lua",
}

/// The same inside a task of a workflow file, with all that the runtime puts around a function.
#[tokio::test]
async fn the_files_pass_inside_an_attempt() {
    let both = FILES.iter().filter(|name| !OUTSIDE.contains(name));
    for name in both.chain(INSIDE).copied() {
        let world = World::new();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules").join(name);
        let body = format!("{PRELUDE}\n{}", fs::read_to_string(file).unwrap());
        let job = Job {
            check: false,
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
    let mut listed: Vec<&str> =
        FILES.iter().chain(INSIDE).copied().chain(["prelude.lua"]).collect();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

/// Everything a call could have changed, as text.
fn snapshot(world: &World) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![world.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let (mode, owner) = (metadata.mode(), (metadata.uid(), metadata.gid()));
            let held = fs::read_link(&path).map(|target| format!("{target:?}"));
            let held = held.or_else(|_| fs::read(&path).map(|bytes| format!("{bytes:?}")));
            lines.push(format!(
                "{} {mode:o} {owner:?} {}",
                path.display(),
                held.unwrap_or_default()
            ));
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    lines.sort();
    format!("{lines:#?}\n{}\n{:?}", world.stored(), world.events.lock().unwrap())
}

/// Generated over the registry: whoever adds a function that changes something says in `changes.lua` how it is called.
/// In check mode it changes nothing and says what it would; then it does; a second time it finds nothing to do.
#[tokio::test]
async fn every_change_is_checked_done_and_done_once() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/changes.lua");
    let text = fs::read_to_string(file).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for module in registry::modules() {
        for function in module.functions.iter().filter(|function| function.effect().changes()) {
            let name = format!("{}.{}", module.name, function.name);
            if let Some(case) = Case::new(&text, &name).await {
                case.run(function.class).await;
            }
            names.insert(name);
        }
    }
    let lua = state(Phase::Task, None);
    let cases: mlua::Table = lua.load(text).eval().unwrap();
    let cases = cases.pairs::<String, Value>().map(|pair| pair.unwrap().0);
    assert_eq!(cases.collect::<std::collections::BTreeSet<_>>(), names);
}

struct Case {
    name: String,
    world: Arc<World>,
    lua: Lua,
    call: mlua::Function,
}

impl Case {
    async fn new(cases: &str, name: &str) -> Option<Case> {
        let world = World::new();
        let lua = state(Phase::Task, Some(&world));
        let cases: mlua::Table = lua.load(cases).eval().unwrap();
        let case: Option<mlua::Table> = cases.get(name).unwrap();
        let case = case.unwrap_or_else(|| panic!("add a case of {name} to tests/changes.lua"));
        if let Some(possible) = case.get::<Option<mlua::Function>>("possible").unwrap()
            && !possible.call_async::<bool>(()).await.unwrap()
        {
            return None;
        }
        if let Some(ready) = case.get::<Option<mlua::Function>>("ready").unwrap() {
            ready.call_async::<()>(()).await.unwrap();
        }
        Some(Case { name: name.to_owned(), world, lua, call: case.get("call").unwrap() })
    }

    async fn call(&self, check: bool) -> MultiValue {
        let called = self.call.call_async(check.then_some(true)).await;
        called.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    fn set_check(&self, check: bool) {
        let context = self.lua.app_data_ref::<Context>().unwrap().clone();
        self.lua.set_app_data(Context { check, ..context });
    }

    async fn run(&self, class: Class) {
        let Case { name, world, .. } = self;
        let before = snapshot(world);
        let asked = self.call(true).await;
        self.set_check(true);
        let run = self.call(false).await;
        self.set_check(false);
        assert_eq!(snapshot(world), before, "{name} in check mode");
        let done = self.call(false).await;
        assert_ne!(snapshot(world), before, "{name}");
        let Class::Change { idempotent } = class else { return };
        for values in [asked, run] {
            let result = result(name, &values);
            assert!(flag(&result, "ok") && flag(&result, "check") && flag(&result, "changed"));
            let message: String = result.get("message").unwrap();
            assert!(message.contains(" would be "), "{name}: {message}");
        }
        assert!(flag(&result(name, &done), "changed"), "{name}");
        let again = self.call(false).await;
        assert_eq!(flag(&result(name, &again), "changed"), !idempotent, "{name} again");
    }
}

fn result(name: &str, values: &MultiValue) -> mlua::Table {
    let first = values.front().and_then(Value::as_table);
    first.unwrap_or_else(|| panic!("{name} returned {values:?}")).clone()
}

fn flag(result: &mlua::Table, name: &str) -> bool {
    result.get(name).unwrap()
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
        let refused =
            error.to_string().unwrap().contains("cannot be used while the file is loaded");
        let pure = matches!(function.effect(), Effect::Computes | Effect::Tells);
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
            let full = format!("{}.{}", module.name, function.name);
            let example = function.example;
            assert!(example.contains(&full), "{full} has no example: {example}");
            Lua::new().load(example).into_function().unwrap_or_else(|e| panic!("{full}: {e}"));
        }
    }
}
