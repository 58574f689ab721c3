use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use super::extract::Body;
use super::failure::Failure;
use super::route::Routes;
use super::runs::submission;
use super::{Permission, Service};
use crate::wire::{Plan, Submit};

const PLAN: Permission = Permission::new("runs", "plan");

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(PLAN, routes!(plan))
}

/// Shows what a run would be and where its tasks would run now; nothing is run.
#[utoipa::path(post, path = "/plans", tag = "runs", request_body = Submit, responses(
    (status = 200, body = Plan, description = "The plan.")
))]
async fn plan(
    State(service): State<Service>,
    Body(submit): Body<Submit>,
) -> Result<Json<Plan>, Failure> {
    Ok(Json(service.handle.preview(&submission(submit)?).await?.into()))
}
