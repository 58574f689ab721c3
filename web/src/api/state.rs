use std::time::Duration;

use axum::Json;
use axum::extract::State;
use node::{Change, Condition};
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, WAIT_MAX, page};
use crate::wire::{
    ClearQuery, Cleared, DeleteQuery, Deleted, EntriesQuery, Entry, Kind, List, Namespace, Read,
    Set, Stored,
};

const READ: Permission = Permission::new("state", "read");
const WRITE: Permission = Permission::new("state", "write");

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(list))
        .add(READ, routes!(show))
        .add(WRITE, routes!(set))
        .add(WRITE, routes!(delete))
        .add(WRITE, routes!(clear))
        .add(READ, routes!(namespaces))
}

/// Lists keys of a namespace with their values, in order.
#[utoipa::path(get, path = "/state/{namespace}", tag = "state",
    params(("namespace" = String, Path), EntriesQuery),
    responses((status = 200, body = List<Entry>, description = "A page of keys.")))]
async fn list(
    State(service): State<Service>,
    Path(namespace): Path<String>,
    Query(query): Query<EntriesQuery>,
) -> Result<Json<List<Entry>>, Failure> {
    let EntriesQuery { prefix, cursor, limit, newer, wait, consistency } = query;
    let limit = page::limit(limit)?;
    if let Some(newer) = newer {
        let wait = wait.as_deref().map_or(Ok(Duration::ZERO), config::duration::parse)?;
        service.handle.newer(newer, wait.min(WAIT_MAX)).await?;
    }
    let index = service.index();
    let entries =
        service.handle.entries(&namespace, &prefix, cursor, limit, consistency.into()).await?;
    let cursor = page::after(&entries, limit, |entry| entry.key.clone());
    Ok(Json(page::list(index, entries, cursor)))
}

/// Reads a key. A `/` within it is written `%2F`.
#[utoipa::path(get, path = "/state/{namespace}/{key}", tag = "state",
    params(("namespace" = String, Path), ("key" = String, Path), Read),
    responses((status = 200, body = Entry, description = "The key.")))]
async fn show(
    State(service): State<Service>,
    Path((namespace, key)): Path<(String, String)>,
    Query(read): Query<Read>,
) -> Result<Json<Entry>, Failure> {
    match service.handle.entry(&namespace, &key, read.consistency.into()).await? {
        Some(entry) => Ok(Json(entry.into())),
        None => {
            let detail = format!("key `{key}` does not exist in namespace `{namespace}`");
            Err(Failure::new(Kind::NotFound, detail))
        }
    }
}

/// Sets a key, under a condition if one is given.
#[utoipa::path(put, path = "/state/{namespace}/{key}", tag = "state", request_body = Set,
    params(("namespace" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = Stored, description = "It has been set.")))]
async fn set(
    State(service): State<Service>,
    By(by): By,
    Path((namespace, key)): Path<(String, String)>,
    Body(Set { value, ttl, only_if, fence }): Body<Set>,
) -> Result<Json<Stored>, Failure> {
    let ttl = ttl.as_deref().map(config::duration::parse).transpose()?;
    let only_if = only_if.map_or(Condition::Always, Condition::from);
    let fence = fence.map(|fence| (fence.lease, fence.token));
    let change = Change { namespace, key, only_if, fence };
    let version = service.handle.set(by, change, &value, ttl).await?;
    Ok(Json(Stored { version }))
}

/// Deletes a key, under a condition if one is given.
#[utoipa::path(delete, path = "/state/{namespace}/{key}", tag = "state",
    params(("namespace" = String, Path), ("key" = String, Path), DeleteQuery),
    responses((status = 200, body = Deleted, description = "It is gone.")))]
async fn delete(
    State(service): State<Service>,
    By(by): By,
    Path((namespace, key)): Path<(String, String)>,
    Query(query): Query<DeleteQuery>,
) -> Result<Json<Deleted>, Failure> {
    let (only_if, fence) = conditions(query)?;
    let change = Change { namespace, key, only_if, fence };
    let deleted = service.handle.delete(by, change).await?;
    Ok(Json(Deleted { deleted }))
}

/// Deletes the first keys that begin so, some at once: asked again until there are none.
#[utoipa::path(delete, path = "/state/{namespace}", tag = "state",
    params(("namespace" = String, Path), ClearQuery),
    responses((status = 200, body = Cleared, description = "They are gone.")))]
async fn clear(
    State(service): State<Service>,
    By(by): By,
    Path(namespace): Path<String>,
    Query(ClearQuery { prefix, lease, token }): Query<ClearQuery>,
) -> Result<Json<Cleared>, Failure> {
    let deleted = service.handle.clear(by, &namespace, &prefix, fence(lease, token)?).await?;
    Ok(Json(Cleared { deleted: deleted as u64 }))
}

/// Lists namespaces, and how much each holds.
#[utoipa::path(get, path = "/namespaces", tag = "state", params(Read),
    responses((status = 200, body = List<Namespace>, description = "All of them.")))]
async fn namespaces(
    State(service): State<Service>,
    Query(read): Query<Read>,
) -> Result<Json<List<Namespace>>, Failure> {
    let index = service.index();
    let found = service.handle.namespaces(read.consistency.into()).await?;
    let namespace = |node::view::Namespace { name, keys, bytes }| Namespace { name, keys, bytes };
    let found: Vec<Namespace> = found.into_iter().map(namespace).collect();
    Ok(Json(page::list(index, found, None)))
}

fn conditions(query: DeleteQuery) -> Result<(Condition, Option<(String, u64)>), Failure> {
    let only_if = match (query.if_version, query.if_value) {
        (None, None) => Condition::Always,
        (Some(version), None) => Condition::Version(version),
        (None, Some(text)) => Condition::Value(serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(format!("if_value `{text}` is not JSON: {error}"))
        })?),
        (Some(_), Some(_)) => {
            return Err(Failure::invalid("if_version and if_value exclude each other"));
        }
    };
    Ok((only_if, fence(query.lease, query.token)?))
}

fn fence(lease: Option<String>, token: Option<u64>) -> Result<Option<(String, u64)>, Failure> {
    match (lease, token) {
        (None, None) => Ok(None),
        (Some(lease), Some(token)) => Ok(Some((lease, token))),
        _ => Err(Failure::invalid("lease and token are given together or not at all")),
    }
}
