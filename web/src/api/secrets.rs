use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, page};
use crate::wire::{Clear, List, Revealed, Secret, SetSecret};

const READ: Permission = Permission::new("secrets", "read");
const REVEAL: Permission = Permission::new("secrets", "reveal");
const WRITE: Permission = Permission::new("secrets", "write");
const DELETE: Permission = Permission::new("secrets", "delete");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(list))
        .add(REVEAL, routes!(reveal))
        .add(WRITE, routes!(set))
        .add(DELETE, routes!(delete))
}

/// Lists the secrets of this node, without their values.
#[utoipa::path(get, path = "/secrets", tag = "secrets", responses(
    (status = 200, body = List<Secret>, description = "All of them, by name.")
))]
async fn list(State(service): State<Service>) -> Result<Json<List<Secret>>, Failure> {
    let index = service.index();
    Ok(Json(page::list(index, service.handle.secrets().await?, None)))
}

/// Reads a secret. An event records who did.
#[utoipa::path(post, path = "/secrets/{name}/reveal", tag = "secrets",
    params(("name" = String, Path)),
    responses((status = 200, body = Revealed, description = "Its value.")))]
async fn reveal(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], Json<Revealed>), Failure> {
    let (secret, value) = service.handle.reveal_secret(by, &name).await?;
    let value = Clear(value.reveal().to_owned());
    let revealed = Revealed { name: secret.name, version: secret.version, value };
    Ok(([(CACHE_CONTROL, "no-store")], Json(revealed)))
}

/// Sets a secret, or a new version of it.
#[utoipa::path(put, path = "/secrets/{name}", tag = "secrets", request_body = SetSecret,
    params(("name" = String, Path)),
    responses((status = 200, body = Secret, description = "It has been set.")))]
async fn set(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Body(SetSecret { value: Clear(value) }): Body<SetSecret>,
) -> Result<Json<Secret>, Failure> {
    let secret = service.handle.set_secret(by, &name, config::Secret::new(value)).await?;
    Ok(Json(secret.into()))
}

/// Deletes a secret.
#[utoipa::path(delete, path = "/secrets/{name}", tag = "secrets",
    params(("name" = String, Path)),
    responses((status = 204, description = "It is gone.")))]
async fn delete(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    service.handle.delete_secret(by, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
