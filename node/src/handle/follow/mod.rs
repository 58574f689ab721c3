//! Following a run: its events and the lines of its attempts, from any node, from any point.

mod follower;
mod reader;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use state::RunId;
use tokio::sync::mpsc;

use follower::Follower;

use super::Handle;
use crate::error::Error;
use crate::view::{Cursor, Step};

/// Steps waiting for a slow follower.
const BUFFER: usize = 256;

impl Handle {
    /// A run's steps: the run itself, its events and lines, its end. Goes on after `from` if that is given.
    pub fn follow(
        &self,
        id: RunId,
        from: Option<Cursor>,
    ) -> BoxStream<'static, Result<Step, Error>> {
        let (steps, received) = mpsc::channel(BUFFER);
        let handle = self.clone();
        tokio::spawn(async move {
            let mut follower = Follower::new(handle, id, steps.clone());
            if let Err(error) = follower.follow(from).await {
                // A follower that has gone needs no error.
                let _ = steps.send(Err(error)).await;
            }
        });
        stream::unfold(received, |mut received| async move {
            received.recv().await.map(|step| (step, received))
        })
        .boxed()
    }
}
