//! What all objects of the module share.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mlua::{Error, Lua, MetaMethod, Result, UserData, UserDataMethods, Value};

use super::schedule::Place;
use super::stage::here;
use crate::text::nearest;

/// What an object is called in reports: its kind and where it was made.
#[derive(Clone, Debug)]
pub struct Made {
    kind: &'static str,
    at: Place,
}

impl Made {
    pub fn here(lua: &Lua, kind: &'static str) -> Made {
        Made { kind, at: here(lua) }
    }
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} made at {}", self.kind, self.at)
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses names that are none of the object's methods.
pub fn refuse_others<T: UserData>(
    methods: &mut impl UserDataMethods<T>,
    kind: &'static str,
    names: &'static [&'static str],
) {
    methods.add_meta_method(MetaMethod::Index, move |_, _, name: Value| -> Result<Value> {
        let name = name.to_string()?;
        Err(Error::runtime(match nearest(&name, names.iter().copied()) {
            Some(meant) => format!("a {kind} has no method `{name}`, did you mean `{meant}`?"),
            None => format!("a {kind} has no method `{name}`"),
        }))
    });
}

/// The object behind a value.
pub fn object<T: UserData + Clone + 'static>(value: &Value, what: &str, wanted: &str) -> Result<T> {
    let found = value.as_userdata().and_then(|data| data.borrow::<T>().ok().map(|it| it.clone()));
    found.ok_or_else(|| {
        let got = value.type_name();
        Error::runtime(format!("{what} must be a {wanted} of `goroutine`, got a {got}"))
    })
}
