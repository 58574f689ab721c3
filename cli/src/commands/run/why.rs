//! One committed event as a line of the story.

use web::wire::Event;

use crate::output::{json, time};

/// `10:00:00.000  task.failed  build@web-1  attempt=1 message="exit 2"`
pub fn line(event: &Event) -> String {
    let subject = subject(event);
    let data = event.data.as_object().into_iter().flatten();
    let facts: Vec<String> =
        data.map(|(key, value)| format!("{key}={}", json::compact(value))).collect();
    let line =
        format!("{}  {:<18}  {subject}  {}", time::of_day(event.time), event.kind, facts.join(" "));
    line.trim_end().to_owned()
}

/// What an event is about: `build@web-1`, a task, a node, or the run.
pub fn subject(event: &Event) -> String {
    match (&event.task, &event.node, &event.run) {
        (Some(task), Some(node), _) => format!("{task}@{node}"),
        (Some(task), None, _) => task.clone(),
        (None, Some(node), _) => node.clone(),
        (None, None, Some(run)) => run.clone(),
        (None, None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn an_event_is_one_line() {
        let event = Event {
            sequence: 7,
            time: Time(0),
            kind: "task.failed".into(),
            by: "web-1".into(),
            run: Some("R".into()),
            task: Some("build".into()),
            node: Some("web-1".into()),
            data: serde_json::json!({"attempt": 1, "message": "exit 2"}),
        };
        let line = line(&event);
        assert_eq!(
            line.split_once("  ").unwrap().1,
            r#"task.failed         build@web-1  attempt=1 message="exit 2""#
        );
        assert_eq!(subject(&Event { task: None, node: None, ..event }), "R");
    }
}
