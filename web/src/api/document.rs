use std::sync::LazyLock;

use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use utoipa::PartialSchema;
use utoipa::openapi::{Info, OpenApi};
use utoipa_axum::routes;

use super::route::Routes;
use super::{Permission, all};
use crate::wire::{Fault, Kind, Problem};

const READ: Permission = Permission::new("document", "read");

pub(super) fn routes(routes: Routes) -> Routes {
    routes.add(READ, routes!(document))
}

/// Made when somebody asks, as it takes longer than a short run.
static TEXT: LazyLock<String> = LazyLock::new(|| build().to_json().unwrap_or_default());

/// Describes this API: OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "node", responses(
    (status = 200, body = Object, description = "The document.")
))]
async fn document() -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "application/json")], &TEXT)
}

/// The document of all routes.
fn build() -> OpenApi {
    let (_, mut document) = all().into_parts();
    let version = env!("CARGO_PKG_VERSION");
    document.info = Info::new("sloth", version);
    let schemas = &mut document.components.get_or_insert_default().schemas;
    schemas.insert("Problem".into(), Problem::schema());
    schemas.insert("Fault".into(), Fault::schema());
    schemas.insert("Kind".into(), Kind::schema());
    document
}
