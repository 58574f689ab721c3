use proto::frame::Kind;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::pending::Pending;
use super::wire::{self, Frame, QUEUED, Stream};
use crate::Protocol;

/// The asking end of one stream: a writer that flushes once for all that is queued, and a reader that
/// resolves answers. Both end with the stream or with this.
pub struct Link {
    pub queue: mpsc::Sender<Frame>,
    pub pending: Pending,
    _writer: AbortOnDropHandle<()>,
    _reader: AbortOnDropHandle<()>,
}

impl Link {
    pub fn new(stream: Stream, protocol: &Protocol) -> Self {
        let (mut reader, writer) = wire::split(stream, protocol);
        let (queue, frames) = mpsc::channel(QUEUED);
        let pending = Pending::new();
        let (written, read) = (Closing(pending.clone()), Closing(pending.clone()));
        let writer = tokio::spawn(async move {
            let Closing(_) = &written;
            if let Err(error) = wire::write(frames, writer).await {
                tracing::debug!(%error, "writing a stream failed");
            }
        });
        let reader = tokio::spawn(async move {
            while let Some((header, body)) = wire::next(&mut reader).await {
                match header.kind {
                    Kind::Answer => read.0.resolve(header.id, Ok(body)),
                    Kind::Refusal(refusal) => read.0.resolve(header.id, Err(refusal)),
                    Kind::Request(_) => break,
                }
            }
        });
        let (_writer, _reader) = (AbortOnDropHandle::new(writer), AbortOnDropHandle::new(reader));
        Self { queue, pending, _writer, _reader }
    }

    pub fn is_open(&self) -> bool {
        !self.pending.is_closed()
    }
}

/// Fails what waits when its task ends, however it ends.
struct Closing(Pending);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
