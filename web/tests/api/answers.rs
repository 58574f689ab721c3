//! Every operation is asked once; status, form and content of its answer are what the document says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::{document, operations};
use crate::http::Answer;
use crate::schema;
use crate::support::{self, FILE, Server};

/// What a node that is alone refuses; the refusal is as documented, too.
const REFUSED: [(&str, &str); 5] = [
    // No task waits.
    ("POST", "/api/v1/runs/{id}/approve"),
    ("POST", "/api/v1/nodes/{name}/leave"),
    ("DELETE", "/api/v1/nodes/{name}"),
    ("POST", "/api/v1/cluster/tokens"),
    ("DELETE", "/api/v1/cluster/tokens/{id}"),
];

struct Check {
    server: Server,
    document: Value,
    seen: BTreeSet<(String, String)>,
}

impl Check {
    /// Asks, compares with the document, returns the answer's JSON.
    async fn ask(
        &mut self,
        method: &str,
        template: &str,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let answer = self.server.ask(method, path, body).await;
        self.seen.insert((template.to_owned(), method.to_owned()));
        let responses = &self.document["paths"][template][method.to_lowercase()]["responses"];
        let status = answer.status.to_string();
        let documented = match responses.get(&status) {
            Some(response) => response,
            None if REFUSED.contains(&(method, template)) => &responses["default"],
            None => panic!("{method} {path}: status {status}: {}", answer.text()),
        };
        self.compare(&format!("{method} {path}"), documented, &answer)
    }

    fn compare(&self, name: &str, documented: &Value, answer: &Answer) -> Value {
        let Some(content) = documented["content"].as_object() else {
            assert!(answer.body.is_empty(), "{name}: {}", answer.text());
            return Value::Null;
        };
        let (kind, content) = content.iter().next().unwrap();
        assert!(answer.kind.starts_with(kind.as_str()), "{name}: {} is not {kind}", answer.kind);
        let values = match kind.as_str() {
            "text/plain" => vec![Value::String(answer.text())],
            "text/event-stream" => answer.data(),
            _ => vec![answer.json()],
        };
        assert!(!values.is_empty(), "{name}: no data");
        for value in &values {
            let faults = schema::faults(&self.document, &content["schema"], value);
            assert!(faults.is_empty(), "{name}: {faults:#?}\n{value:#}");
        }
        values.into_iter().next().unwrap_or_default()
    }
}

pub async fn every_answer_is_as_documented() {
    let server = support::server().await;
    let document = document(&server).await;
    let all: BTreeSet<_> =
        operations(&document).into_iter().map(|(path, method, _)| (path, method)).collect();
    let mut check = Check { server, document, seen: BTreeSet::new() };
    runs(&mut check).await;
    workflows(&mut check).await;
    store(&mut check).await;
    leases(&mut check).await;
    secrets(&mut check).await;
    events(&mut check).await;
    nodes(&mut check).await;
    for path in ["/api/v1/openapi.json", "/healthz", "/metrics"] {
        check.ask("GET", path, path, None).await;
    }
    interrupted(&mut check).await;
    let unseen: Vec<_> = all.difference(&check.seen).collect();
    assert!(unseen.is_empty(), "not asked: {unseen:?}");
}

async fn runs(check: &mut Check) {
    let submit =
        json!({ "source": { "file": { "name": "t.sloth", "text": FILE } }, "values": { "a": 1 } });
    let plans = "/api/v1/plans";
    let plan = check.ask("POST", plans, plans, Some(submit.clone())).await;
    assert_eq!((&plan["order"], &plan["tasks"][0]["name"]), (&json!("list"), &json!("t")));
    let accepted = check.ask("POST", "/api/v1/runs", "/api/v1/runs", Some(submit)).await;
    let run = format!("/api/v1/runs/{}", accepted["id"].as_str().unwrap());
    let of = |rest: &str| format!("{run}{rest}");
    check.ask("GET", "/api/v1/runs/{id}/follow", &of("/follow"), None).await;
    let shown = check.ask("GET", "/api/v1/runs/{id}", "/api/v1/runs/latest", None).await;
    assert_eq!(shown["id"], accepted["id"]);
    let list =
        check.ask("GET", "/api/v1/runs", "/api/v1/runs?limit=1&consistency=stale", None).await;
    assert_eq!(list["cursor"], accepted["id"]);
    check.ask("GET", "/api/v1/runs/{id}/why", &of("/why"), None).await;
    check.ask("GET", "/api/v1/runs/{id}/logs", &of("/logs?task=t&wait=1s"), None).await;
    again(check, accepted["id"].as_str().unwrap()).await;
}

async fn again(check: &mut Check, first: &str) {
    let (template, path) = ("/api/v1/runs/{id}/rerun", format!("/api/v1/runs/{first}/rerun"));
    let second = check.ask("POST", template, &path, Some(json!({ "from": ["t"] }))).await;
    let run = format!("/api/v1/runs/{}", second["id"].as_str().unwrap());
    check.ask("GET", "/api/v1/runs/{id}/follow", &format!("{run}/follow"), None).await;
    let shown = check.ask("GET", "/api/v1/runs/{id}", &run, None).await;
    assert_eq!((&shown["rerun_of"], &shown["status"]), (&json!(first), &json!("succeeded")));
    let word = json!({ "task": "t", "decision": "run_all" });
    check.ask("POST", "/api/v1/runs/{id}/approve", &format!("{run}/approve"), Some(word)).await;
    let prune = "/api/v1/runs/prune";
    let pruned = check.ask("POST", prune, prune, Some(json!({ "ids": [second["id"]] }))).await;
    assert_eq!(pruned["forgotten"], true);
}

async fn interrupted(check: &mut Check) {
    let (server, id) = support::interrupted().await;
    check.server = server;
    let of = |rest: &str| format!("/api/v1/runs/{id}{rest}");
    let shown = check.ask("GET", "/api/v1/runs/{id}", &of(""), None).await;
    assert_eq!((&shown["status"], &shown["interrupted"]), (&json!("running"), &json!(true)));
    check.ask("POST", "/api/v1/runs/{id}/resume", &of("/resume"), None).await;
    let reason = json!({ "reason": "enough" });
    check.ask("POST", "/api/v1/runs/{id}/cancel", &of("/cancel"), Some(reason)).await;
}

async fn workflows(check: &mut Check) {
    let (one, path) = ("/api/v1/workflows/{name}", "/api/v1/workflows/w");
    let save = json!({ "file": "w.sloth", "source": FILE });
    let saved = check.ask("PUT", one, path, Some(save)).await;
    assert_eq!((&saved["version"], &saved["source"]), (&json!(1), &Value::Null));
    assert_eq!(check.ask("GET", one, path, None).await["source"], FILE);
    check.ask("GET", "/api/v1/workflows", "/api/v1/workflows", None).await;
    check.ask("DELETE", one, path, None).await;
}

async fn store(check: &mut Check) {
    let (one, path) = ("/api/v1/state/{namespace}/{key}", "/api/v1/state/n/a%2Fb");
    let set = json!({ "value": null, "ttl": "1h", "only_if": "absent" });
    assert_eq!(check.ask("PUT", one, path, Some(set)).await["version"], 1);
    let set = json!({ "value": [1], "only_if": { "value": null } });
    assert_eq!(check.ask("PUT", one, path, Some(set)).await["version"], 2);
    assert_eq!(check.ask("GET", one, path, None).await["key"], "a/b");
    let list = "/api/v1/state/n?prefix=a&limit=1";
    let page = check.ask("GET", "/api/v1/state/{namespace}", list, None).await;
    assert_eq!((&page["items"][0]["value"], &page["cursor"]), (&json!([1]), &json!("a/b")));
    let held = check.ask("GET", "/api/v1/namespaces", "/api/v1/namespaces", None).await;
    assert_eq!(held["items"], json!([{ "name": "n", "keys": 1, "bytes": 6 }]));
    let gone = check.ask("DELETE", one, &format!("{path}?if_version=2"), None).await;
    assert_eq!(gone["deleted"], true);
    check.ask("PUT", one, path, Some(json!({ "value": 1 }))).await;
    let (all, some) = ("/api/v1/state/{namespace}", "/api/v1/state/n?prefix=a");
    assert_eq!(check.ask("DELETE", all, some, None).await["deleted"], 1);
    assert_eq!(check.ask("DELETE", all, some, None).await["deleted"], 0);
    let newer = format!("/api/v1/state/n?newer={}&wait=1s", page["index"]);
    assert_eq!(check.ask("GET", all, &newer, None).await["items"], json!([]));
}

async fn leases(check: &mut Check) {
    let (one, path) = ("/api/v1/leases/{name}", "/api/v1/leases/l");
    let acquire = json!({ "label": "me", "ttl": "1m" });
    let token = check.ask("POST", one, path, Some(acquire)).await["token"].clone();
    check.ask("PUT", one, path, Some(json!({ "token": token, "ttl": "2m" }))).await;
    let list = check.ask("GET", "/api/v1/leases", "/api/v1/leases?prefix=l", None).await;
    assert_eq!(list["items"][0]["token"], token);
    check.ask("DELETE", one, &format!("{path}?token={token}"), None).await;
}

async fn secrets(check: &mut Check) {
    let (one, path) = ("/api/v1/secrets/{name}", "/api/v1/secrets/token");
    let set = json!({ "value": "hunter2" });
    assert_eq!(check.ask("PUT", one, path, Some(set)).await["version"], 1);
    let list = check.ask("GET", "/api/v1/secrets", "/api/v1/secrets", None).await;
    assert_eq!(list["items"][0]["name"], "token");
    assert!(!list.to_string().contains("hunter2"));
    let (reveal, template) = (format!("{path}/reveal"), format!("{one}/reveal"));
    assert_eq!(check.ask("POST", &template, &reveal, None).await["value"], "hunter2");
    check.ask("DELETE", one, path, None).await;
    let page = check.ask("GET", "/api/v1/events", "/api/v1/events?cursor=0", None).await;
    let kinds: Vec<&str> =
        page["items"].as_array().unwrap().iter().filter_map(|it| it["kind"].as_str()).collect();
    for kind in ["secret.created", "secret.accessed", "secret.deleted"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert!(!page.to_string().contains("hunter2"));
}

async fn events(check: &mut Check) {
    let emit = json!({ "kind": "deploy.done", "data": { "to": "web-1" } });
    let first = check.ask("POST", "/api/v1/events", "/api/v1/events", Some(emit)).await;
    let sequence = first["sequence"].as_u64().unwrap();
    let list = format!("/api/v1/events?cursor={}", sequence - 1);
    let page = check.ask("GET", "/api/v1/events", &list, None).await;
    assert_eq!(page["items"][0]["data"]["to"], "web-1");
    let watch = format!("/api/v1/events/watch?from={}", sequence - 1);
    let event = check.ask("GET", "/api/v1/events/watch", &watch, None).await;
    assert_eq!(event["sequence"], sequence);
}

async fn nodes(check: &mut Check) {
    let identity = check.ask("GET", "/api/v1/identity", "/api/v1/identity", None).await;
    let name = identity["name"].as_str().unwrap();
    let (one, path) = ("/api/v1/nodes/{name}", format!("/api/v1/nodes/{name}"));
    check.ask("GET", "/api/v1/nodes", "/api/v1/nodes", None).await;
    let by_id = format!("/api/v1/nodes/{}", &identity["id"].as_str().unwrap()[..8]);
    assert_eq!(check.ask("GET", one, &by_id, None).await["name"], identity["name"]);
    let labels = format!("{path}/labels");
    let edits = json!({ "edits": ["role=web", "gpu"] });
    let labelled = check.ask("PATCH", "/api/v1/nodes/{name}/labels", &labels, Some(edits)).await;
    assert_eq!(labelled["labels"]["role"], "web");
    assert_eq!(labelled["labels"]["gpu"], Value::Null);
    check.ask("GET", "/api/v1/cluster", "/api/v1/cluster", None).await;
    let tokens = "/api/v1/cluster/tokens";
    check.ask("POST", tokens, tokens, Some(json!({ "labels": ["role=web"] }))).await;
    check.ask("GET", tokens, tokens, None).await;
    check.ask("DELETE", "/api/v1/cluster/tokens/{id}", &format!("{tokens}/none"), None).await;
    check.ask("DELETE", one, &path, None).await;
    check.ask("POST", "/api/v1/nodes/{name}/leave", &format!("{path}/leave"), None).await;
}
