use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Beyond this silence a stream is broken; there is a sign of life more often.
const SILENCE: Duration = Duration::from_secs(60);
/// Beyond this what is waited for does not come.
const DEADLINE: Duration = Duration::from_secs(120);

/// One server-sent event.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Resumes after it, on any node.
    pub cursor: String,
    pub name: String,
    pub data: Value,
}

/// Reads a stream of the API until it ends or somebody has enough.
pub(crate) fn read(
    socket: &Path,
    path: &str,
    from: Option<&str>,
    mut enough: impl FnMut(&Item) -> bool,
) -> Vec<Item> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(SILENCE)).unwrap();
    let from = from.map(|from| format!("Last-Event-ID: {from}\r\n")).unwrap_or_default();
    // HTTP/1.0: the body comes as it is, and ends with the connection.
    write!(stream, "GET /api/v1{path} HTTP/1.0\r\nHost: node\r\n{from}\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let status = lines.next().unwrap();
    assert!(status.contains(" 200 "), "{path}: {status}");
    let started = Instant::now();
    let mut items = Vec::new();
    let mut item = Item { cursor: String::new(), name: String::new(), data: Value::Null };
    for line in lines.skip_while(|line| !line.is_empty()).skip(1) {
        assert!(started.elapsed() < DEADLINE, "{path} does not bring it: {items:#?}");
        match line.split_once(':').map(|(field, value)| (field, value.trim_start())) {
            Some(("id", cursor)) => item.cursor = cursor.into(),
            Some(("event", name)) => item.name = name.into(),
            Some(("data", data)) => item.data = serde_json::from_str(data).unwrap(),
            None if line.is_empty() && !item.name.is_empty() => {
                items.push(item.clone());
                if enough(&item) {
                    return items;
                }
                item.name.clear();
            }
            _ => {}
        }
    }
    items
}
