use config::NodeId;
use serde_json::{Value, json};

use super::{DATA_BYTES, Emit, Event, KIND_BYTES};
use crate::state::Context;
use crate::{Answer, Kind, Refusal, Reply, RunId, State, check, json};

/// Categories that only `apply` speaks of.
const RESERVED: [&str; 10] =
    ["cluster", "event", "instance", "lease", "node", "run", "state", "task", "token", "workflow"];

/// An event before it has its place.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub kind: String,
    pub run: Option<RunId>,
    pub task: Option<String>,
    pub node: Option<NodeId>,
    /// A JSON object.
    pub data: Value,
}

impl Draft {
    pub fn new(kind: &str) -> Draft {
        Draft { kind: kind.into(), run: None, task: None, node: None, data: json!({}) }
    }

    /// Adds a field to its data.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Draft {
        self.data[key] = value.into();
        self
    }

    pub fn about(self, node: NodeId) -> Draft {
        Draft { node: Some(node), ..self }
    }

    /// Its data as text. A whole list of labels or reasons may be too long: then only its length is told.
    fn text(&self) -> String {
        let text = self.data.to_string();
        match text.len() {
            0..=DATA_BYTES => text,
            length => json!({ "left_out_bytes": length }).to_string(),
        }
    }
}

impl State {
    /// Appends an event; its sequence number.
    pub(crate) fn emit(&mut self, context: &Context<'_>, draft: Draft) -> u64 {
        let data = draft.text();
        self.events.push(|sequence| Event {
            sequence,
            index: context.index,
            at: context.at,
            kind: draft.kind,
            by: context.by.clone(),
            run: draft.run,
            task: draft.task,
            node: draft.node,
            data,
        })
    }

    pub(crate) fn publish(&mut self, context: &Context<'_>, emit: &Emit) -> Reply {
        check_kind(&emit.kind)?;
        if let Some(task) = &emit.task {
            check::title("task", task)?;
        }
        let length = emit.data.len();
        if length > DATA_BYTES {
            return Err(Refusal::limit(format!(
                "data has {length} bytes, the most is {DATA_BYTES}"
            )));
        }
        json::check_object("data", &emit.data)?;
        let sequence = self.events.push(|sequence| Event {
            sequence,
            index: context.index,
            at: context.at,
            kind: emit.kind.clone(),
            by: context.by.clone(),
            run: emit.run,
            task: emit.task.clone(),
            node: None,
            data: emit.data.clone(),
        });
        Ok(Answer::Sequence(sequence))
    }
}

/// Lower-case words with dots between them, of a category that is free.
fn check_kind(kind: &str) -> Result<(), Refusal> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if kind.len() > KIND_BYTES || !kind.split('.').all(is_word) {
        let shown = check::shown(kind);
        return Err(Refusal::invalid(format!(
            "event kind `{shown}` is not lower-case words with dots, {KIND_BYTES} bytes at most"
        )));
    }
    match kind.split('.').next().filter(|category| RESERVED.contains(category)) {
        None => Ok(()),
        Some(category) => Err(Refusal::new(
            Kind::Denied,
            format!("events `{category}.*` are made by the cluster alone: choose another category"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_words_of_a_free_category() {
        for kind in ["custom", "deploy.finished", "a1_b.c.d", &"x".repeat(64)] {
            assert_eq!(check_kind(kind), Ok(()), "{kind}");
        }
        for kind in ["", ".", "a.", "A", "1a", "a b", "a-b", "é", &"x".repeat(65)] {
            assert_eq!(check_kind(kind).unwrap_err().kind, Kind::Invalid, "{kind}");
        }
        assert_eq!(check_kind("node.removed").unwrap_err().kind, Kind::Denied);
        assert_eq!(check_kind("nodes.removed"), Ok(()));
    }

    #[test]
    fn long_data_of_the_cluster_is_left_out() {
        let draft = Draft::new("a").with("b", "x".repeat(DATA_BYTES));
        assert_eq!(draft.text(), r#"{"left_out_bytes":16392}"#);
    }
}
