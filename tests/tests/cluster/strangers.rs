//! Who is neither member nor user of a node: what there is to knock at, and that it does not open.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use tests::process::listens;
use tests::{NOBODY, Node, SECRET, Setup, as_user};
use web::api::{Route, routes};

fn node() -> Node {
    let mut node = Setup::new("n1").secret(SECRET).start();
    node.comes_up();
    node
}

/// A request for a route, with something in each of its places.
fn request(route: &Route) -> String {
    let path = route.path.replace(['{', '}'], "");
    let Route { method, .. } = route;
    format!(
        "{method} {path} HTTP/1.1\r\nHost: node\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
}

fn ask(mut stream: impl Read + Write, route: &Route) -> String {
    stream.write_all(request(route).as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    // A stream of events ends only with its reader; whatever comes first is enough.
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..count]);
        if answer.contains(&b'\n') {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_node_has_one_port_for_nodes_and_one_socket_for_people() {
    let mut node = node();
    let (_, port) = node.address().rsplit_once(':').unwrap();
    // The kernel knows a socket by the name under which it was made; it is moved into place.
    let expected = [format!("tcp {port}"), format!("unix {}.new", node.socket().display())];
    let (guard, below) = (node.process().guard(), node.process().node());
    assert_eq!(listens(below), expected);
    assert_eq!(listens(guard), [""; 0]);
}

#[test]
fn no_route_is_served_at_the_port_for_nodes() {
    let node = node();
    assert!(routes().len() > 20);
    for route in routes() {
        let stream = TcpStream::connect(node.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let answer = ask(stream, &route);
        assert!(!answer.contains("HTTP"), "{} {}: {answer}", route.method, route.path);
    }
}

#[test]
#[ignore = "becomes another user, which needs root"]
fn another_user_reaches_no_route_unless_of_the_group() {
    let node = node();
    let socket = std::fs::metadata(node.socket()).unwrap();
    assert_eq!(socket.mode() & 0o777, 0o660);
    let group = socket.gid();
    // So that only the socket's own permissions are in the way.
    node.home().sloth_of(NOBODY, NOBODY, ["version"]).ok();
    for route in routes() {
        let refused = as_user(NOBODY, NOBODY, || UnixStream::connect(node.socket())).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        let answer = as_user(NOBODY, group, || {
            let stream = UnixStream::connect(node.socket()).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            ask(stream, &route)
        });
        assert!(answer.starts_with("HTTP/1.1 "), "{} {}: {answer}", route.method, route.path);
        assert!(!answer.contains(" 403 "), "{} {}: {answer}", route.method, route.path);
    }
}

#[test]
#[ignore = "becomes another user, which needs root"]
fn another_user_is_told_which_group_may() {
    let node = node();
    let group = std::fs::metadata(node.socket()).unwrap().gid();
    let groups = std::fs::read_to_string("/etc/group").unwrap();
    let of_number = |line: &&str| line.split(':').nth(2) == Some(&group.to_string());
    let name = groups.lines().find(of_number).unwrap().split(':').next().unwrap();
    for command in [["run", "list"], ["node", "list"], ["state", "list"]] {
        let refused = node.home().sloth_of(NOBODY, NOBODY, command).exits(5);
        let refused = refused.says(&format!("belongs to group {name}"));
        assert!(refused.stdout.is_empty(), "{refused}");
        node.home().sloth_of(NOBODY, group, command).ok();
    }
    // Nothing was silently done alone instead.
    node.sloth(["state", "set", "k", "of the node"]).ok();
    node.home().sloth_of(NOBODY, NOBODY, ["state", "set", "k", "of a stranger"]).exits(5);
    assert_eq!(node.sloth(["state", "get", "k"]).ok().stdout, "of the node\n");
}
