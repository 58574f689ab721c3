use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, page};
use crate::wire::{Acquire, Held, Lease, LeasesQuery, List, ReleaseQuery, Renew};

const READ: Permission = Permission::new("leases", "read");
const HOLD: Permission = Permission::new("leases", "hold");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(list))
        .add(HOLD, routes!(acquire))
        .add(HOLD, routes!(renew))
        .add(HOLD, routes!(release))
}

/// Lists the leases that are held.
#[utoipa::path(get, path = "/leases", tag = "leases", params(LeasesQuery), responses(
    (status = 200, body = List<Lease>, description = "All that match.")
))]
async fn list(
    State(service): State<Service>,
    Query(query): Query<LeasesQuery>,
) -> Result<Json<List<Lease>>, Failure> {
    let index = service.index();
    let leases = service.handle.leases(&query.prefix, query.consistency.into()).await?;
    Ok(Json(page::list(index, leases, None)))
}

/// Takes a lease that nobody holds.
#[utoipa::path(post, path = "/leases/{name}", tag = "leases", request_body = Acquire,
    params(("name" = String, Path)),
    responses((status = 200, body = Held, description = "It is held.")))]
async fn acquire(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Body(acquire): Body<Acquire>,
) -> Result<Json<Held>, Failure> {
    let ttl = config::duration::parse(&acquire.ttl)?;
    let token = service.handle.acquire(by, name, acquire.label, ttl).await?;
    Ok(Json(Held { token }))
}

/// Prolongs a lease that is held with the token.
#[utoipa::path(put, path = "/leases/{name}", tag = "leases", request_body = Renew,
    params(("name" = String, Path)),
    responses((status = 204, description = "It is held for longer.")))]
async fn renew(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Body(renew): Body<Renew>,
) -> Result<StatusCode, Failure> {
    let ttl = config::duration::parse(&renew.ttl)?;
    service.handle.renew(by, name, renew.token, ttl).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a lease back.
#[utoipa::path(delete, path = "/leases/{name}", tag = "leases",
    params(("name" = String, Path), ReleaseQuery),
    responses((status = 204, description = "It is free.")))]
async fn release(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Query(query): Query<ReleaseQuery>,
) -> Result<StatusCode, Failure> {
    service.handle.release(by, name, query.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
