use serde_json::json;
use web::Client;
use web::wire::{Kind, LogQuery, Problem, Set};

use crate::support;

/// Kind → exit code → HTTP status, as users rely on it.
pub async fn each_kind_has_its_exit_code_and_status() {
    let table = Kind::ALL.map(|kind| (kind.word(), kind.exit_code(), kind.status()));
    let expected = [
        ("invalid", 2, 400),
        ("not_found", 3, 404),
        ("conflict", 4, 409),
        ("locked", 4, 423),
        ("stale_token", 4, 409),
        ("denied", 5, 403),
        ("limit", 9, 429),
        ("no_quorum", 6, 503),
        ("deadline", 7, 504),
        ("unavailable", 6, 502),
        ("corrupt", 70, 500),
    ];
    assert_eq!(table, expected);
    for kind in Kind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
    }
}

pub async fn each_error_of_a_node_becomes_a_problem() {
    use node::Error;
    let file = std::io::Error::other("disk full");
    let cases = [
        (Error::NotFound { what: "run", id: "X".into() }, Kind::NotFound, 404),
        (Error::Invalid("no".into()), Kind::Invalid, 400),
        (Error::Conflict("no".into()), Kind::Conflict, 409),
        (Error::Denied("no".into()), Kind::Denied, 403),
        (Error::TooLarge { what: "value".into(), size: 9, most: 8 }, Kind::Limit, 413),
        (Error::Unreachable { node: "b".into(), why: "no".into() }, Kind::Unavailable, 502),
        (Error::File { action: "read", path: "f".into(), source: file }, Kind::Unavailable, 502),
        (Error::Corrupt("no".into()), Kind::Corrupt, 500),
    ];
    for (error, kind, status) in cases {
        let text = error.to_string();
        let problem = Problem::from(error);
        assert_eq!((problem.kind, problem.status), (kind, status), "{text}");
        assert_eq!(problem.reference, format!("/problems/{kind}"));
        assert!(problem.detail.starts_with(&text), "{}", problem.detail);
    }
}

pub async fn what_is_unknown_or_malformed_is_invalid() {
    let server = support::server().await;
    let set = json!({ "value": 1 });
    let cases = [
        ("PUT", "/api/v1/state/n/k", Some(json!({ "value": 1, "colour": 2 })), "colour"),
        ("PUT", "/api/v1/state/n/k", Some(json!({})), "value"),
        ("PUT", "/api/v1/state/n/k", Some(json!({ "value": 1, "ttl": "soon" })), "soon"),
        ("PUT", "/api/v1/state/n/k?colour=1", Some(set), ""),
        ("GET", "/api/v1/runs?colour=1", None, "colour"),
        ("GET", "/api/v1/runs?limit=0", None, "limit 0"),
        ("GET", "/api/v1/runs?limit=1001", None, "limit 1001"),
        ("GET", "/api/v1/runs?consistency=some", None, "some"),
        ("GET", "/api/v1/runs?cursor=x", None, "`x` is not a ULID"),
        ("GET", "/api/v1/runs/x", None, "`x` is not a ULID"),
        ("GET", "/api/v1/runs/x/follow?from=y", None, "cursor `y`"),
        ("GET", "/api/v1/events?cursor=x", None, "`x`"),
        ("POST", "/api/v1/runs", Some(json!({ "source": { "file": { "name": "f" } } })), "text"),
        ("POST", "/api/v1/runs", Some(json!({ "source": { "git": "f" } })), "git"),
        ("DELETE", "/api/v1/state/n/k?if_version=1&if_value=1", None, "exclude"),
        ("DELETE", "/api/v1/state/n/k?token=1", None, "together"),
        ("DELETE", "/api/v1/leases/l", None, "token"),
        ("POST", "/api/v1/cluster/tokens", Some(json!({ "labels": ["name=x"] })), "name"),
        ("POST", "/healthz", None, "no method POST"),
    ];
    for (method, path, body, word) in cases {
        let answer = server.ask(method, path, body).await;
        if word.is_empty() {
            continue;
        }
        assert_eq!(answer.kind, "application/problem+json", "{method} {path}");
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, problem.kind), (400, Kind::Invalid), "{method} {path}");
        assert!(problem.detail.contains(word), "{method} {path}: {}", problem.detail);
    }
}

pub async fn a_route_that_does_not_exist_is_not_found() {
    let server = support::server().await;
    let answer = server.get("/api/v2/runs").await;
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, problem.kind), (404, Kind::NotFound));
    assert!(problem.detail.contains("/api/v2/runs"));
}

pub async fn a_body_beyond_the_bound_is_too_large() {
    let server = support::server().await;
    let body = json!({ "value": "x".repeat(5 << 20) });
    let answer = server.ask("PUT", "/api/v1/state/n/k", Some(body)).await;
    let problem: Problem = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, problem.kind), (413, Kind::Limit));
}

pub async fn a_client_gets_the_refusal_with_its_kind() {
    let server = support::server().await;
    let client = Client::in_process(server.handle());
    let error = client.run("00000000000000000000000009").await.unwrap_err();
    assert_eq!((error.kind(), error.kind().exit_code()), (Kind::NotFound, 3));
    let error = client.entry("n", "missing").await.unwrap_err();
    assert_eq!(error.to_string(), "key `missing` does not exist in namespace `n`");
    client.emit(&web::wire::Emit { kind: "a.b".into(), data: json!([]) }).await.unwrap_err();
    let error = client.node("nowhere").await.unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    let set = Set { value: json!(1), ttl: None, only_if: None, fence: None };
    client.set("n", "k", &set).await.unwrap();
    let only_if = Some(web::wire::Condition::Version(7));
    let error = client.set("n", "k", &Set { only_if, ..set }).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Conflict);
    let query = LogQuery { task: "t".into(), wait: Some("later".into()), ..LogQuery::default() };
    assert_eq!(client.log("latest", &query).await.unwrap_err().kind(), Kind::Invalid);
}

pub async fn the_faults_of_a_file_come_with_their_places() {
    let server = support::server().await;
    let submit = support::submission(support::BROKEN);
    let error = Client::in_process(server.handle()).submit(&submit).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    let [fault] = error.faults() else { panic!("{error:?}") };
    assert_eq!((fault.file.as_str(), fault.line), ("t.sloth", 1));
    assert!(!fault.code.is_empty() && !fault.source.is_empty());
    assert!(error.rendered().unwrap().contains(&fault.message));
}
