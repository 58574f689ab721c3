//! A task's functions, and what each is called with.

use std::collections::BTreeMap;

use mlua::{Function, IntoLuaMulti, MultiValue, Table};
use serde_json::Value as Json;

use super::job::Attempt;
use super::outcome::Outcome;
use super::results::{self, object};
use super::scene::Scene;
use super::this;
use crate::convert;
use crate::declare::Draft;
use crate::field::Slot;
use crate::model::{Task, Workflow};

pub struct Functions<'a> {
    scene: &'a Scene,
    draft: &'a Draft,
    this: Table,
    params: Table,
}

/// What comes after `this` and `params`.
pub enum Third<'a> {
    /// The outputs of dependencies by task.
    Dependencies(&'a BTreeMap<String, Json>),
    Output(&'a Json),
    Failure(&'a Attempt, &'a Outcome),
}

impl<'a> Functions<'a> {
    pub fn new(
        scene: &'a Scene,
        workflow: &Workflow,
        task: &Task,
        draft: &'a Draft,
        attempt: &Attempt,
    ) -> mlua::Result<Self> {
        let params = scene.params(workflow, task)?;
        let this = this::table(&scene.loaded.vm, &scene.job, attempt, &params)?;
        Ok(Functions { scene, draft, this, params })
    }

    pub fn scene(&self) -> &Scene {
        self.scene
    }

    /// Calls the function in this slot, if there is one.
    pub async fn call(&self, slot: Slot, third: Third<'_>) -> Result<Option<MultiValue>, Outcome> {
        let Some(id) = self.draft.function(slot) else { return Ok(None) };
        let third = self.third(third).map_err(|error| Outcome::failed(error.to_string()))?;
        let called = self.scene.call(id, |function| self.bind(function, &third)).await;
        called.map(Some).map_err(|failure| self.scene.failed(&failure))
    }

    /// The arguments a function wants: by the name of its first parameter.
    fn bind(&self, function: &Function, third: &Table) -> MultiValue {
        let lua = self.scene.loaded.vm.lua();
        let bound = match self.scene.loaded.vm.first_parameter(function).as_deref() {
            Some("params") => (&self.params, third).into_lua_multi(lua),
            _ => (&self.this, &self.params, third).into_lua_multi(lua),
        };
        bound.unwrap_or_default()
    }

    fn third(&self, third: Third<'_>) -> mlua::Result<Table> {
        let lua = self.scene.loaded.vm.lua();
        match third {
            Third::Output(output) => convert::map_to_lua(lua, object(output)),
            Third::Failure(attempt, outcome) => results::failure(lua, attempt, outcome),
            Third::Dependencies(outputs) => {
                let deps = lua.create_table()?;
                for (name, output) in outputs {
                    deps.raw_set(name.as_str(), convert::map_to_lua(lua, object(output))?)?;
                }
                Ok(deps)
            }
        }
    }
}
