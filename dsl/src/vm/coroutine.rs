//! Resuming a coroutine from within a future: what it waits for, its resumer waits for.

use std::future::poll_fn;
use std::task::Poll;

use futures::StreamExt;
use mlua::{Function, Lua, MultiValue, Thread};

use super::brake::Brake;
use super::hook::yieldable;

/// `drive(coroutine, …)`: resumes until the script itself yields or returns.
pub fn drive(lua: &Lua, brake: Brake) -> mlua::Result<Function> {
    lua.create_async_function(move |lua, (thread, values): (Thread, MultiValue)| {
        let brake = brake.clone();
        async move {
            let mut resumed = thread.into_async::<MultiValue>(values)?;
            poll_fn(|context| {
                loop {
                    brake.take_suspended();
                    let polled = resumed.poll_next_unpin(context);
                    if !brake.take_suspended() {
                        return polled;
                    }
                    if yieldable(&lua) {
                        return Poll::Pending;
                    }
                }
            })
            .await
            .unwrap_or_else(|| Ok(MultiValue::new()))
        }
    })
}
