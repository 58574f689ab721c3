use utoipa_axum::routes;

use super::Permission;
use super::route::Routes;

const READ: Permission = Permission::new("health", "read");

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(READ, routes!(health))
}

/// Answers while the process serves.
#[utoipa::path(get, path = "/healthz", tag = "node", responses(
    (status = 200, body = String, content_type = "text/plain", description = "`ok`")
))]
async fn health() -> &'static str {
    "ok"
}
