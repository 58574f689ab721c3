use std::time::Duration;

use clap::Args;
use serde_json::json;
use web::wire::{Identity, Run};

use crate::args::duration;
use crate::error::Error;
use crate::exit::Exit;
use crate::follow::{self, Followed, Follower, Interrupt};
use crate::next::After;
use crate::output::Meaning;
use crate::progress::{Progress, View};
use crate::session::Session;

/// How long the command stays with its run.
#[derive(Args, Clone, Debug, Default)]
pub struct Stay {
    /// Print the run's id and leave it to the node
    #[arg(long, conflicts_with = "wait")]
    detach: bool,
    /// Leave the run to the node if it has not ended within this time; ends with 7 then
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true, value_parser = duration)]
    wait: Option<Option<Duration>>,
    /// How the run is shown meanwhile: auto, plain lines, or none until it ends
    #[arg(long, value_enum, hide_possible_values = true, value_name = "HOW", default_value_t)]
    progress: Progress,
}

/// What a run came to, as far as it was seen.
pub struct Came {
    pub exit: Exit,
    /// It changed something, or would.
    pub changed: bool,
    /// The run, if it was seen to its end.
    pub run: Option<Box<Run>>,
}

impl Came {
    fn of(run: Box<Run>) -> Self {
        let changed = run.tasks.iter().any(|task| task.changed);
        Came { exit: follow::exit(run.summary.status), changed, run: Some(run) }
    }

    /// Says what may come next; `again` runs the same once more.
    pub fn advise(&self, session: &Session, again: &str) {
        if let Some(run) = &self.run {
            session.out.next(&After::Ended { run, again });
        }
    }

    /// Where changes are to be told by the exit code.
    pub fn told(self, changes: bool) -> Exit {
        match self.exit {
            Exit::Done if changes && self.changed => Exit::Changes,
            exit => exit,
        }
    }
}

impl From<Exit> for Came {
    fn from(exit: Exit) -> Self {
        Came { exit, changed: false, run: None }
    }
}

impl Stay {
    /// Whether the command leaves its run alone.
    pub fn is_away(&self) -> bool {
        self.detach
    }

    /// What needs somebody who stays.
    pub fn alone(&self) -> Result<(), Error> {
        let flag = match (self.detach, self.limit()) {
            (false, None) => return Ok(()),
            (true, _) => "--detach",
            (false, Some(_)) => "--wait with a time",
        };
        Err(Error::usage(format!("{flag} needs a node that goes on with the run"))
            .hint("start one with `sloth node`"))
    }

    fn limit(&self) -> Option<Duration> {
        self.wait.flatten()
    }

    /// Shows a run to its end, or leaves it.
    pub async fn with(&self, session: &Session, id: &str, asks: bool) -> Result<Came, Error> {
        if self.detach {
            session.out.thing(&json!({"id": id}), |_| id.to_owned());
            session.out.next(&After::Left { run: id });
            return Ok(Exit::Done.into());
        }
        let identity = session.identity().await?;
        session.out.note(&header(session, identity, id));
        let interrupt = match identity.standalone {
            true => Interrupt::Cancels,
            false => Interrupt::Detaches,
        };
        let followed = Follower::new(session, id, interrupt).asking(asks);
        let followed = followed.shown_as(View::of(&session.out, self.progress)).follow(true);
        let followed = match self.limit() {
            None => followed.await?,
            Some(limit) => match tokio::time::timeout(limit, followed).await {
                Ok(followed) => followed?,
                Err(_) => return Err(late(id, limit)),
            },
        };
        match followed {
            Followed::Ended(run) => Ok(Came::of(run)),
            Followed::Detached | Followed::Interrupted => Ok(left(session, id).into()),
            Followed::Orphaned => Err(super::resume::take_over(session, id)),
        }
    }
}

fn header(session: &Session, identity: &Identity, id: &str) -> String {
    let place = match identity.standalone {
        true => "standalone".to_owned(),
        false => format!("on {}", identity.name),
    };
    session.out.remark_paint().of(Meaning::Faint, &format!("run {id} {place}"))
}

fn left(session: &Session, id: &str) -> Exit {
    session.out.note(&format!("run {id} goes on without you"));
    session.out.note(&format!("hint: sloth run follow {id}, or sloth run cancel {id}"));
    Exit::Interrupted
}

fn late(id: &str, limit: Duration) -> Error {
    let limit = config::duration::format(limit);
    Error::new(Exit::Deadline, format!("run {id} has not ended within {limit}, and goes on"))
        .hint(format!("sloth run follow {id}"))
}
