//! Runs the routines of a command, one at a time, on the task that runs the command.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mlua::{Error, Lua, Result};
use tokio::time::Sleep;

use super::bell::Bell;
use super::schedule::Routine;
use super::stage::{Closed, Stage};
use crate::context;
use crate::host::{Level, Stream};

/// Turns before other tasks of the process get theirs.
const TURNS_MAX: usize = 128;

/// Runs a command with the routines it starts, until it returns, one of them fails, or all of them wait for each other.
pub async fn drive<T>(lua: &Lua, command: impl Future<Output = T>) -> Result<T> {
    let stage = Stage::of(lua)?;
    stage.open();
    let mut closing = Closing { stage: &stage, lua, returned: false };
    let bell = Bell::new(Routine::COMMAND, stage.ring().clone());
    let mut show = Show { stage: &stage, bell, again: Some(Routine::COMMAND), timer: None };
    let mut command = pin!(command);
    let outcome = poll_fn(|context| show.poll(context, command.as_mut())).await;
    closing.returned = outcome.is_ok();
    outcome
}

/// Cancels what still runs, also when the drive itself is dropped.
struct Closing<'a> {
    stage: &'a Stage,
    lua: &'a Lua,
    returned: bool,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let Closed { cancelled, unseen } = self.stage.close();
        if cancelled || !self.returned {
            // What coroutines within routines waited for is only let go when they are collected.
            let _ = self.lua.gc_collect();
        }
        let Some(host) = context::Context::of(self.lua).ok().and_then(|context| context.host)
        else {
            return;
        };
        for (started, error) in unseen {
            let text =
                format!("the routine started at {started} failed, and nobody awaited it: {error}");
            host.line(Stream::Log(Level::Warn), &text);
        }
    }
}

struct Show<'a> {
    stage: &'a Stage,
    bell: Arc<Bell>,
    /// Who was interrupted in its turn: nobody runs in between, so that plain code stays undivided.
    again: Option<Routine>,
    timer: Option<Pin<Box<Sleep>>>,
}

enum Turn<T> {
    Waits,
    Interrupted,
    Over(Result<T>),
}

impl Show<'_> {
    fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut command: Pin<&mut impl Future<Output = T>>,
    ) -> Poll<Result<T>> {
        self.stage.ring().listen(context.waker());
        for _ in 0..TURNS_MAX {
            let Some(routine) = self.next() else { return self.idle(context) };
            match self.turn(routine, command.as_mut()) {
                Turn::Waits => {}
                Turn::Over(outcome) => return Poll::Ready(outcome),
                Turn::Interrupted => {
                    self.again = Some(routine);
                    break;
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn next(&mut self) -> Option<Routine> {
        let mut inner = self.stage.lock();
        let next = match self.again.take() {
            Some(again) => {
                inner.overtime += 1;
                Some(again)
            }
            None => {
                inner.overtime = 0;
                inner.schedule.advance(self.stage.elapsed());
                self.stage.ring().take().into_iter().for_each(|woken| inner.schedule.ready(woken));
                inner.schedule.next()
            }
        };
        inner.current = next.unwrap_or(Routine::COMMAND);
        next
    }

    fn turn<T>(&self, routine: Routine, command: Pin<&mut impl Future<Output = T>>) -> Turn<T> {
        if routine == Routine::COMMAND {
            return match ring_while(&self.bell, command) {
                (Poll::Ready(value), _) => Turn::Over(Ok(value)),
                (Poll::Pending, interrupted) => paused(interrupted),
            };
        }
        let Some((mut body, bell)) = self.stage.lock().bodies.remove(&routine) else {
            return Turn::Waits;
        };
        let (polled, interrupted) = ring_while(&bell, body.as_mut());
        match polled {
            Poll::Pending => {
                self.stage.lock().bodies.insert(routine, (body, bell));
                paused(interrupted)
            }
            Poll::Ready(outcome) => {
                self.stage.lock().schedule.end(routine);
                outcome.map_or_else(|error| Turn::Over(Err(error)), |()| Turn::Waits)
            }
        }
    }

    /// Nobody can run now: until a bell rings, until a time, or never.
    fn idle<T>(&mut self, context: &mut Context<'_>) -> Poll<Result<T>> {
        let (deadlock, timer) = {
            let inner = self.stage.lock();
            (inner.schedule.deadlock(), inner.schedule.next_timer())
        };
        if let Some(deadlock) = deadlock {
            let place = deadlock.place().cloned().unwrap_or_default();
            return Poll::Ready(Err(Error::runtime(format!("{place}: {deadlock}"))));
        }
        let Some(at) = timer.map(|at| self.stage.instant(at)) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at)));
        timer.as_mut().reset(at);
        if timer.as_mut().poll(context).is_ready() {
            context.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// Polls with this bell, and whether it rang meanwhile.
fn ring_while<F: Future + ?Sized>(
    bell: &Arc<Bell>,
    future: Pin<&mut F>,
) -> (Poll<F::Output>, bool) {
    bell.answer();
    let waker = Waker::from(bell.clone());
    let polled = future.poll(&mut Context::from_waker(&waker));
    (polled, bell.answer())
}

fn paused<T>(interrupted: bool) -> Turn<T> {
    if interrupted { Turn::Interrupted } else { Turn::Waits }
}
