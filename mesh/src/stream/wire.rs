use std::io;

use futures::{SinkExt, StreamExt};
use libp2p::StreamProtocol;
use libp2p::bytes::Bytes;
use proto::frame::{Header, Hello, Kind};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::compat::{Compat, FuturesAsyncReadCompatExt};

use crate::Protocol;

pub type Stream = Compat<libp2p::Stream>;
type Reader = FramedRead<ReadHalf<Stream>, LengthDelimitedCodec>;
type Writer = FramedWrite<WriteHalf<Stream>, LengthDelimitedCodec>;

/// Frames that wait for the writer of one stream; more wait at their senders.
pub const QUEUED: usize = 64;

/// A frame as it is written.
pub type Frame = Bytes;

/// The name of a protocol's streams. None when it cannot be a name.
pub fn stream_protocol(protocol: &Protocol) -> Option<StreamProtocol> {
    StreamProtocol::try_from_owned(format!("/sloth/{}/1", protocol.name())).ok()
}

/// Says hello and hears it.
pub async fn greet(stream: libp2p::Stream, refused: bool) -> io::Result<(Stream, Hello)> {
    let mut stream = stream.compat();
    let mine = Hello::new(refused);
    stream.write_all(&mine.encode()).await?;
    stream.flush().await?;
    let mut bytes = [0; Hello::BYTES];
    stream.read_exact(&mut bytes).await?;
    let theirs = Hello::decode(bytes).map_err(invalid)?;
    mine.agree(&theirs).map_err(invalid)?;
    Ok((stream, theirs))
}

pub fn split(stream: Stream, protocol: &Protocol) -> (Reader, Writer) {
    let codec = || {
        let most = Header::BYTES + protocol.largest();
        LengthDelimitedCodec::builder().max_frame_length(most).new_codec()
    };
    let (reader, writer) = tokio::io::split(stream);
    (FramedRead::new(reader, codec()), FramedWrite::new(writer, codec()))
}

pub fn frame(id: u64, kind: Kind, body: &[u8]) -> Frame {
    [&Header { id, kind }.encode(), body].concat().into()
}

/// The next frame; None at the end of the stream, or where it cannot be read on.
pub async fn next(reader: &mut Reader) -> Option<(Header, Vec<u8>)> {
    let bytes = match reader.next().await? {
        Ok(bytes) => bytes,
        Err(error) => {
            tracing::debug!(%error, "a stream ends");
            return None;
        }
    };
    let header = Header::decode(&bytes).ok()?;
    Some((header, bytes[Header::BYTES..].to_vec()))
}

/// Writes all that is queued and flushes once, until the queue or the stream ends.
pub async fn write(mut queue: mpsc::Receiver<Frame>, mut writer: Writer) -> io::Result<()> {
    while let Some(first) = queue.recv().await {
        writer.feed(first).await?;
        while let Ok(more) = queue.try_recv() {
            writer.feed(more).await?;
        }
        <Writer as SinkExt<Bytes>>::flush(&mut writer).await?;
    }
    <Writer as SinkExt<Bytes>>::close(&mut writer).await
}

fn invalid(error: proto::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
