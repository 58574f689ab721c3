//! Following a run to its end, over lost connections.

use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep};
use web::client::{Client, Error as ClientError, Stream};
use web::wire::{Approve, Item, Kind, Run, Status, Step};

use crate::error::Error;
use crate::exit::Exit;
use crate::output::text::quoted;
use crate::progress::{Asking, Progress, Said, View};
use crate::session::{Next, Session, TIMEOUT};
use crate::signals::Signals;

/// Ten pictures a second look fluent.
const FRAME: Duration = Duration::from_millis(100);
/// Between two tries to reach a node again.
pub const RETRY: Duration = Duration::from_millis(200);

/// What the first Ctrl-C means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The run goes on without this follower.
    Detaches,
    /// The run is cancelled; the second Ctrl-C ends the process.
    Cancels,
}

/// How following ended.
pub enum Followed {
    Ended(Box<Run>),
    /// The follower went away.
    Detached,
    /// Nobody executes the run.
    Interrupted,
    /// The process that executed the run is gone, and nobody else is there.
    Orphaned,
}

/// Follows one run.
pub struct Follower<'a> {
    session: &'a Session,
    client: Client,
    id: String,
    view: View,
    cursor: Option<String>,
    interrupt: Interrupt,
    /// Since when no node answers.
    lost: Option<Instant>,
    cancelling: Option<JoinHandle<()>>,
    /// Somebody is asked about tasks that wait for a person.
    asking: Option<Asking>,
}

enum Happened {
    Step(Box<Step>),
    Lost(ClientError),
    Frame,
    Signal,
    Said(Said),
}

impl<'a> Follower<'a> {
    pub fn new(session: &'a Session, id: &str, interrupt: Interrupt) -> Self {
        Self {
            session,
            client: session.client.clone(),
            id: id.to_owned(),
            view: View::of(&session.out, Progress::Auto),
            cursor: None,
            interrupt,
            lost: None,
            cancelling: None,
            asking: None,
        }
    }

    /// Asks whoever sits here about tasks that wait for a person.
    pub fn asking(mut self, wanted: bool) -> Self {
        self.asking = wanted.then(Asking::default);
        self
    }

    /// Shows it in another way than the output's format says.
    pub fn shown_as(mut self, view: View) -> Self {
        self.view = view;
        self
    }

    /// Shows the run until it ends or the follower is told to go. `stays` also with a run that nobody executes.
    pub async fn follow(mut self, stays: bool) -> Result<Followed, Error> {
        let followed = self.watch(stays).await;
        self.view.pause(&self.session.out);
        if let Some(task) = self.cancelling.take() {
            task.abort();
        }
        let followed = followed?;
        if let Followed::Ended(run) = &followed {
            self.view.end(run, &self.session.out);
        }
        Ok(followed)
    }

    async fn watch(&mut self, stays: bool) -> Result<Followed, Error> {
        let mut signals = Signals::new()?;
        let mut frames = interval(FRAME);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut steps = None;
        loop {
            self.ask();
            let happened = match &mut steps {
                Some(stream) => tokio::select! {
                    happened = next(stream, &mut signals, &mut frames, self.draws()) => happened,
                    said = answer(&mut self.asking) => Happened::Said(said),
                },
                None => tokio::select! {
                    opened = self.client.follow(&self.id, self.cursor.as_deref()) => match opened {
                        Ok(stream) => {
                            steps = Some(stream);
                            continue;
                        }
                        Err(error) => Happened::Lost(error),
                    },
                    () = signals.next() => Happened::Signal,
                },
            };
            match happened {
                Happened::Step(step) => {
                    if let Some(followed) = self.take(*step, stays) {
                        return Ok(followed);
                    }
                }
                Happened::Frame => self.view.draw(&self.session.out),
                Happened::Said(said) => self.said(said).await?,
                Happened::Lost(error) => {
                    steps = None;
                    if self.reconnect(error).await? {
                        return Ok(Followed::Orphaned);
                    }
                }
                Happened::Signal => {
                    if self.interrupted()? {
                        return Ok(Followed::Detached);
                    }
                }
            }
        }
    }

    fn take(&mut self, step: Step, stays: bool) -> Option<Followed> {
        self.lost = None;
        self.notice(&step.item);
        self.view.step(&step, &self.session.out);
        self.cursor = Some(step.cursor);
        match step.item {
            Item::End(run) => Some(Followed::Ended(run)),
            Item::Run(run) if run.summary.interrupted && !stays => Some(Followed::Interrupted),
            _ if self.session.out.is_closed() && self.interrupt == Interrupt::Detaches => {
                Some(Followed::Detached)
            }
            _ => None,
        }
    }

    /// Finds a node that answers, or gives up. Returns whether there is none left that could.
    async fn reconnect(&mut self, error: ClientError) -> Result<bool, Error> {
        if self.session.is_standalone() || !may_be_elsewhere(&error) {
            return Err(error.into());
        }
        let lost = *self.lost.get_or_insert_with(Instant::now);
        if lost.elapsed() > self.session.globals.timeout.unwrap_or(TIMEOUT) {
            let hint = format!("the run may go on: sloth run follow {}", self.id);
            return Err(Error::from(error).hint(hint));
        }
        sleep(RETRY).await;
        match self.session.next().await {
            Next::Node(client) => self.client = client,
            // Whose node was named elsewhere has not its directory here.
            Next::Nobody => {
                let named = !self.session.globals.node.is_empty();
                return Ok(self.interrupt == Interrupt::Cancels && !named);
            }
            Next::Silent => {}
        }
        Ok(false)
    }

    /// Tasks that wait for a person: asked about here, or said where to answer.
    fn notice(&mut self, item: &Item) {
        match (&mut self.asking, item) {
            (Some(asking), Item::Run(run)) => asking.snapshot(run),
            (Some(asking), Item::Event(event)) => asking.event(event),
            (None, Item::Event(event)) if event.kind == "task.approval_wanted" => {
                let task = quoted(event.task.as_deref().unwrap_or_default());
                let text =
                    format!("task {task} waits for somebody: sloth run approve {} {task}", self.id);
                self.view.say(&text, &self.session.out);
            }
            _ => {}
        }
    }

    /// Puts the next question below what has been shown.
    fn ask(&mut self) {
        let Some(asking) = &mut self.asking else { return };
        if asking.is_due() {
            self.view.pause(&self.session.out);
            asking.put(&self.session.out);
        }
    }

    /// A question is not drawn over.
    fn draws(&self) -> bool {
        self.view.is_live() && !self.asking.as_ref().is_some_and(Asking::is_open)
    }

    async fn said(&mut self, said: Said) -> Result<(), Error> {
        let Said::Decision(task, decision) = said else { return Ok(()) };
        match self.client.approve(&self.id, &Approve { task, decision }).await {
            // Somebody else may have been faster.
            Err(error) if matches!(error.kind(), Kind::StaleToken | Kind::Conflict) => Ok(()),
            answered => Ok(answered?),
        }
    }

    /// Ctrl-C. Returns whether the follower goes away.
    fn interrupted(&mut self) -> Result<bool, Error> {
        if self.interrupt == Interrupt::Detaches {
            return Ok(true);
        }
        if self.cancelling.is_some() {
            return Err(Error::new(
                Exit::Interrupted,
                format!("interrupted while run {} stops", self.id),
            ));
        }
        self.view.say("cancelling the run; Ctrl-C again quits at once", &self.session.out);
        let (client, id) = (self.client.clone(), self.id.clone());
        // Its outcome is seen in the run.
        self.cancelling = Some(tokio::spawn(async move {
            let _ = client.cancel(&id, "interrupted").await;
        }));
        Ok(false)
    }
}

/// What a person says, if anybody is asked.
async fn answer(asking: &mut Option<Asking>) -> Said {
    match asking {
        Some(asking) => asking.answer().await,
        None => std::future::pending().await,
    }
}

async fn next(
    steps: &mut Stream<Step>,
    signals: &mut Signals,
    frames: &mut Interval,
    draws: bool,
) -> Happened {
    tokio::select! {
        step = steps.next() => match step {
            Some(Ok(step)) => Happened::Step(Box::new(step)),
            Some(Err(error)) => Happened::Lost(error),
            None => Happened::Lost(ClientError::Ended { action: "following the run".into() }),
        },
        () = signals.next() => Happened::Signal,
        _ = frames.tick(), if draws => Happened::Frame,
    }
}

/// Whether another node, or this one later, can answer.
pub fn may_be_elsewhere(error: &ClientError) -> bool {
    error.is_elsewhere()
        || matches!(error.kind(), Kind::Deadline | Kind::NoQuorum | Kind::Unavailable)
}

/// The exit code that tells how a run ended.
pub fn exit(status: Status) -> Exit {
    match status {
        Status::Succeeded => Exit::Done,
        Status::Cancelled => Exit::Cancelled,
        _ => Exit::Failed,
    }
}
