//! What tasks add to the outputs of the run: `export{ … }`, and the global table `outputs`.

use std::sync::{Mutex, PoisonError};

use mlua::{Lua, Table, Value};
use serde_json::{Map, Value as Json};

use super::outcome::Outcome;
use super::scene::Scene;
use crate::context::{Context, Phase};
use crate::convert;

/// What has been exported so far, kept in the state's application data.
#[derive(Default)]
struct Exports(Mutex<Map<String, Json>>);

/// Sets `export`.
pub fn install(lua: &Lua) -> mlua::Result<()> {
    lua.set_app_data(Exports::default());
    lua.globals().raw_set("export", lua.create_function(export)?)
}

fn export(lua: &Lua, table: Table) -> mlua::Result<()> {
    if Context::of(lua)?.phase == Phase::Load {
        let message =
            "`export` belongs into a task; while the file is loaded, set the global `outputs`";
        return Err(mlua::Error::runtime(message));
    }
    let mut warnings = Vec::new();
    let json = convert::to_leave(&Value::Table(table), "export", &mut warnings);
    let json = json.map_err(mlua::Error::runtime)?;
    let (Json::Object(more), None) = (json, warnings.first()) else {
        let expected = "`export` expects a table of plain values by name";
        return Err(mlua::Error::runtime(match warnings.first() {
            Some(warning) => format!("{expected}: {warning}"),
            None => expected.into(),
        }));
    };
    if let Some(exports) = lua.app_data_ref::<Exports>() {
        exports.0.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
    }
    Ok(())
}

/// The outcome with what its step exported.
pub fn collect(scene: &Scene, outcome: Outcome) -> Outcome {
    let lua = scene.loaded.vm.lua();
    let mut exports = outputs(scene, lua);
    if let Some(told) = lua.app_data_ref::<Exports>() {
        exports.extend(std::mem::take(&mut *told.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
    Outcome { exports, ..outcome }
}

/// What the step made of the global table `outputs`; what loading left there is known already.
fn outputs(scene: &Scene, lua: &Lua) -> Map<String, Json> {
    let table = lua.globals().raw_get::<Value>("outputs").unwrap_or(Value::Nil);
    if !table.is_table() {
        return Map::new();
    }
    let Ok(Json::Object(mut outputs)) = convert::to_leave(&table, "outputs", &mut Vec::new())
    else {
        return Map::new();
    };
    outputs.retain(|name, value| scene.loaded.file.outputs.get(name) != Some(value));
    outputs
}
