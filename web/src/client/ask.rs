use std::fmt::Write;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use serde::Serialize;

use super::Error;

/// A request being put together.
pub(super) struct Ask {
    method: Method,
    path: String,
    query: String,
    body: Option<Bytes>,
    fault: Option<String>,
}

impl Ask {
    pub(super) fn new(method: Method, path: String) -> Self {
        Ask { method, path, query: String::new(), body: None, fault: None }
    }

    pub(super) fn query(mut self, query: &impl Serialize) -> Self {
        match serde_urlencoded::to_string(query) {
            Ok(text) => self.query = text,
            Err(error) => self.fault = Some(error.to_string()),
        }
        self
    }

    pub(super) fn body(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body = Some(bytes.into()),
            Err(error) => self.fault = Some(error.to_string()),
        }
        self
    }

    /// For messages: `GET /api/v1/runs`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// May be called again, to send the same once more.
    pub(super) fn request(&self) -> Result<Request<Body>, Error> {
        let refused = |why: String| Error::Unsendable { action: self.name(), why };
        if let Some(why) = &self.fault {
            return Err(refused(why.clone()));
        }
        let target = match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        };
        let request = Request::builder().method(&self.method).uri(target).header(HOST, "sloth");
        let request = match &self.body {
            Some(body) => {
                request.header(CONTENT_TYPE, "application/json").body(body.clone().into())
            }
            None => request.body(Body::empty()),
        };
        request.map_err(|error| refused(error.to_string()))
    }
}

/// A name as one segment of a path: everything but unreserved characters in percent form.
pub(super) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(byte.into());
            }
            // Writing to a string cannot fail.
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_holds_any_text() {
        assert_eq!(segment("a/b c%"), "a%2Fb%20c%25");
        assert_eq!(segment("é"), "%C3%A9");
        assert_eq!(segment("web-1_x.y~"), "web-1_x.y~");
    }
}
