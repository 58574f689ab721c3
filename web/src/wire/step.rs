use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{OneOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::{Event, Problem, Run, Time};

/// One step of a run, as a follower sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Resumes after this step, on any node.
    pub cursor: String,
    pub item: Item,
}

/// The data of a follow stream's event; which it is, the stream says in `event:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Item {
    /// `run`: the whole run; first, and again when the events in between are gone.
    Run(Box<Run>),
    /// `event`
    Event(Event),
    /// `line`
    Line(Line),
    /// `end`: the run has ended and all its lines have been sent.
    End(Box<Run>),
    /// `error`: why the stream ends early.
    Error(Box<Problem>),
}

impl Item {
    /// The name in `event:`.
    pub fn name(&self) -> &'static str {
        match self {
            Item::Run(_) => "run",
            Item::Event(_) => "event",
            Item::Line(_) => "line",
            Item::End(_) => "end",
            Item::Error(_) => "error",
        }
    }

    /// Reads what a stream carries; `None` for a name from a newer node.
    pub fn parse(name: &str, data: &str) -> Option<Result<Item, serde_json::Error>> {
        Some(match name {
            "run" => serde_json::from_str(data).map(Item::Run),
            "event" => serde_json::from_str(data).map(Item::Event),
            "line" => serde_json::from_str(data).map(Item::Line),
            "end" => serde_json::from_str(data).map(Item::End),
            "error" => serde_json::from_str(data).map(Item::Error),
            _ => return None,
        })
    }
}

/// Each shape once, though a run comes under two names.
impl PartialSchema for Item {
    fn schema() -> RefOr<Schema> {
        let shapes = [Run::name(), Event::name(), Line::name(), Problem::name()];
        let one_of = shapes
            .into_iter()
            .fold(OneOfBuilder::new(), |one_of, name| one_of.item(Ref::from_schema_name(name)));
        one_of.into()
    }
}

impl ToSchema for Item {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        fn add<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            schemas.push((T::name().into(), T::schema()));
            T::schemas(schemas);
        }
        add::<Run>(schemas);
        add::<Event>(schemas);
        add::<Line>(schemas);
        add::<Problem>(schemas);
    }
}

/// As one JSON object: `{"type":"line","cursor":"…","data":{…}}`.
impl Serialize for Step {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("Step", 3)?;
        object.serialize_field("type", self.item.name())?;
        object.serialize_field("cursor", &self.cursor)?;
        object.serialize_field("data", &self.item)?;
        object.end()
    }
}

/// One line of an attempt's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    pub time: Time,
    pub task: String,
    pub slot: u32,
    pub node: String,
    pub attempt: u32,
    /// `stdout`, `stderr`, or the level of a log call.
    pub stream: String,
    pub line: String,
    /// Of this line, in bytes, in the attempt's log.
    pub offset: u64,
}

/// A piece of one attempt's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogPage {
    pub items: Vec<Line>,
    /// Where the next piece begins.
    pub next: u64,
    /// The attempt has ended and this was all.
    pub done: bool,
}
