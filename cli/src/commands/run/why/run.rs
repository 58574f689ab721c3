//! What happened to the run as a whole, and to its nodes.

use web::wire::Status;

use super::fact::Fact;

pub fn sentence(fact: &Fact<'_>) -> Option<String> {
    let by = &fact.event.by;
    let node = fact.event.node.as_deref().unwrap_or("another node");
    Some(match fact.event.kind.as_str() {
        "workflow.started" => started(fact),
        "workflow.completed" => "succeeded".to_owned(),
        "workflow.failed" if fact.run.summary.status == Status::TimedOut => fact.told("timed out"),
        "workflow.failed" => fact.told("failed"),
        "workflow.cancelled" => fact.told("cancelled"),
        "workflow.stopping" => stopping(fact),
        "workflow.resumed" => format!("goes on: {by} resumed it"),
        "workflow.rehomed" => format!("moves to {node}: its owner was lost"),
        "workflow.owner_lost" => {
            format!("ends: its owner {node} stayed away, and what had started there cannot move")
        }
        "node.up" => up(fact),
        "node.lost" => fact.told("lost"),
        "node.draining" => "is told to stop and takes no more work".to_owned(),
        "node.leaving" => "leaves the cluster, and takes no more work".to_owned(),
        "node.left" => "has left the cluster".to_owned(),
        "node.removed" => match fact.text("reason") {
            Some(reason) => format!("was removed from the cluster by {by}: {reason}"),
            None => format!("was removed from the cluster by {by}"),
        },
        "node.labelled" => format!("has other labels now: {by} changed them"),
        _ => return None,
    })
}

fn started(fact: &Fact<'_>) -> String {
    let summary = &fact.run.summary;
    let mut text = format!("started by {} on {}", fact.event.by, summary.owner);
    if let Some(earlier) = &fact.run.rerun_of {
        text += &format!(", again after run {earlier}");
    }
    if fact.run.check {
        text += ", to see what would change: nothing is changed";
    }
    if fact.run.interactive {
        text += ", to be asked before each task";
    }
    text
}

fn stopping(fact: &Fact<'_>) -> String {
    let by = &fact.event.by;
    match fact.message().as_deref().and_then(|text| text.strip_prefix("cancelled: ")) {
        Some(reason) => format!("{by} cancels it: {reason}"),
        None => format!("{by} cancels it"),
    }
}

fn up(fact: &Fact<'_>) -> String {
    match fact.number("incarnation") {
        Some(life @ 2..) => format!("was started again, for the {life}. time"),
        _ => "was started".to_owned(),
    }
}
