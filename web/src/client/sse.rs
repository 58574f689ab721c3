use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use futures::stream::{self, StreamExt};

use super::transport::Guard;
use super::{Error, Stream};

/// A run of 100,000 tasks is one message.
const MESSAGE_BYTES: usize = 128 << 20;
/// A server says something every 15 s.
const SILENCE: Duration = Duration::from_secs(45);

/// One server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Cuts a stream of bytes into messages.
#[derive(Default)]
pub(crate) struct Parser {
    pending: Vec<u8>,
    /// Where the next line begins in `pending`, and up to where no line end is.
    begin: usize,
    seen: usize,
    message: Message,
    has_data: bool,
}

impl Parser {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.drain(..self.begin);
        self.seen -= self.begin;
        self.begin = 0;
        self.pending.extend_from_slice(bytes);
    }

    /// Bytes held for a message that is not complete.
    fn held(&self) -> usize {
        self.pending.len() + self.message.data.len()
    }

    /// The next complete message; comments and messages without data are passed over.
    pub(crate) fn next(&mut self) -> Option<Message> {
        while let Some(line) = self.line() {
            if !line.is_empty() {
                self.field(&line);
            } else if std::mem::take(&mut self.has_data) {
                let next = Message { id: self.message.id.clone(), ..Message::default() };
                return Some(std::mem::replace(&mut self.message, next));
            }
        }
        None
    }

    fn line(&mut self) -> Option<String> {
        let Some(length) = self.pending[self.seen..].iter().position(|byte| *byte == b'\n') else {
            self.seen = self.pending.len();
            return None;
        };
        let end = self.seen + length;
        let line = String::from_utf8_lossy(&self.pending[self.begin..end]);
        let line = line.trim_end_matches('\r').to_owned();
        self.begin = end + 1;
        self.seen = self.begin;
        Some(line)
    }

    fn field(&mut self, line: &str) {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "id" => self.message.id = value.into(),
            "event" => self.message.name = value.into(),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.message.data.push('\n');
                }
                self.message.data.push_str(value);
            }
            _ => {}
        }
    }
}

struct Reader {
    action: String,
    body: BodyDataStream,
    parser: Parser,
    _guard: Guard,
}

impl Reader {
    async fn next(&mut self) -> Result<Message, Error> {
        loop {
            if let Some(message) = self.parser.next() {
                return Ok(message);
            }
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Result<(), Error> {
        let action = || self.action.clone();
        let Ok(chunk) = tokio::time::timeout(SILENCE, self.body.next()).await else {
            return Err(Error::Deadline { action: action(), after: SILENCE });
        };
        match chunk {
            None => return Err(Error::Ended { action: action() }),
            Some(Err(source)) => {
                return Err(Error::Broken { action: action(), source: source.into() });
            }
            Some(Ok(bytes)) => self.parser.push(&bytes),
        }
        if self.parser.held() > MESSAGE_BYTES {
            let source = format!("a message is longer than {MESSAGE_BYTES} bytes").into();
            return Err(Error::Broken { action: action(), source });
        }
        Ok(())
    }
}

/// What to do with a message.
pub(super) enum Read<T> {
    Item(T),
    Last(T),
    /// From a newer node.
    Unknown,
    Fault(Error),
}

/// The messages of an answer as items; ends after the last one, or after an error.
pub(super) fn items<T: Send + 'static>(
    action: String,
    (body, guard): (Body, Guard),
    read: impl Fn(Message) -> Read<T> + Send + 'static,
) -> Stream<T> {
    let reader =
        Reader { action, body: body.into_data_stream(), parser: Parser::default(), _guard: guard };
    stream::unfold((Some(reader), read), |(reader, read)| async move {
        let mut reader = reader?;
        loop {
            let message = match reader.next().await {
                Ok(message) => message,
                Err(error) => return Some((Err(error), (None, read))),
            };
            match read(message) {
                Read::Item(item) => return Some((Ok(item), (Some(reader), read))),
                Read::Last(item) => return Some((Ok(item), (None, read))),
                Read::Fault(error) => return Some((Err(error), (None, read))),
                Read::Unknown => {}
            }
        }
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Message> {
        let mut parser = Parser::default();
        parser.push(text.as_bytes());
        std::iter::from_fn(|| parser.next()).collect()
    }

    fn message(id: &str, name: &str, data: &str) -> Message {
        Message { id: id.into(), name: name.into(), data: data.into() }
    }

    #[test]
    fn comments_and_messages_without_data_are_passed_over() {
        let text = "retry: 1000\n\n: ping\n\nid: 7\nevent: line\ndata: {}\n\n";
        assert_eq!(parse(text), [message("7", "line", "{}")]);
    }

    #[test]
    fn an_id_holds_until_the_next_one() {
        let text = "id: 7\ndata: a\n\ndata: b\n\n";
        assert_eq!(parse(text), [message("7", "", "a"), message("7", "", "b")]);
    }

    #[test]
    fn several_data_lines_are_one_text_and_line_ends_may_be_crlf() {
        assert_eq!(parse("data:a\r\ndata: b\r\n\r\ndata: c"), [message("", "", "a\nb")]);
    }
}
