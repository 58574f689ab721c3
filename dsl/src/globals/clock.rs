//! What is left of `os`: the clock and the environment, both through the host.

use std::time::Instant;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Datelike, Local, NaiveDate, TimeZone, Timelike, Utc};
use mlua::{FromLuaMulti, IntoLuaMulti, Lua, MultiValue, Table, Value};

use crate::context::Context;
use crate::journal;
use crate::registry::function::Capability;

/// Names of Lua's own `os` that are refused.
const LATER: [(&str, &str); 8] = [
    ("execute", "use `exec.run`"),
    ("exit", "return false from the command"),
    ("remove", "use `fs`"),
    ("rename", "use `fs`"),
    ("tmpname", "use `fs`"),
    ("setlocale", ""),
    ("difftime", "subtract the times"),
    ("setenv", "use the task's `env`"),
];

pub fn table(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    lua.set_app_data(Started(Instant::now()));
    observing(lua, &table, "clock", |lua, ()| Ok(elapsed(lua)))?;
    observing(lua, &table, "time", time)?;
    observing(lua, &table, "date", date)?;
    observing(lua, &table, "getenv", getenv)?;
    let meta = lua.create_table()?;
    meta.raw_set("__index", lua.create_function(|_, (_, name): (Value, Value)| refuse(&name))?)?;
    meta.raw_set("__metatable", false)?;
    table.set_metatable(Some(meta))?;
    Ok(table)
}

fn refuse(name: &Value) -> mlua::Result<Value> {
    let name = name.to_string()?;
    let message = match LATER.iter().find(|(later, _)| *later == name) {
        Some((_, "")) => format!("`os.{name}` is not there yet"),
        Some((_, instead)) => format!("`os.{name}` is not there yet: {instead}"),
        None => format!("`os` has no function `{name}`"),
    };
    Err(mlua::Error::runtime(message))
}

/// When the state began to work; `os.clock` counts from there.
struct Started(Instant);

fn elapsed(lua: &Lua) -> f64 {
    lua.app_data_ref::<Started>().map_or(0.0, |started| started.0.elapsed().as_secs_f64())
}

/// A function of `os` whose answers a load records.
fn observing<A: FromLuaMulti + 'static, R: IntoLuaMulti + 'static>(
    lua: &Lua,
    table: &Table,
    name: &'static str,
    work: fn(&Lua, A) -> mlua::Result<R>,
) -> mlua::Result<()> {
    let call = format!("os.{name}");
    let function = lua.create_function(move |lua, values: MultiValue| {
        let asked = values.clone();
        journal::observe(lua, &call, &asked, || {
            work(lua, A::from_lua_multi(values, lua)?)?.into_lua_multi(lua)
        })
    })?;
    table.raw_set(name, function)
}

fn getenv(lua: &Lua, name: String) -> mlua::Result<Option<String>> {
    let context = Context::of(lua)?;
    context.permit_this(Capability::Env, &name)?;
    Ok(context.world("os.getenv")?.variable(&name))
}

/// Seconds since 1970: now, or of a table in local time.
fn time(lua: &Lua, given: Option<Table>) -> mlua::Result<i64> {
    match given {
        Some(table) => of_table(&table),
        None => Ok(now(lua, "os.time")?.timestamp()),
    }
}

fn now(lua: &Lua, what: &str) -> mlua::Result<DateTime<Utc>> {
    Ok(DateTime::<Utc>::from(Context::of(lua)?.world(what)?.now()))
}

fn of_table(table: &Table) -> mlua::Result<i64> {
    let field = |name: &str, default: Option<i64>| {
        let value = table.get::<Option<i64>>(name)?.or(default);
        value.ok_or_else(|| mlua::Error::runtime(format!("field '{name}' missing in date table")))
    };
    let beyond = || mlua::Error::runtime("the date is out of bounds");
    let (year, month) = (field("year", None)?, field("month", None)? - 1);
    let year = year.checked_add(month.div_euclid(12)).and_then(|year| i32::try_from(year).ok());
    let first = year
        .and_then(|year| NaiveDate::from_ymd_opt(year, month.rem_euclid(12) as u32 + 1, 1))
        .and_then(|date| date.and_hms_opt(0, 0, 0))
        .ok_or_else(beyond)?;
    let mut moment = first;
    for (name, default, seconds) in [
        ("day", None, 86_400),
        ("hour", Some(12), 3_600),
        ("min", Some(0), 60),
        ("sec", Some(0), 1),
    ] {
        let count = field(name, default)? - i64::from(name == "day");
        let span = count
            .checked_mul(seconds)
            .and_then(chrono::TimeDelta::try_seconds)
            .ok_or_else(beyond)?;
        moment = moment.checked_add_signed(span).ok_or_else(beyond)?;
    }
    let local = Local.from_local_datetime(&moment);
    Ok(local
        .earliest()
        .or_else(|| local.latest())
        .map_or(moment.and_utc().timestamp(), |time| time.timestamp()))
}

/// `os.date([format[, time]])`; a leading `!` means UTC, `*t` a table.
fn date(lua: &Lua, (format, at): (Option<String>, Option<i64>)) -> mlua::Result<Value> {
    let time = match at {
        Some(seconds) => DateTime::from_timestamp(seconds, 0)
            .ok_or_else(|| mlua::Error::runtime("the time is out of bounds"))?,
        None => now(lua, "os.date")?,
    };
    let format = format.unwrap_or_else(|| "%c".into());
    match format.strip_prefix('!') {
        Some(format) => show(lua, format, &time),
        None => show(lua, &format, &time.with_timezone(&Local)),
    }
}

fn show<Z: TimeZone<Offset: std::fmt::Display>>(
    lua: &Lua,
    format: &str,
    time: &DateTime<Z>,
) -> mlua::Result<Value> {
    if format.starts_with("*t") {
        return Ok(Value::Table(parts(lua, time)?));
    }
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    if items.contains(&Item::Error) {
        let message = format!("bad argument #1 to 'date' (invalid conversion in {format:?})");
        return Err(mlua::Error::runtime(message));
    }
    Ok(Value::String(lua.create_string(time.format_with_items(items.into_iter()).to_string())?))
}

fn parts<Z: TimeZone>(lua: &Lua, time: &DateTime<Z>) -> mlua::Result<Table> {
    let numbers = [
        ("year", i64::from(time.year())),
        ("month", i64::from(time.month())),
        ("day", i64::from(time.day())),
        ("hour", i64::from(time.hour())),
        ("min", i64::from(time.minute())),
        ("sec", i64::from(time.second())),
        ("wday", i64::from(time.weekday().num_days_from_sunday()) + 1),
        ("yday", i64::from(time.ordinal())),
    ];
    let table = lua.create_table_from(numbers)?;
    table.raw_set("isdst", false)?;
    Ok(table)
}
