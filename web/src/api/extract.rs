use std::fmt::Display;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::failure::Failure;
use crate::wire::Problem;

/// The body as JSON; what is unknown in it is refused.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let body = axum::Json::from_request(request, state).await;
        body.map(|axum::Json(value)| Body(value)).map_err(refused)
    }
}

fn refused(rejection: JsonRejection) -> Failure {
    let text = rejection.body_text();
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Failure(Box::new(Problem::too_large(format!("the request's body: {text}"))));
    }
    invalid("body", text)
}

fn invalid(part: &str, why: impl Display) -> Failure {
    Failure::invalid(format!("the request's {part}: {why}"))
}

/// The query's parameters; unknown ones are refused.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        let query = query.map_err(|rejection| invalid("query", rejection.body_text()))?;
        Ok(Query(query.0))
    }
}

/// The variable segments of the path.
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|found| Path(found.0)).map_err(|rejection| invalid("path", rejection.body_text()))
    }
}
