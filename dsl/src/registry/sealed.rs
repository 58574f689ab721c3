use mlua::{Error, Function, Lua, Result, Table, Value};

/// A view of `table` that scripts can read and iterate and cannot change.
pub fn sealed(lua: &Lua, name: &'static str, table: Table) -> Result<Table> {
    let metatable = locked(lua, name)?;
    metatable.raw_set("__index", &table)?;
    let next = lua.globals().get::<Function>("next")?;
    let pairs = lua.create_function(move |_, _: Table| Ok((next.clone(), table.clone())))?;
    metatable.raw_set("__pairs", pairs)?;
    let view = lua.create_table()?;
    view.set_metatable(Some(metatable))?;
    Ok(view)
}

/// A metatable that refuses assignments and hides itself.
pub fn locked(lua: &Lua, name: &'static str) -> Result<Table> {
    let refuse = lua.create_function(move |_, (_, key): (Table, Value)| -> Result<()> {
        let key = key.to_string()?;
        Err(Error::runtime(format!(
            "`{name}` cannot be changed: keep `{key}` in a table of your own"
        )))
    })?;
    let metatable = lua.create_table()?;
    metatable.raw_set("__newindex", refuse)?;
    metatable.raw_set("__metatable", false)?;
    metatable.raw_set("__name", name)?;
    Ok(metatable)
}
