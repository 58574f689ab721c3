//! Runs as a node tells them, for tests.

use serde_json::json;
use web::wire::Run;

fn read(value: serde_json::Value) -> Run {
    serde_json::from_value(value).unwrap()
}

fn task(name: &str, status: &str, instances: serde_json::Value) -> serde_json::Value {
    json!({
        "name": name, "description": "", "callback": false, "depends_on": [], "target": "local",
        "status": status, "changed": status == "succeeded", "approval": false, "notes": [], "instances": instances,
    })
}

fn instance(status: &str, code: i32, message: &str, tail: &str) -> serde_json::Value {
    json!({
        "slot": 0, "node": "web-1", "status": status, "wait": null, "next_try": null,
        "next_try_ms": null, "changed": false, "attempt": 1, "exit_code": code, "error": null,
        "duration": "10ms", "duration_ms": 10, "output": null, "artifacts": [],
        "attempts": [{
            "number": 1, "try": 1, "function": null, "node": "web-1", "incarnation": 1, "status": status, "exit_code": code,
            "message": message, "tail": tail, "started_at": "2026-11-24T10:00:00.000Z",
            "finished_at": "2026-11-24T10:00:00.010Z", "duration": "10ms", "duration_ms": 10,
            "log_bytes": 20,
        }],
    })
}

fn run(id: &str, status: &str, ms: u64, error: Option<&str>, tasks: serde_json::Value) -> Run {
    read(json!({
        "id": id, "workflow": "hello", "status": status, "interrupted": false, "owner": "web-1",
        "by": "uid 1000", "started_at": "2026-11-24T10:00:00.000Z",
        "finished_at": "2026-11-24T10:00:02.000Z", "duration": null, "duration_ms": ms,
        "error": error, "tasks_done": 1, "tasks_total": 1, "description": "", "version": "",
        "metadata": {}, "workdir": null, "rerun_of": null, "check": false, "interactive": false, "home": 0, "tasks": tasks, "outputs": {}, "sequence": 9,
    }))
}

/// One task that succeeded.
pub fn hello() -> Run {
    let tasks =
        json!([task("hello", "succeeded", json!([instance("succeeded", 0, "Hello", "Hello\n")]))]);
    run("01K0000000000000000000000H", "succeeded", 12, None, tasks)
}

/// A task that failed, and one that was skipped because of it.
pub fn failed() -> Run {
    let message = "no such file: main.c";
    let tail = "compiling\nno such file: main.c\n";
    let mut skipped = task("ship", "skipped", json!([]));
    skipped["notes"] = json!(["skipped: it needs `build it`, which did not succeed"]);
    let tasks =
        json!([task("build it", "failed", json!([instance("failed", 2, message, tail)])), skipped]);
    let error = "task `build it` failed: no such file: main.c";
    run("01K0000000000000000000000F", "failed", 1_844, Some(error), tasks)
}

/// Two tasks that run, one that waits for both, and two that wait for that one.
pub fn diamond() -> Run {
    let running = |name: &str| {
        let mut instance = instance("running", 0, "", "");
        instance["attempts"][0]["finished_at"] = serde_json::Value::Null;
        task(name, "running", json!([instance]))
    };
    let waiting = |name: &str, needs: &[&str]| {
        let mut task = task(name, "pending", json!([]));
        task["depends_on"] = json!(needs);
        task
    };
    let done = task("begin", "succeeded", json!([instance("succeeded", 0, "", "")]));
    let mut left = running("left");
    left["depends_on"] = json!(["begin"]);
    let tasks = json!([
        done,
        left,
        running("right"),
        waiting("join", &["left", "right"]),
        waiting("pack", &["join"]),
        waiting("ship", &["join"]),
    ]);
    run("01K0000000000000000000000D", "running", 0, None, tasks)
}
