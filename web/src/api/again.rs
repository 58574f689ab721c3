use axum::Json;
use axum::extract::State;
use axum::http::HeaderName;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use node::{Again, Retrial};
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::runs::parse;
use super::{API, Permission, Service, page};
use crate::wire::{Accepted, Approve, Consistency, Prune, Pruned, Rerun};

const SUBMIT: Permission = Permission::new("runs", "submit");
const APPROVE: Permission = Permission::new("runs", "approve");
const PRUNE: Permission = Permission::new("runs", "prune");

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(SUBMIT, routes!(rerun)).add(APPROVE, routes!(approve)).add(PRUNE, routes!(prune))
}

/// Runs an ended run again: all of it, what did not pass, or from some tasks on. What is not done again counts as
/// done, with what it returned then.
#[utoipa::path(post, path = "/runs/{id}/rerun", tag = "runs", request_body = Rerun,
    params(("id" = String, Path, description = "A ULID, or `latest`.")),
    responses((status = 202, body = Accepted, description = "The new run has been accepted.",
        headers(("Location" = String, description = "The new run.")))))]
async fn rerun(
    State(service): State<Service>,
    By(by): By,
    Path(id): Path<String>,
    Body(rerun): Body<Rerun>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<Accepted>), Failure> {
    let again = match (rerun.failed, rerun.from.is_empty()) {
        (false, true) => Again::All,
        (true, true) => Again::Failed,
        (false, false) => Again::From(rerun.from),
        (true, false) => return Err(Failure::invalid("failed and from exclude each other")),
    };
    let retrial = Retrial {
        run: service.find(&id, Consistency::Linear).await?,
        again,
        id: rerun.id.as_deref().map(parse).transpose()?,
        workdir: rerun.workdir.map(Into::into),
    };
    let id = service.handle.rerun(by, retrial).await?.to_string();
    let location = [(LOCATION, format!("{API}/runs/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(Accepted { id })))
}

/// Answers for a task that waits for a person, as every task of an interactive run does.
#[utoipa::path(post, path = "/runs/{id}/approve", tag = "runs", request_body = Approve,
    params(("id" = String, Path, description = "A ULID, or `latest`.")),
    responses((status = 204, description = "It has been committed.")))]
async fn approve(
    State(service): State<Service>,
    By(by): By,
    Path(id): Path<String>,
    Body(approve): Body<Approve>,
) -> Result<StatusCode, Failure> {
    let id = service.find(&id, Consistency::Linear).await?;
    service.handle.approve(by, id, &approve.task, approve.decision.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Forgets ended runs with their logs; those that are under way stay.
#[utoipa::path(post, path = "/runs/prune", tag = "runs", request_body = Prune, responses(
    (status = 200, body = Pruned, description = "They are gone.")
))]
async fn prune(
    State(service): State<Service>,
    By(by): By,
    Body(prune): Body<Prune>,
) -> Result<Json<Pruned>, Failure> {
    if prune.ids.len() > page::MOST as usize {
        return Err(Failure::invalid(format!("more than {} runs at once", page::MOST)));
    }
    let ids = prune.ids.iter().map(|id| parse(id)).collect::<Result<_, _>>()?;
    let forgotten = service.handle.prune(by, ids).await?;
    Ok(Json(Pruned { forgotten }))
}
