use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use mlua::Value;

use super::schedule::{Ticket, Wake};
use super::stage::Stage;

/// A routine that stands in line; gives the case and what ended the wait.
pub struct Wait {
    stage: Stage,
    ticket: Ticket,
}

impl Wait {
    pub fn new(stage: Stage, ticket: Ticket) -> Self {
        Wait { stage, ticket }
    }
}

impl Future for Wait {
    type Output = (usize, Wake<Value>);

    /// Needs no waker: whoever runs the routines polls those that were woken.
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match self.stage.with(|schedule| schedule.take(self.ticket)) {
            Some(woken) => Poll::Ready(woken),
            None => Poll::Pending,
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.stage.with(|schedule| schedule.give_up(self.ticket));
    }
}
