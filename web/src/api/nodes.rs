use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query};
use super::failure::Failure;
use super::gate::By;
use super::route::Routes;
use super::{Permission, Service, page};
use crate::wire::{Consistency, Edits, Kind, List, Node, Read, RemoveQuery};

const READ: Permission = Permission::new("nodes", "read");
const LABEL: Permission = Permission::new("nodes", "label");
const LEAVE: Permission = Permission::new("nodes", "leave");
const REMOVE: Permission = Permission::new("nodes", "remove");

/// Characters of an id that name a node.
const ID_PREFIX: usize = 6;

pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .add(READ, routes!(list))
        .add(READ, routes!(show))
        .add(LABEL, routes!(label))
        .add(LEAVE, routes!(leave))
        .add(REMOVE, routes!(remove))
}

/// Lists the nodes: what is agreed about them, and what the answering one observes.
#[utoipa::path(get, path = "/nodes", tag = "nodes", params(Read), responses(
    (status = 200, body = List<Node>, description = "All nodes.")
))]
async fn list(
    State(service): State<Service>,
    Query(read): Query<Read>,
) -> Result<Json<List<Node>>, Failure> {
    let index = service.index();
    let nodes = service.handle.nodes(read.consistency.into()).await?;
    Ok(Json(page::list(index, nodes, None)))
}

/// Shows a node.
#[utoipa::path(get, path = "/nodes/{name}", tag = "nodes",
    params(("name" = String, Path, description = "Or 6 and more characters of its id."), Read),
    responses((status = 200, body = Node, description = "The node.")))]
async fn show(
    State(service): State<Service>,
    Path(name): Path<String>,
    Query(read): Query<Read>,
) -> Result<Json<Node>, Failure> {
    Ok(Json(service.node(&name, read.consistency).await?))
}

/// Changes a node's labels.
#[utoipa::path(patch, path = "/nodes/{name}/labels", tag = "nodes", request_body = Edits,
    params(("name" = String, Path, description = "Or 6 and more characters of its id.")),
    responses((status = 200, body = Node, description = "The node as it is now.")))]
async fn label(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Body(Edits { edits }): Body<Edits>,
) -> Result<Json<Node>, Failure> {
    let name = service.node(&name, Consistency::Linear).await?.name;
    service.handle.label(by, &name, &edits).await?;
    Ok(Json(service.node(&name, Consistency::Linear).await?))
}

/// Asks a node to leave the cluster.
#[utoipa::path(post, path = "/nodes/{name}/leave", tag = "nodes",
    params(("name" = String, Path, description = "Or 6 and more characters of its id.")),
    responses((status = 204, description = "It leaves.")))]
async fn leave(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
) -> Result<StatusCode, Failure> {
    let name = service.node(&name, Consistency::Linear).await?.name;
    service.handle.leave(by, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Evicts a node for good.
#[utoipa::path(delete, path = "/nodes/{name}", tag = "nodes",
    params(
        ("name" = String, Path, description = "Or 6 and more characters of its id."),
        RemoveQuery,
    ),
    responses((status = 204, description = "It is no member any more.")))]
async fn remove(
    State(service): State<Service>,
    By(by): By,
    Path(name): Path<String>,
    Query(RemoveQuery { reason, force }): Query<RemoveQuery>,
) -> Result<StatusCode, Failure> {
    let name = service.node(&name, Consistency::Linear).await?.name;
    service.handle.remove(by, &name, reason, force).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Service {
    async fn node(&self, name: &str, consistency: Consistency) -> Result<Node, Failure> {
        let nodes = self.handle.nodes(consistency.into()).await?;
        let nodes: Vec<Node> = nodes.into_iter().map(Node::from).collect();
        choose(nodes, name)
    }
}

/// By name, else by the beginning of the id of exactly one.
fn choose(mut nodes: Vec<Node>, name: &str) -> Result<Node, Failure> {
    let named = nodes.iter().position(|node| node.name == name);
    let begins = |node: &Node| name.len() >= ID_PREFIX && node.id.starts_with(name);
    let mut alike = nodes.iter().enumerate().filter(|(_, node)| begins(node)).map(|(at, _)| at);
    let only = alike.next().filter(|_| alike.next().is_none());
    match named.or(only) {
        Some(at) => Ok(nodes.swap_remove(at)),
        None => Err(unknown(&nodes, name)),
    }
}

fn unknown(nodes: &[Node], name: &str) -> Failure {
    let mut failure = Failure::new(Kind::NotFound, format!("node `{name}` does not exist"));
    let names = nodes.iter().map(|node| node.name.as_str());
    failure.0.hint =
        config::suggest::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
    failure
}
