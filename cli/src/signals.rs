use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::{Error, io};

/// The wishes of others that this process ends.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    last: Option<Instant>,
}

/// A terminal or a service manager signals the whole group: the node is told by it and again by its guard.
const ECHO: Duration = Duration::from_millis(100);

impl Signals {
    pub fn new() -> Result<Self, Error> {
        let listen = |kind| signal(kind).map_err(|error| io("listen to signals", &error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
            last: None,
        })
    }

    /// Waits for the next one that is no echo of the last.
    pub async fn next(&mut self) {
        loop {
            self.any().await;
            let now = Instant::now();
            let echo = self.last.is_some_and(|last| now.duration_since(last) < ECHO);
            if !echo {
                self.last = Some(now);
                return;
            }
        }
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
