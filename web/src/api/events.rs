use axum::Json;
use axum::extract::State;
use axum::response::Response;
use futures::StreamExt;
use node::EventPage;
use utoipa_axum::routes;

use super::extract::{Body, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::stream::{After, event};
use super::watch::{gap, watched};
use super::{Permission, Service, page};
use crate::wire::{Emit, Emitted, Event, Events, EventsQuery, StreamQuery, Watched};

const READ: Permission = Permission::new("events", "read");
const EMIT: Permission = Permission::new("events", "emit");

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(READ, routes!(list)).add(EMIT, routes!(emit)).add(READ, routes!(watch))
}

/// Lists events in the order they happened.
#[utoipa::path(get, path = "/events", tag = "events", params(EventsQuery), responses(
    (status = 200, body = Events, description = "A page of events.")
))]
async fn list(
    State(service): State<Service>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<Events>, Failure> {
    let limit = page::limit(query.limit)?;
    let after = query.cursor.as_deref().map(sequence).transpose()?;
    let index = service.index();
    let page = service.events(after, limit, query.consistency.into()).await?;
    let first = page.events.first().map(|event| event.sequence);
    let last = page.events.last().map(|event| event.sequence);
    Ok(Json(Events {
        gap: first.and_then(|first| gap(after, first)),
        cursor: last.filter(|last| *last < page.newest).map(|last| last.to_string()),
        items: page.events.into_iter().map(Event::from).collect(),
        index,
        newest: page.newest,
    }))
}

impl Service {
    /// After a sequence, or the newest; from the oldest when those asked for are gone.
    async fn events(
        &self,
        after: Option<u64>,
        limit: u32,
        consistency: node::Consistency,
    ) -> Result<EventPage, node::Error> {
        let after = match after {
            Some(after) => after,
            None => {
                let newest = self.handle.events(u64::MAX, 1, consistency).await?.newest;
                newest.saturating_sub(limit.into())
            }
        };
        let page = self.handle.events(after, limit, consistency).await?;
        match page.gone {
            Some(_) => self.handle.events(page.position(), limit, consistency).await,
            None => Ok(page),
        }
    }
}

/// Publishes an event.
#[utoipa::path(post, path = "/events", tag = "events", request_body = Emit, responses(
    (status = 201, body = Emitted, description = "It has been committed.")
))]
async fn emit(
    State(service): State<Service>,
    By(by): By,
    Body(Emit { kind, data }): Body<Emit>,
) -> Result<(axum::http::StatusCode, Json<Emitted>), Failure> {
    let sequence = service.handle.emit(by, kind, &data).await?;
    Ok((axum::http::StatusCode::CREATED, Json(Emitted { sequence })))
}

/// Watches events as they are committed: server-sent events named `event`, `gap` or `error`.
/// `id:` is the sequence, and resumes after it on any node. Without a place to begin, only what is new.
#[utoipa::path(get, path = "/events/watch", tag = "events",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "As `from`."),
    ),
    responses((status = 200, body = Watched, content_type = "text/event-stream",
        description = "The data of each event.")))]
async fn watch(State(service): State<Service>, After(after): After) -> Result<Response, Failure> {
    let after = after.as_deref().map(sequence).transpose()?;
    let events = watched(after, service.handle.watch_events(after));
    service.stream(
        events.map(|item| {
            event(item.cursor().map(|sequence| sequence.to_string()), item.name(), &item)
        }),
    )
}

fn sequence(text: &str) -> Result<u64, Failure> {
    text.parse().map_err(|_| Failure::invalid(format!("`{text}` is not the sequence of an event")))
}
