//! Server-sent events: what every stream has in common.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use serde::Serialize;

use super::Service;
use super::extract::Query;
use super::failure::Failure;
use super::service::STREAMS_MAX;
use crate::wire::{Kind, Problem, StreamQuery};

/// How long a client may hear nothing.
const PING: Duration = Duration::from_secs(15);
/// How long a client waits before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// Where a client wants to go on: `Last-Event-ID`, or `?from=`.
pub(super) struct After(pub(super) Option<String>);

impl<S: Sync> FromRequestParts<S> for After {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Query(StreamQuery { from }) = Query::from_request_parts(parts, state).await?;
        let Some(header) = parts.headers.get("last-event-id") else {
            return Ok(After(from));
        };
        let text = header.to_str().map_err(|_| Failure::invalid("Last-Event-ID is not ASCII"))?;
        Ok(After(Some(text.to_owned())))
    }
}

/// One event as it is written.
pub(super) fn event(id: Option<String>, name: &str, data: &impl Serialize) -> Event {
    let event = match Event::default().event(name).json_data(data) {
        Ok(event) => event,
        Err(error) => unwritable(&error.to_string()),
    };
    match id {
        Some(id) => event.id(id),
        None => event,
    }
}

fn unwritable(why: &str) -> Event {
    let problem = Problem::new(Kind::Corrupt, format!("cannot write an event as JSON: {why}"));
    let text = serde_json::to_string(&problem).unwrap_or_default();
    Event::default().event("error").data(text)
}

impl Service {
    /// Answers with a stream that ends with `events` or with the server. Nothing is buffered: a slow reader slows its source.
    pub(super) fn stream(
        &self,
        events: impl Stream<Item = Event> + Send + 'static,
    ) -> Result<Response, Failure> {
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| {
            let detail = format!("{STREAMS_MAX} streams are open, as many as a node serves");
            Failure::new(Kind::Limit, detail)
        })?;
        let greeting = futures::stream::iter([Event::default().retry(RETRY)]);
        let events = greeting
            .chain(events)
            .take_until(self.stopping.clone().cancelled_owned())
            .map(move |event| {
                let _held = &permit;
                Ok::<_, Infallible>(event)
            });
        Ok(Sse::new(events)
            .keep_alive(KeepAlive::new().interval(PING).text("ping"))
            .into_response())
    }
}

/// The items up to the first error, which is the last one.
pub(super) fn until_error<T, E>(
    items: impl Stream<Item = Result<T, E>>,
) -> impl Stream<Item = Result<T, E>> {
    items.scan(false, |failed, item| {
        let after = std::mem::replace(failed, item.is_err());
        std::future::ready((!after).then_some(item))
    })
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use http_body_util::BodyExt;
    use proptest::prelude::*;
    use tokio::runtime::Builder;

    use super::*;
    use crate::client::sse::{Message, Parser};
    use crate::wire::{Item, Line, Time};

    fn written(events: Vec<Event>) -> Vec<u8> {
        let events = stream::iter(events.into_iter().map(Ok::<_, Infallible>));
        let body = Sse::new(events).into_response().into_body();
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(body.collect()).unwrap().to_bytes().to_vec()
    }

    fn line(text: String, offset: u64) -> Item {
        let (task, node, stream) = ("t".into(), "n".into(), "stdout".into());
        Item::Line(Line {
            time: Time(offset),
            task,
            slot: 0,
            node,
            attempt: 1,
            stream,
            line: text,
            offset,
        })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_however_it_is_cut(
            texts in prop::collection::vec(any::<String>(), 0..5),
            cut in 1usize..50,
        ) {
            let items: Vec<Item> =
                texts.into_iter().enumerate().map(|(at, text)| line(text, at as u64)).collect();
            let id = |at: usize| format!("{at}~0.0.1.{at}");
            let events = items.iter().enumerate().map(|(at, item)| event(Some(id(at)), item.name(), item));
            let bytes = written(events.collect());
            let mut parser = Parser::default();
            let mut read = Vec::new();
            for piece in bytes.chunks(cut) {
                parser.push(piece);
                read.extend(std::iter::from_fn(|| parser.next()));
            }
            prop_assert_eq!(read.len(), items.len());
            for (at, Message { id: found, name, data }) in read.into_iter().enumerate() {
                prop_assert_eq!(found, id(at));
                prop_assert_eq!(Item::parse(&name, &data).unwrap().unwrap(), items[at].clone());
            }
        }
    }

    #[test]
    fn nothing_follows_an_error() {
        let items = [Ok(1), Err("x"), Ok(2)];
        let runtime = Builder::new_current_thread().build().unwrap();
        let seen: Vec<_> = runtime.block_on(until_error(stream::iter(items)).collect());
        assert_eq!(seen, [Ok(1), Err("x")]);
    }
}
