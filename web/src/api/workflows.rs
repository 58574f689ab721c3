use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, page};
use crate::wire::{Consistency, List, Read, Save, Workflow};

const READ: Permission = Permission::new("workflows", "read");
const SAVE: Permission = Permission::new("workflows", "save");
const DELETE: Permission = Permission::new("workflows", "delete");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(list))
        .add(READ, routes!(show))
        .add(SAVE, routes!(save))
        .add(DELETE, routes!(delete))
}

/// Lists the saved workflows, without their sources.
#[utoipa::path(get, path = "/workflows", tag = "workflows", params(Read), responses(
    (status = 200, body = List<Workflow>, description = "All saved workflows.")
))]
async fn list(
    State(service): State<Service>,
    Query(read): Query<Read>,
) -> Result<Json<List<Workflow>>, Failure> {
    let index = service.index();
    let workflows = service.handle.workflows(read.consistency.into()).await?;
    Ok(Json(page::list(index, workflows, None)))
}

/// Shows a saved workflow with its source.
#[utoipa::path(get, path = "/workflows/{name}", tag = "workflows",
    params(("name" = String, Path), Read),
    responses((status = 200, body = Workflow, description = "The workflow.")))]
async fn show(
    State(service): State<Service>,
    Path(name): Path<String>,
    Query(read): Query<Read>,
) -> Result<Json<Workflow>, Failure> {
    Ok(Json(service.handle.workflow(&name, read.consistency.into()).await?.into()))
}

/// Saves a workflow file under a name; one that is there gets a new version.
#[utoipa::path(put, path = "/workflows/{name}", tag = "workflows", request_body = Save,
    params(("name" = String, Path)),
    responses((status = 200, body = Workflow, description = "It has been saved.")))]
async fn save(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Body(save): Body<Save>,
) -> Result<Json<Workflow>, Failure> {
    service.handle.save(by, name.clone(), save.file, save.source).await?;
    let saved = service.handle.workflow(&name, Consistency::Linear.into()).await?;
    Ok(Json(Workflow { source: None, ..saved.into() }))
}

/// Deletes a saved workflow; its runs go on.
#[utoipa::path(delete, path = "/workflows/{name}", tag = "workflows",
    params(("name" = String, Path)),
    responses((status = 204, description = "It is gone.")))]
async fn delete(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    service.handle.unsave(by, name).await?;
    Ok(StatusCode::NO_CONTENT)
}
