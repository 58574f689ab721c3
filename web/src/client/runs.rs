use super::ask::segment;
use super::sse::{self, Message};
use super::{Client, Error, Stream};
use crate::wire::{
    Accepted, Cancel, Event, Item, List, LogPage, LogQuery, Plan, Read, Run, RunSummary, RunsQuery,
    Step, StreamQuery, Submit,
};

impl Client {
    pub async fn submit(&self, submit: &Submit) -> Result<Accepted, Error> {
        self.call(self.post("/runs").body(submit)).await
    }

    /// What a run would be; nothing is run.
    pub async fn plan(&self, submit: &Submit) -> Result<Plan, Error> {
        self.call(self.post("/plans").body(submit)).await
    }

    /// Newest first. The client's consistency wins over the query's.
    pub async fn runs(&self, query: RunsQuery) -> Result<List<RunSummary>, Error> {
        let query = RunsQuery { consistency: self.consistency, ..query };
        self.call(self.get("/runs").query(&query)).await
    }

    /// `id` is a ULID or `latest`, here and below.
    pub async fn run(&self, id: &str) -> Result<Run, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get(&format!("/runs/{}", segment(id))).query(&read)).await
    }

    pub async fn cancel(&self, id: &str, reason: &str) -> Result<(), Error> {
        let body = Cancel { reason: reason.into() };
        self.call(self.post(&format!("/runs/{}/cancel", segment(id))).body(&body)).await
    }

    /// Goes on with an interrupted run.
    pub async fn resume(&self, id: &str) -> Result<(), Error> {
        self.call(self.post(&format!("/runs/{}/resume", segment(id)))).await
    }

    /// The committed events that explain a run, oldest first.
    pub async fn why(&self, id: &str) -> Result<List<Event>, Error> {
        self.call(self.get(&format!("/runs/{}/why", segment(id)))).await
    }

    pub async fn log(&self, id: &str, query: &LogQuery) -> Result<LogPage, Error> {
        self.call(self.get(&format!("/runs/{}/logs", segment(id))).query(query)).await
    }

    /// Follows a run to its end. `from` is the cursor of the last step seen, on this node or any other.
    pub async fn follow(&self, id: &str, from: Option<&str>) -> Result<Stream<Step>, Error> {
        let query = StreamQuery { from: from.map(str::to_owned) };
        let ask = self.get(&format!("/runs/{}/follow", segment(id))).query(&query);
        let action = ask.name();
        let name = action.clone();
        let opened = self.open(ask).await?;
        Ok(sse::items(action, opened, move |message| step(message, &name)))
    }
}

fn step(message: Message, action: &str) -> sse::Read<Step> {
    let cursor = message.id;
    match Item::parse(&message.name, &message.data) {
        None => sse::Read::Unknown,
        Some(Ok(Item::Error(problem))) => sse::Read::Fault(Error::Problem(problem)),
        Some(Ok(item @ Item::End(_))) => sse::Read::Last(Step { cursor, item }),
        Some(Ok(item)) => sse::Read::Item(Step { cursor, item }),
        Some(Err(source)) => {
            sse::Read::Fault(Error::Unreadable { action: action.to_owned(), source })
        }
    }
}
