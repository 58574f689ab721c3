use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Time;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Counts all events, without holes.
    pub sequence: u64,
    pub time: Time,
    /// `category.action`, as in `task.completed`.
    pub kind: String,
    /// Who caused it.
    pub by: String,
    pub run: Option<String>,
    pub task: Option<String>,
    pub node: Option<String>,
    pub data: Value,
}

/// A page of events, oldest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    pub items: Vec<Event>,
    /// Asks for the page after this one; null when there is nothing newer.
    pub cursor: Option<String>,
    /// Everything up to this log index is contained.
    pub index: u64,
    /// The sequence of the newest event there is.
    pub newest: u64,
    /// What came before the first item after the cursor asked for, and is kept no longer.
    pub gap: Option<Gap>,
}

/// Events that are kept no longer: the first and the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    pub from: u64,
    pub to: u64,
}

/// What a watcher of events receives; the stream says in `event:` which it is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Watched {
    /// `event`
    Event(Event),
    /// `gap`: the watcher came too late for these.
    Gap(Gap),
    /// `error`: why the stream ends.
    Error(Box<super::Problem>),
}

impl Watched {
    /// The name in `event:`.
    pub fn name(&self) -> &'static str {
        match self {
            Watched::Event(_) => "event",
            Watched::Gap(_) => "gap",
            Watched::Error(_) => "error",
        }
    }

    /// Where to resume after it.
    pub fn cursor(&self) -> Option<u64> {
        match self {
            Watched::Event(event) => Some(event.sequence),
            Watched::Gap(gap) => Some(gap.to),
            Watched::Error(_) => None,
        }
    }

    /// Reads what a stream carries; `None` for a name from a newer node.
    pub fn parse(name: &str, data: &str) -> Option<Result<Watched, serde_json::Error>> {
        Some(match name {
            "event" => serde_json::from_str(data).map(Watched::Event),
            "gap" => serde_json::from_str(data).map(Watched::Gap),
            "error" => serde_json::from_str(data).map(Watched::Error),
            _ => return None,
        })
    }
}

/// Publishes an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Emit {
    pub kind: String,
    /// An object.
    #[serde(default = "empty")]
    #[schema(value_type = Object)]
    pub data: Value,
}

fn empty() -> Value {
    Value::Object(serde_json::Map::new())
}

/// The event has been committed under this sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Emitted {
    pub sequence: u64,
}
