//! `math.random`: a load is given one recorded seed, so that it draws the same numbers wherever it is repeated.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Result, Table};

use crate::context::{Context, Phase};
use crate::journal;

/// Puts both functions in their place.
pub fn install(lua: &Lua, math: &Table) -> Result<()> {
    let (draw, seed): (Function, Function) = (math.raw_get("random")?, math.raw_get("randomseed")?);
    let seeded = Arc::new(AtomicBool::new(false));
    let (sow, sown) = (seed.clone(), seeded.clone());
    math.raw_set(
        "random",
        lua.create_function(move |lua, arguments: MultiValue| {
            if Context::of(lua)?.phase == Phase::Load && !sown.swap(true, Ordering::Relaxed) {
                sow.call::<MultiValue>(recorded(lua, "math.random")?)?;
            }
            draw.call::<MultiValue>(arguments)
        })?,
    )?;
    math.raw_set(
        "randomseed",
        lua.create_function(move |lua, arguments: MultiValue| {
            seeded.store(true, Ordering::Relaxed);
            let none = arguments.is_empty() && Context::of(lua)?.phase == Phase::Load;
            seed.call::<MultiValue>(if none {
                recorded(lua, "math.randomseed")?
            } else {
                arguments
            })
        })?,
    )
}

/// What a load drew must not be what every attempt draws next.
pub fn end_of_load(lua: &Lua) -> Result<()> {
    let math: Table = lua.globals().raw_get("math")?;
    math.raw_get::<Function>("randomseed")?.call(fresh())
}

fn recorded(lua: &Lua, call: &str) -> Result<MultiValue> {
    journal::observe(lua, call, &MultiValue::new(), || fresh().into_lua_multi(lua))
}

/// Two numbers nobody can guess: every `RandomState` has keys of its own.
fn fresh() -> (i64, i64) {
    let number = || RandomState::new().build_hasher().finish() as i64;
    (number(), number())
}
