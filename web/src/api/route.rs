use axum::Router;
use axum::middleware::from_fn_with_state;
use utoipa::openapi::path::{Operation, PathItem, Paths};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::gate::gate;
use super::{Permission, Service};

/// One route of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub path: String,
    /// In capitals.
    pub method: &'static str,
    pub permission: Permission,
}

/// Routes with their part of the document. None gets in without a permission.
pub(super) struct Routes {
    prefix: &'static str,
    router: OpenApiRouter<Service>,
    declared: Vec<Route>,
}

impl Routes {
    pub(super) fn under(prefix: &'static str) -> Self {
        Routes { prefix, router: OpenApiRouter::default(), declared: Vec::new() }
    }

    /// Adds what [`utoipa_axum::routes`] makes of one handler.
    pub(super) fn add(
        mut self,
        permission: Permission,
        (schemas, paths, methods): UtoipaMethodRouter<Service>,
    ) -> Self {
        let mut prefixed = Paths::new();
        for (path, mut item) in paths.paths {
            let path = format!("{}{path}", self.prefix);
            for (method, operation) in operations(&mut item) {
                document(operation, permission);
                self.declared.push(Route { path: path.clone(), method, permission });
            }
            prefixed.paths.insert(path, item);
        }
        let methods = methods.route_layer(from_fn_with_state(permission, gate));
        self.router = self.router.routes((schemas, prefixed, methods));
        self
    }

    pub(super) fn merge(mut self, other: Routes) -> Self {
        self.router = self.router.merge(other.router);
        self.declared.extend(other.declared);
        self
    }

    pub(super) fn into_declared(self) -> Vec<Route> {
        self.declared
    }

    pub(super) fn into_parts(self) -> (Router<Service>, OpenApi) {
        self.router.split_for_parts()
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// What is the same for all: how they refuse, what they need, and a name of their own.
fn document(operation: &mut Operation, permission: Permission) {
    let tag = operation.tags.iter().flatten().next();
    operation.operation_id = tag.zip(operation.operation_id.as_ref()).map(name);
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let refusal = Response::builder()
        .description("Why it was refused.")
        .content("application/problem+json", content)
        .build();
    operation.responses.responses.insert("default".into(), RefOr::T(refusal));
    let needs = format!("Needs `{permission}`.");
    operation.description = Some(match operation.description.take() {
        Some(text) if !text.is_empty() => format!("{text}\n\n{needs}"),
        _ => needs,
    });
}

/// Handlers of different resources may be called alike.
fn name((tag, handler): (&String, &String)) -> String {
    format!("{tag}_{handler}")
}
