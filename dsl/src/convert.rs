//! Values between Lua and JSON, within bounds.

use std::ffi::c_void;

use mlua::{IntoLua, Lua, Table, Value};
use serde_json::{Map, Value as Json};

/// Tables within tables.
const DEPTH_MAX: usize = 32;

/// Keys and elements of all tables together.
const NODES_MAX: usize = 50_000;

/// Bytes of all texts and keys together.
const BYTES_MAX: usize = 1 << 20;

/// Warnings beyond this many say nothing new.
const WARNINGS_MAX: usize = 10;

/// A JSON value as Lua sees it; null is nil.
pub fn to_lua(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    match json {
        Json::Null => Ok(Value::Nil),
        Json::Bool(value) => Ok(Value::Boolean(*value)),
        Json::Number(number) => number_to_lua(lua, number),
        Json::String(text) => Ok(Value::String(lua.create_string(text)?)),
        Json::Array(list) => list_to_lua(lua, list),
        Json::Object(map) => Ok(Value::Table(map_to_lua(lua, map)?)),
    }
}

/// An object as a table.
pub fn map_to_lua(lua: &Lua, map: &Map<String, Json>) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, map.len())?;
    for (key, value) in map {
        table.raw_set(key.as_str(), to_lua(lua, value)?)?;
    }
    Ok(table)
}

fn number_to_lua(lua: &Lua, number: &serde_json::Number) -> mlua::Result<Value> {
    match number.as_i64() {
        Some(integer) => Ok(Value::Integer(integer)),
        None => number.as_f64().into_lua(lua),
    }
}

fn list_to_lua(lua: &Lua, list: &[Json]) -> mlua::Result<Value> {
    let table = lua.create_table_with_capacity(list.len(), 0)?;
    for (index, value) in list.iter().enumerate() {
        table.raw_set(index + 1, to_lua(lua, value)?)?;
    }
    if list.is_empty() {
        // Otherwise an empty list would come back as an empty object.
        table.set_metatable(Some(mlua::LuaSerdeExt::array_metatable(lua)))?;
    }
    Ok(Value::Table(table))
}

/// A Lua value as JSON: what cannot leave the task is dropped and told in `warnings`.
pub fn to_json(value: &Value, name: &str, warnings: &mut Vec<String>) -> Result<Json, String> {
    let mut walk =
        Walk { path: vec![name.into()], above: Vec::new(), nodes: 0, bytes: 0, warnings };
    Ok(walk.value(value)?.unwrap_or(Json::Null))
}

/// One conversion under way.
struct Walk<'a> {
    path: Vec<String>,
    /// The tables this one is inside of.
    above: Vec<*const c_void>,
    nodes: usize,
    bytes: usize,
    warnings: &'a mut Vec<String>,
}

impl Walk<'_> {
    fn value(&mut self, value: &Value) -> Result<Option<Json>, String> {
        match value {
            Value::Nil => Ok(Some(Json::Null)),
            Value::Boolean(value) => Ok(Some(Json::Bool(*value))),
            Value::Integer(value) => Ok(Some(Json::from(*value))),
            Value::Number(value) => Ok(self.number(*value)),
            Value::String(text) => Ok(Some(Json::String(self.text(text)?))),
            Value::Table(table) => self.table(table).map(Some),
            Value::LightUserData(pointer) if pointer.0.is_null() => Ok(Some(Json::Null)),
            other => Ok(self.dropped(&format!("a {}", other.type_name()))),
        }
    }

    fn number(&mut self, value: f64) -> Option<Json> {
        match serde_json::Number::from_f64(value) {
            Some(number) => Some(Json::Number(number)),
            None => self.dropped(&format!("the number {value}")),
        }
    }

    fn text(&mut self, text: &mlua::LuaString) -> Result<String, String> {
        self.bytes += text.as_bytes().len();
        if self.bytes > BYTES_MAX {
            return Err(format!("{} holds more than {BYTES_MAX} bytes", self.path[0]));
        }
        Ok(text.to_string_lossy())
    }

    fn table(&mut self, table: &Table) -> Result<Json, String> {
        let pointer = table.to_pointer();
        if self.above.contains(&pointer) {
            return Err(format!("{} contains itself", self.path()));
        }
        if self.above.len() == DEPTH_MAX {
            return Err(format!("{} is nested more than {DEPTH_MAX} tables deep", self.path[0]));
        }
        self.above.push(pointer);
        let json = if is_list(table) { self.list(table) } else { self.map(table) };
        self.above.pop();
        json
    }

    fn list(&mut self, table: &Table) -> Result<Json, String> {
        let mut list = Vec::new();
        for index in 1..=table.raw_len() {
            self.count()?;
            let value: Value = table.raw_get(index).map_err(|error| error.to_string())?;
            let json = self.below(index.to_string(), |walk| walk.value(&value))?;
            list.extend(json);
        }
        Ok(Json::Array(list))
    }

    fn map(&mut self, table: &Table) -> Result<Json, String> {
        let mut entries = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            self.count()?;
            let (key, value) = pair.map_err(|error| error.to_string())?;
            match self.key(&key)? {
                Some(key) => entries.push((key, value)),
                None => drop(self.dropped(&format!("a {} as key", key.type_name()))),
            }
        }
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut map = Map::new();
        for (key, value) in entries {
            if let Some(json) = self.below(key.clone(), |walk| walk.value(&value))? {
                map.insert(key, json);
            }
        }
        Ok(Json::Object(map))
    }

    fn key(&mut self, key: &Value) -> Result<Option<String>, String> {
        match key {
            Value::String(text) => self.text(text).map(Some),
            Value::Integer(number) => Ok(Some(number.to_string())),
            Value::Number(number) => Ok(Some(number.to_string())),
            _ => Ok(None),
        }
    }

    fn count(&mut self) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(format!("{} holds more than {NODES_MAX} values", self.path[0]));
        }
        Ok(())
    }

    fn below<T>(&mut self, key: String, visit: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(key);
        let result = visit(self);
        self.path.pop();
        result
    }

    fn path(&self) -> String {
        self.path.join(".")
    }

    fn dropped(&mut self, what: &str) -> Option<Json> {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings
                .push(format!("{}: {what} cannot leave the task and was dropped", self.path()));
        }
        None
    }
}

/// Whether the keys are exactly 1 to n; an empty table is one only if it came from a list.
fn is_list(table: &Table) -> bool {
    match table.raw_len() {
        0 => table.metatable().is_some_and(|meta| marks_list(table, &meta)) && table.is_empty(),
        length if length > NODES_MAX => true,
        length => table.pairs::<Value, Value>().take(length + 1).count() == length
            && table.pairs::<Value, Value>().take(length).all(|pair| {
                matches!(pair, Ok((Value::Integer(key), _)) if key >= 1 && key as usize <= length)
            }),
    }
}

fn marks_list(table: &Table, meta: &Table) -> bool {
    table
        .weak_lua()
        .try_upgrade()
        .is_some_and(|lua| mlua::LuaSerdeExt::array_metatable(&lua) == *meta)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn there_and_back(json: &Json) -> Json {
        let lua = Lua::new();
        to_json(&to_lua(&lua, json).unwrap(), "value", &mut Vec::new()).unwrap()
    }

    #[test]
    fn lists_stay_lists_also_when_empty() {
        let json = json!({ "empty": [], "list": [1, 2, "x"], "map": { "1": 2 }, "none": {} });
        assert_eq!(there_and_back(&json), json);
    }

    #[test]
    fn numbers_keep_their_kind() {
        assert_eq!(
            there_and_back(&json!([1, 1.5, -3, 9007199254740993i64])).to_string(),
            "[1,1.5,-3,9007199254740993]"
        );
    }

    #[test]
    fn mixed_keys_make_an_object() {
        let lua = Lua::new();
        let value: Value = lua.load("return { 1, 2, name = 'x', [10] = 3 }").eval().unwrap();
        assert_eq!(
            to_json(&value, "value", &mut Vec::new()).unwrap(),
            json!({ "1": 1, "10": 3, "2": 2, "name": "x" })
        );
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            "[a-z ]{0,8}".prop_map(Json::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..6)
                    .prop_map(|map| Json::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(json in any_json()) {
            prop_assert_eq!(there_and_back(&json), json);
        }
    }
}
