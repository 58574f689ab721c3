use serde::de::{self, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Refusal, clock, document, event, kv, lease, member, run, token, workflow};

/// What one request is answered.
pub type Reply = Result<Answer, Refusal>;

/// What an accepted command returns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    Done,
    /// The version a key has now.
    Version(u64),
    /// Whether something was there to remove.
    Removed(bool),
    /// A lease's fencing token.
    Token(u64),
    /// The life a node has begun.
    Incarnation(u64),
    /// The generation of a replica that may now be made.
    Generation(u64),
    /// The sequence number of an event.
    Sequence(u64),
}

/// Defines the command enum with an explicit number for each command. A number is never used again.
macro_rules! commands {
    ($($tag:literal => $name:ident($payload:ty),)*) => {
        /// Everything that can be agreed.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Command {
            $($name($payload),)*
        }

        impl Command {
            /// The number that stands for this command in the log.
            pub fn tag(&self) -> u16 {
                match self { $(Command::$name(_) => $tag,)* }
            }

            /// Every number in use, with the command's name.
            pub const TAGS: &'static [(u16, &'static str)] = &[$(($tag, stringify!($name)),)*];
        }

        impl Serialize for Command {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut tuple = serializer.serialize_tuple(2)?;
                tuple.serialize_element(&self.tag())?;
                match self { $(Command::$name(payload) => tuple.serialize_element(payload)?,)* }
                tuple.end()
            }
        }

        impl<'de> Visitor<'de> for CommandVisitor {
            type Value = Command;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a command number and its content")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Command, A::Error> {
                let missing = || de::Error::custom("a command without content");
                let tag: u16 = sequence.next_element()?.ok_or_else(missing)?;
                match tag {
                    $($tag => sequence.next_element::<$payload>()?.map(Command::$name).ok_or_else(missing),)*
                    other => Err(de::Error::custom(format_args!(
                        "command number {other} is unknown: this log needs a newer sloth"
                    ))),
                }
            }
        }
    };
}

struct CommandVisitor;

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(2, CommandVisitor)
    }
}

commands! {
    1 => Found(member::Found),
    2 => Admit(member::Admit),
    3 => Up(member::Up),
    4 => Label(member::Label),
    5 => Leave(member::Leave),
    6 => Remove(member::Remove),
    7 => Grow(member::Grow),
    8 => Dissolve(member::Dissolve),
    9 => Drain(member::Drain),
    10 => Mint(token::Mint),
    11 => Revoke(token::Revoke),
    15 => Tick(clock::Tick),
    20 => Set(kv::Set),
    21 => Delete(kv::Delete),
    25 => Acquire(lease::Acquire),
    26 => Renew(lease::Renew),
    27 => Release(lease::Release),
    30 => Part(document::Part),
    31 => Save(workflow::Save),
    32 => Unsave(workflow::Unsave),
    40 => Begin(run::Begin),
    41 => Place(run::Place),
    42 => Defer(run::Defer),
    43 => Refuse(run::Refuse),
    44 => Report(run::Report),
    45 => Cancel(run::Cancel),
    46 => Lose(run::Lose),
    47 => Rehome(run::Rehome),
    48 => Abandon(run::Abandon),
    49 => Resume(run::Resume),
    50 => Prune(run::Prune),
    51 => Approve(run::Approve),
    60 => Emit(event::Emit),
}
