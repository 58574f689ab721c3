use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use config::Labels;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, page};
use crate::wire::{Cluster, Identity, List, Mint, Minted, Read, Token};

const READ: Permission = Permission::new("cluster", "read");
const TOKENS: Permission = Permission::new("tokens", "read");
const MINT: Permission = Permission::new("tokens", "mint");
const REVOKE: Permission = Permission::new("tokens", "revoke");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(identity))
        .add(READ, routes!(status))
        .add(TOKENS, routes!(tokens))
        .add(MINT, routes!(mint))
        .add(REVOKE, routes!(revoke))
}

/// Says who answers.
#[utoipa::path(get, path = "/identity", tag = "cluster", responses(
    (status = 200, body = Identity, description = "The answering node.")
))]
async fn identity(State(service): State<Service>) -> Json<Identity> {
    Json(service.handle.identity().into())
}

/// Shows the cluster as the answering node knows it; needs no quorum.
#[utoipa::path(get, path = "/cluster", tag = "cluster", responses(
    (status = 200, body = Cluster, description = "The cluster.")
))]
async fn status(State(service): State<Service>) -> Result<Json<Cluster>, Failure> {
    Ok(Json(service.handle.cluster().await?.into()))
}

/// Lists the join tokens that still work, without their secrets.
#[utoipa::path(get, path = "/cluster/tokens", tag = "cluster", params(Read), responses(
    (status = 200, body = List<Token>, description = "All tokens.")
))]
async fn tokens(
    State(service): State<Service>,
    Query(read): Query<Read>,
) -> Result<Json<List<Token>>, Failure> {
    let index = service.index();
    let tokens = service.handle.tokens(read.consistency.into()).await?;
    Ok(Json(page::list(index, tokens, None)))
}

/// Makes a join token. Its text is shown this once.
#[utoipa::path(post, path = "/cluster/tokens", tag = "cluster", request_body = Mint, responses(
    (status = 201, body = Minted, description = "The token.")
))]
async fn mint(
    State(service): State<Service>,
    By(by): By,
    Body(mint): Body<Mint>,
) -> Result<(StatusCode, Json<Minted>), Failure> {
    let ttl = config::duration::parse(&mint.ttl)?;
    let mut labels = Labels::default();
    mint.labels.iter().try_for_each(|label| labels.add(label))?;
    let token = service.handle.mint(by, ttl, mint.uses, labels).await?;
    Ok((StatusCode::CREATED, Json(Minted { token })))
}

/// Makes a join token useless.
#[utoipa::path(delete, path = "/cluster/tokens/{id}", tag = "cluster",
    params(("id" = String, Path)),
    responses((status = 204, description = "Nobody can join by it.")))]
async fn revoke(
    State(service): State<Service>,
    By(by): By,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    service.handle.revoke(by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
