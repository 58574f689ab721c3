use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use node::Caller;

use super::failure::Failure;
use super::permission::allows;
use super::{Peer, Permission};
use crate::wire::Kind;

/// Lets through what the caller may do. Every route is behind it.
pub(super) async fn gate(
    State(permission): State<Permission>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    let caller = peer.and_then(|ConnectInfo(peer)| peer.caller());
    match caller.filter(|caller| allows(caller, permission.action, permission.object)) {
        Some(caller) => {
            request.extensions_mut().insert(Admitted(caller));
            next.run(request).await
        }
        None => denied(&permission.to_string()).into_response(),
    }
}

fn denied(what: &str) -> Failure {
    Failure::new(Kind::Denied, format!("no permission for {what}"))
}

#[derive(Clone)]
struct Admitted(Caller);

/// The caller, whom the gate has let through.
pub(super) struct By(pub(super) Caller);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        match parts.extensions.remove::<Admitted>() {
            Some(Admitted(caller)) => Ok(By(caller)),
            None => Err(denied("a route outside the gate")),
        }
    }
}
