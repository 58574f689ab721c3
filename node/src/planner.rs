//! The leader's chores: it looks, proposes what is due, and looks again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use plan::{Ledger, Options};
use state::clock::Tick;
use state::{Command, Elapsed, Moment, State, Subject};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::agreement::Agreement;
use crate::clock;
use crate::sight::Sight;

/// The stopwatch stands still no longer than this while something waits for it.
const TICK: Duration = Duration::from_secs(1);
/// After a proposal was refused: what it was based on is changing.
const PAUSE: Duration = Duration::from_millis(200);
/// A node without a network looks again at changes alone, or after this.
const QUIET: Duration = Duration::from_secs(30);

/// Runs on every node with a replica; works while that replica leads.
pub struct Planner {
    agreement: Agreement,
    sight: Sight,
    options: Options,
    /// How often to look when nothing is applied; what is observed changes without an entry.
    look: Duration,
    ledger: Arc<Mutex<Ledger>>,
    lost_after: Duration,
}

/// What a planner keeps while it leads.
struct Reign {
    term: u64,
    /// What the stopwatch showed at the last look, and when that was; while something waits for it.
    looked: Option<(Moment, Duration)>,
}

impl Planner {
    pub fn new(
        agreement: Agreement,
        sight: Sight,
        config: &config::Config,
        alone: bool,
    ) -> Planner {
        let timers = config.timers();
        let look = if alone { QUIET } else { timers.renew() / 4 };
        Planner {
            agreement,
            sight,
            options: Options {
                named_wait: Elapsed::from(timers.named_wait),
                rehome_after: Elapsed::from(timers.rehome_after),
                keep: config.run.keep as usize,
            },
            look,
            ledger: Arc::default(),
            lost_after: timers.lost_after(),
        }
    }

    /// The book in which renewals of execution leases are entered.
    pub fn ledger(&self) -> Arc<Mutex<Ledger>> {
        self.ledger.clone()
    }

    pub async fn run(self, stop: CancellationToken) {
        let mut watch = self.agreement.raft().watch();
        let mut leading = self.agreement.raft().leading();
        let mut reign: Option<Reign> = None;
        loop {
            let term = *leading.borrow_and_update();
            reign = term.map(|term| match reign.take() {
                Some(reign) if reign.term == term => reign,
                _ => self.begin(term),
            });
            let pause = match &mut reign {
                Some(reign) => self.round(reign).await,
                None => QUIET,
            };
            tokio::select! {
                () = stop.cancelled() => return,
                changed = leading.changed() => if changed.is_err() { return },
                moved = watch.changed(pause), if reign.is_some() => {
                    if moved.is_err() {
                        // A replica that has stopped ends the node by another way.
                        let _ = timeout(PAUSE, stop.cancelled()).await;
                    }
                }
            }
        }
    }

    fn begin(&self, term: u64) -> Reign {
        *self.ledger.lock().unwrap_or_else(PoisonError::into_inner) = Ledger::default();
        Reign { term, looked: None }
    }

    /// Proposes what is due; returns how long to wait unless something is applied.
    async fn round(&self, reign: &mut Reign) -> Duration {
        let Some(state) = self.agreement.raft().snapshot_state() else { return QUIET };
        let now = clock::boottime();
        let mut commands = self.tick(reign, &state, now);
        commands.extend(self.lost(&state, now));
        commands.extend(plan::due(&state, &self.sight.observed(), &self.options));
        let patience = self.patience(&state);
        let looked = clock::boottime().saturating_sub(now);
        let rest = if self.propose(commands).await { looked } else { PAUSE };
        if rest > MOMENT {
            // With very much that waits a look takes long: half of the time is left to others.
            tokio::time::sleep(rest).await;
        }
        patience
    }

    /// Serves what is due on the stopwatch, or lets a batch say how far it has gone.
    fn tick(&self, reign: &mut Reign, state: &State, now: Duration) -> Vec<Command> {
        let Some(deadline) = self.deadline(state) else {
            reign.looked = None;
            return Vec::new();
        };
        let (clock, looked) = *reign.looked.get_or_insert((state.clock, now));
        if clock != state.clock {
            reign.looked = Some((state.clock, now));
        }
        let passed = if clock == state.clock { now.saturating_sub(looked) } else { Duration::ZERO };
        let due = state.clock >= deadline || Elapsed::from(passed) >= deadline.since(state.clock);
        if !due && passed < TICK {
            return Vec::new();
        }
        reign.looked = None;
        vec![Command::Tick(Tick {})]
    }

    fn deadline(&self, state: &State) -> Option<Moment> {
        let agreed = state.next_deadline();
        agreed.into_iter().chain(plan::patience(state, &self.options)).min()
    }

    fn lost(&self, state: &State, now: Duration) -> Vec<Command> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.lost(state, self.agreement.me(), now, self.lost_after)
    }

    /// Whether everything was accepted.
    async fn propose(&self, commands: Vec<Command>) -> bool {
        let by = Subject::Node(self.agreement.me());
        // All at once, so that they become one entry.
        let writes = commands.into_iter().map(|command| self.agreement.write(by.clone(), command));
        let mut accepted = true;
        for written in join_all(writes).await {
            if let Err(error) = written {
                tracing::debug!(%error, "a proposal was not accepted");
                accepted = false;
            }
        }
        accepted
    }

    fn patience(&self, state: &State) -> Duration {
        match self.deadline(state) {
            Some(deadline) => {
                Duration::from_millis(deadline.since(state.clock).0).clamp(MOMENT, TICK)
            }
            None => self.look,
        }
        .min(self.look)
    }
}

/// The shortest wait, so that a deadline that is nearly over is not asked for in a loop.
const MOMENT: Duration = Duration::from_millis(5);
