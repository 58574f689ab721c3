//! Plain requests to a socket, without the client under test.

use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

pub struct Answer {
    pub status: u16,
    /// Its content type.
    pub kind: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The data of each server-sent event.
    pub fn data(&self) -> Vec<Value> {
        let text = self.text();
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }
}

/// Asks and reads the answer; of a stream that does not end, the first event.
pub async fn ask(socket: &Path, method: &str, path: &str, body: Option<Value>) -> Answer {
    timeout(LIMIT, exchange(socket, method, path, body)).await.expect("no answer in time")
}

async fn exchange(socket: &Path, method: &str, path: &str, body: Option<Value>) -> Answer {
    let stream = UnixStream::connect(socket).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::builder().method(method).uri(path).header("host", "test");
    let request = match body {
        None => request.body(Body::empty()),
        Some(body) => {
            request.header("content-type", "application/json").body(body.to_string().into())
        }
    };
    let response = sender.send_request(request.unwrap()).await.unwrap();
    let answer = read(response, path.contains("/watch")).await;
    connection.abort();
    answer
}

async fn read(mut response: Response<Incoming>, is_endless: bool) -> Answer {
    let kind = response.headers().get("content-type");
    let kind = kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
    let mut body = Vec::new();
    while let Some(frame) = response.body_mut().frame().await {
        body.extend_from_slice(frame.unwrap().data_ref().unwrap());
        if is_endless
            && String::from_utf8_lossy(&body).contains("data: ")
            && body.ends_with(b"\n\n")
        {
            break;
        }
    }
    Answer { status: response.status().as_u16(), kind, body }
}
