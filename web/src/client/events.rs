use super::sse::{self, Message};
use super::{Client, Error, Stream};
use crate::wire::{Emit, Emitted, Events, EventsQuery, StreamQuery, Watched};

impl Client {
    /// Oldest first. The client's consistency wins over the query's.
    pub async fn events(&self, query: EventsQuery) -> Result<Events, Error> {
        let query = EventsQuery { consistency: self.consistency, ..query };
        self.call(self.get("/events").query(&query)).await
    }

    pub async fn emit(&self, emit: &Emit) -> Result<Emitted, Error> {
        self.call(self.post("/events").body(emit)).await
    }

    /// Events after the sequence `from`, or from now on; never ends by itself.
    pub async fn watch_events(&self, from: Option<u64>) -> Result<Stream<Watched>, Error> {
        let query = StreamQuery { from: from.map(|sequence| sequence.to_string()) };
        let ask = self.get("/events/watch").query(&query);
        let action = ask.name();
        let name = action.clone();
        let opened = self.open(ask).await?;
        Ok(sse::items(action, opened, move |message| watched(message, &name)))
    }
}

fn watched(message: Message, action: &str) -> sse::Read<Watched> {
    match Watched::parse(&message.name, &message.data) {
        None => sse::Read::Unknown,
        Some(Ok(Watched::Error(problem))) => sse::Read::Fault(Error::Problem(problem)),
        Some(Ok(item)) => sse::Read::Item(item),
        Some(Err(source)) => {
            sse::Read::Fault(Error::Unreadable { action: action.to_owned(), source })
        }
    }
}
