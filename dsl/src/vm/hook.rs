//! The one place that talks to Lua's C interface: a count hook of our own.
//!
//! mlua's hook cleans the interrupted frame before it raises an error, which runs `__close` handlers of the script while
//! hooks are switched off: an endless one could never be ended. This hook raises first.
#![allow(unsafe_code, reason = "Lua's hooks have no safe interface with the properties above")]

use std::ffi::{CStr, c_int, c_void};

use mlua::Lua;
use mlua::ffi::{self, lua_Debug, lua_State};

use super::brake::Inner;

/// What the hook is to do.
pub enum Verdict {
    Continue,
    /// Suspend the coroutine, if it can be.
    Yield,
    /// Raise this text, again and again.
    Stop(&'static CStr),
}

/// Its address is the key of the brake in the registry.
static KEY: u8 = 0;

/// Calls the brake every `step` instructions of the running thread and of those it creates.
///
/// The state must keep `brake` alive until it is closed.
pub fn arm(lua: &Lua, brake: *const Inner, step: c_int) {
    lua.exec_raw_lua(|raw| {
        let state = raw.state();
        // SAFETY: the state is live and has room for one more value, as always between calls.
        unsafe {
            ffi::lua_pushlightuserdata(state, brake.cast_mut().cast());
            ffi::lua_rawsetp(state, ffi::LUA_REGISTRYINDEX, key());
            ffi::lua_sethook(state, Some(look), ffi::LUA_MASKCOUNT, step);
        }
    });
}

/// Whether the running coroutine may be suspended here: not below a C function or metamethod.
pub fn yieldable(lua: &Lua) -> bool {
    // SAFETY: the state is live during the call.
    lua.exec_raw_lua(|raw| unsafe { ffi::lua_isyieldable(raw.state()) != 0 })
}

fn key() -> *const c_void {
    (&raw const KEY).cast()
}

/// No value with a destructor is alive where this yields or raises: both jump over the frame.
unsafe extern "C-unwind" fn look(state: *mut lua_State, _: *mut lua_Debug) {
    // SAFETY: `arm` stored the brake, which lives as long as the state; a hook has room on the stack.
    unsafe {
        ffi::lua_rawgetp(state, ffi::LUA_REGISTRYINDEX, key());
        let brake = ffi::lua_touserdata(state, -1).cast::<Inner>();
        ffi::lua_settop(state, -2);
        if brake.is_null() {
            return;
        }
        let (verdict, step) = (*brake).look();
        if ffi::lua_gethookcount(state) != step {
            ffi::lua_sethook(state, Some(look), ffi::LUA_MASKCOUNT, step);
        }
        match verdict {
            Verdict::Continue => {}
            Verdict::Yield if ffi::lua_isyieldable(state) == 0 => {}
            Verdict::Yield => {
                (*brake).suspend();
                ffi::lua_yield(state, 0);
            }
            Verdict::Stop(text) => {
                ffi::lua_pushstring(state, text.as_ptr());
                ffi::lua_error(state);
            }
        }
    }
}
