use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};

use crate::wire::{Kind, Problem};

/// A refusal on its way out. Every error becomes one here.
#[derive(Debug)]
pub(super) struct Failure(pub(super) Box<Problem>);

impl Failure {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Failure(Box::new(Problem::new(kind, detail)))
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, detail)
    }
}

impl From<node::Error> for Failure {
    fn from(error: node::Error) -> Self {
        Failure(Box::new(error.into()))
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Failure::invalid(error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
