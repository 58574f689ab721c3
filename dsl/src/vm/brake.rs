//! What ends Lua code at its limit, whatever the code does about it.

use std::ffi::{CStr, c_int};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use mlua::Lua;
use tokio_util::sync::CancellationToken;

use super::hook::{self, Verdict};

/// Instructions between two looks at the limits: about 100 µs.
const STEP: c_int = 10_000;

/// After a limit was reached: `pcall` swallows one error, not one at each instruction.
const STEP_STOPPED: c_int = 1;

/// What ended the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    Instructions,
    Time,
    Cancelled,
}

impl Limit {
    pub fn text(self) -> &'static CStr {
        match self {
            Limit::Instructions => c"too many instructions",
            Limit::Time => c"time limit reached",
            Limit::Cancelled => c"cancelled",
        }
    }
}

/// What the code may use.
#[derive(Clone)]
pub struct Allowance {
    pub deadline: Instant,
    /// Nothing means only the deadline counts.
    pub instructions: Option<u64>,
    pub cancel: CancellationToken,
    /// Whether the code runs in a future and gives way to others.
    pub yields: bool,
}

/// A state's limits and whether one was reached. Cheap to clone.
#[derive(Clone, Default)]
pub struct Brake(Arc<Inner>);

/// What the hook reads.
#[derive(Default)]
pub struct Inner {
    current: Mutex<Arc<Stretch>>,
    /// Set by a hook that suspends a coroutine, read by who resumed it.
    suspended: AtomicBool,
}

/// One stretch of code under one allowance.
#[derive(Default)]
struct Stretch {
    allowance: Option<Allowance>,
    spent: AtomicU64,
    reached: OnceLock<Limit>,
}

impl Stretch {
    fn check(&self) -> Option<Limit> {
        let allowance = self.allowance.as_ref()?;
        if let Some(limit) = self.reached.get() {
            return Some(*limit);
        }
        let spent = self.spent.fetch_add(STEP as u64, Ordering::Relaxed);
        let limit = if allowance.cancel.is_cancelled() {
            Limit::Cancelled
        } else if allowance.instructions.is_some_and(|most| spent >= most) {
            Limit::Instructions
        } else if Instant::now() >= allowance.deadline {
            Limit::Time
        } else {
            return None;
        };
        Some(*self.reached.get_or_init(|| limit))
    }
}

impl Inner {
    /// What the hook is to do now, and after how many instructions it is to come again.
    pub fn look(&self) -> (Verdict, c_int) {
        let stretch = self.stretch();
        if let Some(limit) = stretch.check() {
            return (Verdict::Stop(limit.text()), STEP_STOPPED);
        }
        let yields = stretch.allowance.as_ref().is_some_and(|allowance| allowance.yields);
        (if yields { Verdict::Yield } else { Verdict::Continue }, STEP)
    }

    pub fn suspend(&self) {
        self.suspended.store(true, Ordering::Relaxed);
    }

    fn stretch(&self) -> Arc<Stretch> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Brake {
    /// Starts counting anew for the code that runs next.
    pub fn set(&self, lua: &Lua, allowance: Allowance) {
        let stretch = Stretch { allowance: Some(allowance), ..Stretch::default() };
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(stretch);
        // The state drops its application data after it was closed: the hook never sees a dead brake.
        lua.set_app_data(self.clone());
        hook::arm(lua, Arc::as_ptr(&self.0), STEP);
    }

    /// When the current stretch ends.
    pub fn deadline(&self) -> Instant {
        self.0
            .stretch()
            .allowance
            .as_ref()
            .map_or_else(Instant::now, |allowance| allowance.deadline)
    }

    /// The limit that was reached since `set`.
    pub fn reached(&self) -> Option<Limit> {
        self.0.stretch().reached.get().copied()
    }

    /// Whether the coroutine that just came back was suspended by the hook; forgets it.
    pub fn take_suspended(&self) -> bool {
        self.0.suspended.swap(false, Ordering::Relaxed)
    }
}
