use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderName, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use node::{Overrides, RunId, Source, Submission, view};
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::stream::{After, event, until_error};
use super::{API, Permission, Service, WAIT_MAX, cursor, page};
use crate::wire::{
    self, Accepted, Cancel, Consistency, Event, Item, List, LogPage, LogQuery, Read, Run,
    RunSummary, RunsQuery, StreamQuery, Submit,
};

const READ: Permission = Permission::new("runs", "read");
const SUBMIT: Permission = Permission::new("runs", "submit");
const CANCEL: Permission = Permission::new("runs", "cancel");
const RESUME: Permission = Permission::new("runs", "resume");
const LOGS: Permission = Permission::new("logs", "read");

/// Lines of a log at once.
const LINES: u32 = 1_000;
/// Stands for the newest run.
const LATEST: &str = "latest";

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(SUBMIT, routes!(submit))
        .add(READ, routes!(list))
        .add(READ, routes!(show))
        .add(CANCEL, routes!(cancel))
        .add(RESUME, routes!(resume))
        .add(READ, routes!(why))
        .add(LOGS, routes!(logs))
        .add(LOGS, routes!(follow))
}

/// Starts a run. It goes on by itself; `Location` is where it can be seen.
#[utoipa::path(post, path = "/runs", tag = "runs", request_body = Submit, responses(
    (status = 202, body = Accepted, description = "It has been accepted.",
        headers(("Location" = String, description = "The run.")))
))]
async fn submit(
    State(service): State<Service>,
    By(by): By,
    Body(submit): Body<Submit>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Accepted>), Failure> {
    let id = service.handle.submit(by, submission(submit)?).await?.to_string();
    let location = [(LOCATION, format!("{API}/runs/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(Accepted { id })))
}

pub(super) fn submission(submit: Submit) -> Result<Submission, Failure> {
    Ok(Submission {
        id: submit.id.as_deref().map(parse).transpose()?,
        source: match submit.source {
            wire::Source::File { name, text } => Source::File { name, text },
            wire::Source::Saved(name) => Source::Saved(name),
        },
        values: submit.values.into(),
        workflow: submit.workflow,
        tasks: submit.tasks,
        tags: submit.tags,
        from: submit.from,
        skip: submit.skip,
        alone: submit.alone,
        overrides: Overrides {
            timeout: submit.timeout.as_deref().map(config::duration::parse).transpose()?,
            parallel: submit.parallel,
            retries: submit.retries,
            keep_going: submit.keep_going,
            labels: submit.labels.into_iter().collect(),
        },
        on: submit.on,
        check: submit.check,
        interactive: submit.interactive,
        workdir: submit.workdir.map(Into::into),
    })
}

/// Lists runs, newest first.
#[utoipa::path(get, path = "/runs", tag = "runs", params(RunsQuery), responses(
    (status = 200, body = List<RunSummary>, description = "A page of runs.")
))]
async fn list(
    State(service): State<Service>,
    Query(query): Query<RunsQuery>,
) -> Result<Json<List<RunSummary>>, Failure> {
    let limit = page::limit(query.limit)?;
    let before = query.cursor.as_deref().map(parse).transpose()?;
    let index = service.index();
    let runs = service.handle.runs(before, limit, query.active, query.consistency.into()).await?;
    let cursor = page::after(&runs, limit, |run| run.id.to_string());
    Ok(Json(page::list(index, runs, cursor)))
}

/// Shows a run with all its tasks, instances and attempts.
#[utoipa::path(get, path = "/runs/{id}", tag = "runs",
    params(("id" = String, Path, description = "A ULID, or `latest`."), Read),
    responses((status = 200, body = Run, description = "The run.")))]
async fn show(
    State(service): State<Service>,
    Path(id): Path<String>,
    Query(read): Query<Read>,
) -> Result<Json<Run>, Failure> {
    let id = service.find(&id, read.consistency).await?;
    Ok(Json(service.handle.run(id, read.consistency.into()).await?.into()))
}

/// Cancels a run: nothing new starts, what runs is stopped.
#[utoipa::path(post, path = "/runs/{id}/cancel", tag = "runs", request_body = Cancel,
    params(("id" = String, Path, description = "A ULID, or `latest`.")),
    responses((status = 204, description = "It is being cancelled.")))]
async fn cancel(
    State(service): State<Service>,
    By(by): By,
    Path(id): Path<String>,
    Body(cancel): Body<Cancel>,
) -> Result<StatusCode, Failure> {
    let id = service.find(&id, Consistency::Linear).await?;
    service.handle.cancel(by, id, cancel.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes on with an interrupted run.
#[utoipa::path(post, path = "/runs/{id}/resume", tag = "runs",
    params(("id" = String, Path, description = "A ULID, or `latest`.")),
    responses((status = 204, description = "It goes on.")))]
async fn resume(
    State(service): State<Service>,
    By(by): By,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    let id = service.find(&id, Consistency::Linear).await?;
    service.handle.resume(by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the committed events that explain how a run came to be as it is, oldest first.
#[utoipa::path(get, path = "/runs/{id}/why", tag = "runs",
    params(("id" = String, Path, description = "A ULID, or `latest`.")),
    responses((status = 200, body = List<Event>, description = "The chain of causes.")))]
async fn why(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<Json<List<Event>>, Failure> {
    let index = service.index();
    let id = service.find(&id, Consistency::Linear).await?;
    Ok(Json(page::list(index, service.handle.why(id).await?, None)))
}

/// Reads a piece of one attempt's log from the node that has it.
#[utoipa::path(get, path = "/runs/{id}/logs", tag = "runs",
    params(("id" = String, Path, description = "A ULID, or `latest`."), LogQuery),
    responses((status = 200, body = LogPage, description = "The lines.")))]
async fn logs(
    State(service): State<Service>,
    Path(id): Path<String>,
    Query(query): Query<LogQuery>,
) -> Result<Json<LogPage>, Failure> {
    let LogQuery { task, slot, attempt, from, limit, wait } = query;
    let limit = page::limit(Some(limit.unwrap_or(LINES)))? as usize;
    let wait = wait.as_deref().map_or(Ok(Duration::ZERO), config::duration::parse)?.min(WAIT_MAX);
    let id = service.find(&id, Consistency::Stale).await?;
    let query = node::LogQuery { run: id, task, slot, attempt, from, limit, wait };
    let page = service.handle.log(query).await?;
    Ok(Json(page.into()))
}

/// Follows a run to its end: server-sent events named `run`, `event`, `line`, `end` or `error`.
/// `id:` resumes after an item, on any node.
#[utoipa::path(get, path = "/runs/{id}/follow", tag = "runs",
    params(
        ("id" = String, Path, description = "A ULID, or `latest`."),
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "As `from`."),
    ),
    responses((status = 200, body = Item, content_type = "text/event-stream",
        description = "The data of each event.")))]
async fn follow(
    State(service): State<Service>,
    Path(id): Path<String>,
    After(after): After,
) -> Result<Response, Failure> {
    let from = after.as_deref().map(cursor::parse).transpose()?;
    let id = service.find(&id, Consistency::Stale).await?;
    service.stream(until_error(service.handle.follow(id, from)).map(step))
}

fn step(step: Result<view::Step, node::Error>) -> axum::response::sse::Event {
    let (id, item) = match step {
        Ok(step) => (Some(cursor::encode(&step.cursor)), step.item.into()),
        Err(error) => (None, Item::Error(Box::new(error.into()))),
    };
    event(id, item.name(), &item)
}

pub(super) fn parse(id: &str) -> Result<RunId, Failure> {
    id.parse().map_err(|_| Failure::invalid(format!("run id `{id}` is not a ULID")))
}

impl Service {
    pub(super) async fn find(&self, id: &str, consistency: Consistency) -> Result<RunId, Failure> {
        if id != LATEST {
            return parse(id);
        }
        let latest = self.handle.latest(consistency.into()).await?;
        latest.ok_or_else(|| Failure::new(wire::Kind::NotFound, "there is no run yet"))
    }
}
