//! Values between Lua and JSON, within bounds: integers, lists and nulls are kept, keys come in order.

use std::ffi::c_void;

use mlua::{Lua, LuaSerdeExt, Table, Value};
use serde_json::{Map, Number, Value as Json};

/// Whole numbers up to here are exact as floats.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Warnings beyond this many say nothing new.
const WARNINGS_MAX: usize = 10;

/// How much of a Lua value becomes JSON.
struct Limits {
    /// Tables within tables.
    depth: usize,
    /// Keys and elements of all tables together.
    nodes: usize,
    /// Bytes of all texts and keys together.
    bytes: usize,
}

/// What is handed to a function stays in this process.
const GIVEN: Limits = Limits { depth: 100, nodes: 500_000, bytes: 32 << 20 };
/// What leaves a task is agreed by a cluster.
const LEAVING: Limits = Limits { depth: 32, nodes: 50_000, bytes: 1 << 20 };

/// What becomes of null within tables, which cannot hold `nil`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Null {
    /// The value `data.null`.
    Kept,
    Absent,
}

/// JSON as Lua sees it; within tables null is `data.null`, so that nothing is lost on the way back.
pub fn to_lua(lua: &Lua, json: &Json) -> mlua::Result<Value> {
    match json {
        Json::Null => Ok(Value::Nil),
        other => inner(lua, other, Null::Kept),
    }
}

/// An object as a table; null is `nil`.
pub fn map_to_lua(lua: &Lua, map: &Map<String, Json>) -> mlua::Result<Table> {
    map_inner(lua, map, Null::Absent)
}

fn inner(lua: &Lua, json: &Json, null: Null) -> mlua::Result<Value> {
    match json {
        Json::Null if null == Null::Kept => Ok(Value::NULL),
        Json::Null => Ok(Value::Nil),
        Json::Bool(value) => Ok(Value::Boolean(*value)),
        Json::Number(number) => Ok(number_to_lua(number)),
        Json::String(text) => lua.create_string(text).map(Value::String),
        Json::Array(list) => list_to_lua(lua, list, null).map(Value::Table),
        Json::Object(map) => map_inner(lua, map, null).map(Value::Table),
    }
}

fn map_inner(lua: &Lua, map: &Map<String, Json>, null: Null) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(0, map.len())?;
    for (key, value) in map {
        table.raw_set(key.as_str(), inner(lua, value, null)?)?;
    }
    Ok(table)
}

fn list_to_lua(lua: &Lua, list: &[Json], null: Null) -> mlua::Result<Table> {
    let table = lua.create_table_with_capacity(list.len(), 0)?;
    for (index, value) in list.iter().enumerate() {
        table.raw_set(index + 1, inner(lua, value, null)?)?;
    }
    if list.is_empty() {
        // Otherwise an empty list would come back as an empty object.
        table.set_metatable(Some(lua.array_metatable()))?;
    }
    Ok(table)
}

fn number_to_lua(number: &Number) -> Value {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => Value::Integer(whole),
        (None, Some(float)) if is_whole(float) => Value::Integer(float as i64),
        (None, float) => Value::Number(float.unwrap_or(f64::NAN)),
    }
}

fn is_whole(float: f64) -> bool {
    float.fract() == 0.0 && float.abs() < EXACT_MAX
}

/// A Lua value as JSON, or what about it cannot be one.
pub fn to_json(value: &Value) -> Result<Json, String> {
    let mut walk = Walk::new(&GIVEN, None);
    let json = walk.value(value).map_err(|fault| fault.given())?;
    Ok(json.unwrap_or(Json::Null))
}

/// A Lua value as JSON that leaves the task: what cannot is dropped and told in `warnings`.
pub fn to_leave(value: &Value, name: &str, warnings: &mut Vec<String>) -> Result<Json, String> {
    let mut walk = Walk::new(&LEAVING, Some(Drops { path: vec![name.into()], warnings }));
    let json = walk.value(value).map_err(|fault| fault.leaving(name))?;
    Ok(json.unwrap_or(Json::Null))
}

/// Why a value is no JSON.
enum Fault {
    /// The table at this path contains itself.
    Itself(String),
    Deep(usize),
    Nodes(usize),
    Bytes(usize),
    /// Only where nothing may be dropped.
    Unfit(String),
}

impl Fault {
    fn given(self) -> String {
        match self {
            Fault::Itself(_) => "a table that contains itself".into(),
            Fault::Deep(most) => format!("tables nested more than {most} deep"),
            Fault::Nodes(most) => format!("more than {most} values"),
            Fault::Bytes(most) => format!("more than {most} bytes"),
            Fault::Unfit(what) => what,
        }
    }

    fn leaving(self, name: &str) -> String {
        match self {
            Fault::Itself(path) => format!("{path} contains itself"),
            Fault::Deep(most) => format!("{name} is nested more than {most} tables deep"),
            Fault::Nodes(most) => format!("{name} holds more than {most} values"),
            Fault::Bytes(most) => format!("{name} holds more than {most} bytes"),
            Fault::Unfit(what) => format!("{name} holds {what}"),
        }
    }
}

impl From<mlua::Error> for Fault {
    fn from(error: mlua::Error) -> Self {
        Fault::Unfit(error.to_string())
    }
}

/// Where dropped values are told.
struct Drops<'a> {
    path: Vec<String>,
    warnings: &'a mut Vec<String>,
}

/// One conversion under way.
struct Walk<'a> {
    limits: &'static Limits,
    drops: Option<Drops<'a>>,
    /// The tables this one is inside of.
    above: Vec<*const c_void>,
    nodes: usize,
    bytes: usize,
}

impl<'a> Walk<'a> {
    fn new(limits: &'static Limits, drops: Option<Drops<'a>>) -> Self {
        Walk { limits, drops, above: Vec::new(), nodes: 0, bytes: 0 }
    }

    /// Nothing when it was dropped.
    fn value(&mut self, value: &Value) -> Result<Option<Json>, Fault> {
        match value {
            Value::Nil => Ok(Some(Json::Null)),
            null if null.is_null() => Ok(Some(Json::Null)),
            Value::Boolean(value) => Ok(Some(Json::Bool(*value))),
            Value::Integer(value) => Ok(Some(Json::from(*value))),
            Value::Number(value) => self.number(*value),
            Value::String(text) => self.text(text).map(Json::String).map(Some),
            Value::Table(table) => self.table(table).map(Some),
            other => self.dropped(format!("a {}", other.type_name())),
        }
    }

    fn number(&mut self, value: f64) -> Result<Option<Json>, Fault> {
        match Number::from_f64(value) {
            _ if is_whole(value) => Ok(Some(Json::from(value as i64))),
            Some(number) => Ok(Some(Json::Number(number))),
            None => self.dropped(format!("the number {value}")),
        }
    }

    fn text(&mut self, text: &mlua::LuaString) -> Result<String, Fault> {
        self.bytes += text.as_bytes().len();
        if self.bytes > self.limits.bytes {
            return Err(Fault::Bytes(self.limits.bytes));
        }
        match (text.to_str(), &self.drops) {
            (Ok(text), _) => Ok(text.to_owned()),
            (Err(_), Some(_)) => Ok(text.to_string_lossy()),
            (Err(_), None) => Err(Fault::Unfit("text that is not UTF-8".into())),
        }
    }

    fn table(&mut self, table: &Table) -> Result<Json, Fault> {
        let pointer = table.to_pointer();
        if self.above.contains(&pointer) {
            return Err(Fault::Itself(self.path()));
        }
        if self.above.len() == self.limits.depth {
            return Err(Fault::Deep(self.limits.depth));
        }
        self.above.push(pointer);
        let json = match length(table, self.limits.nodes)? {
            Some(length) => self.list(table, length),
            None => self.map(table),
        };
        self.above.pop();
        json
    }

    fn list(&mut self, table: &Table, length: usize) -> Result<Json, Fault> {
        let mut list = Vec::new();
        for index in 1..=length {
            self.count()?;
            let value: Value = table.raw_get(index)?;
            let json = self.below(|| index.to_string(), |walk| walk.value(&value))?;
            list.extend(json);
        }
        Ok(Json::Array(list))
    }

    fn map(&mut self, table: &Table) -> Result<Json, Fault> {
        let mut entries = Vec::new();
        for pair in table.pairs::<Value, Value>() {
            self.count()?;
            let (key, value) = pair?;
            match self.key(&key)? {
                Some(key) => entries.push((key, value)),
                None => drop(self.dropped(format!("a {} as key", key.type_name()))?),
            }
        }
        // A table has no order that would be the same everywhere.
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut map = Map::new();
        for (key, value) in entries {
            if let Some(json) = self.below(|| key.clone(), |walk| walk.value(&value))? {
                map.insert(key, json);
            }
        }
        Ok(Json::Object(map))
    }

    fn key(&mut self, key: &Value) -> Result<Option<String>, Fault> {
        match key {
            Value::String(text) => self.text(text).map(Some),
            Value::Integer(number) => Ok(Some(number.to_string())),
            Value::Number(number) => Ok(Some(number.to_string())),
            _ => Ok(None),
        }
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Fault::Nodes(self.limits.nodes));
        }
        Ok(())
    }

    fn below<T>(&mut self, key: impl Fn() -> String, visit: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(drops) = &mut self.drops {
            drops.path.push(key());
        }
        let result = visit(self);
        if let Some(drops) = &mut self.drops {
            drops.path.pop();
        }
        result
    }

    fn path(&self) -> String {
        self.drops.as_ref().map(|drops| drops.path.join(".")).unwrap_or_default()
    }

    fn dropped(&mut self, what: String) -> Result<Option<Json>, Fault> {
        let path = self.path();
        let Some(drops) = &mut self.drops else { return Err(Fault::Unfit(what)) };
        if drops.warnings.len() < WARNINGS_MAX {
            drops.warnings.push(format!("{path}: {what} cannot leave the task and was dropped"));
        }
        Ok(None)
    }
}

/// The length when the table is a list: whole keys from 1 on, with few holes. An empty table is one only if it came
/// from a list.
fn length(table: &Table, most: usize) -> Result<Option<usize>, Fault> {
    let (mut count, mut last) = (0usize, 0usize);
    for pair in table.pairs::<Value, Value>() {
        match pair?.0.as_integer().and_then(|key| usize::try_from(key).ok()) {
            Some(key) if key > 0 => last = last.max(key),
            _ => return Ok(None),
        }
        count += 1;
        if count > most {
            return Err(Fault::Nodes(most));
        }
    }
    match count {
        0 => Ok(marks_list(table).then_some(0)),
        _ => Ok((last <= 2 * count).then_some(last)),
    }
}

fn marks_list(table: &Table) -> bool {
    let lua = table.weak_lua().try_upgrade();
    match (table.metatable(), lua) {
        (Some(meta), Some(lua)) => meta == lua.array_metatable(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn there_and_back(json: &Json) -> Json {
        let lua = Lua::new();
        to_json(&to_lua(&lua, json).unwrap()).unwrap()
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
        assert_eq!(to_json(&value).unwrap(), json!({ "1": 1, "10": 3, "2": 2, "name": "x" }));
    }

    #[test]
    fn null_is_kept_within_tables_and_holes_are_null() {
        assert_eq!(there_and_back(&json!([null, 1, null])), json!([null, 1, null]));
        let lua = Lua::new();
        let holes: Value = lua.load("return { 1, nil, 3 }").eval().unwrap();
        assert_eq!(to_json(&holes).unwrap(), json!([1, null, 3]));
        let map = json!({ "a": null, "b": 1 });
        let table = map_to_lua(&lua, map.as_object().unwrap()).unwrap();
        assert_eq!(to_json(&Value::Table(table)).unwrap(), json!({ "b": 1 }));
    }

    #[test]
    fn what_cannot_leave_is_dropped_or_refused() {
        let lua = Lua::new();
        let value: Value =
            lua.load("return { a = print, b = 0/0, c = { [true] = 1, d = 2.0 } }").eval().unwrap();
        let mut warnings = Vec::new();
        assert_eq!(to_leave(&value, "output", &mut warnings).unwrap(), json!({ "c": { "d": 2 } }));
        warnings.sort();
        assert_eq!(warnings.len(), 3);
        assert!(warnings[0].starts_with("output.a: a function cannot leave the task"));
        assert!(to_json(&value).is_err());
    }

    fn any_json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
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
