//! Carries out what is assigned to this node: wanted against actual, again and again.

mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use raft::Change;
use state::AttemptKey;
use state::run::{Assignment, Outcome, Report};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use work::{carry_out, deliver, news};

use crate::attempt::Bench;
use crate::permit::Permit;

/// How long the last reports of a life may take beyond the kill grace.
const LAST_REPORTS: Duration = Duration::from_secs(2);

/// Follows this node's assignments for one of its lives.
pub struct Executor {
    bench: Bench,
    incarnation: u64,
    permit: Permit,
    /// The permit has run out: nothing starts, and what runs is being stopped.
    paused: bool,
    wanted: BTreeMap<AttemptKey, Assignment>,
    /// Attempts started here that are still wanted, or not yet over.
    actual: BTreeMap<AttemptKey, Actual>,
    /// Those whose processes and Lua may still run, and what comes of them.
    running: JoinSet<(AttemptKey, Option<Report>)>,
    /// Reports on their way.
    reporting: JoinSet<AttemptKey>,
    /// How many attempts run, for whoever waits for the last.
    busy: watch::Sender<usize>,
}

struct Actual {
    cancel: CancellationToken,
    /// Nobody waits for its report any more.
    forgotten: CancellationToken,
    /// It was this node that stopped it, so it counts as lost.
    lost: Arc<AtomicBool>,
    over: bool,
}

impl Executor {
    pub fn new(
        bench: Bench,
        incarnation: u64,
        permit: Permit,
        busy: watch::Sender<usize>,
    ) -> Executor {
        Executor {
            bench,
            incarnation,
            permit,
            paused: false,
            wanted: BTreeMap::new(),
            actual: BTreeMap::new(),
            running: JoinSet::new(),
            reporting: JoinSet::new(),
            busy,
        }
    }

    /// Works until told to stop. What runs then is stopped and reported as lost.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut index = None;
        let permit = self.permit.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return self.end().await,
                () = permit.expired(), if !self.paused => self.pause(),
                () = permit.valid(), if self.paused => {
                    self.paused = false;
                    self.reconcile();
                }
                Some(ended) = self.running.join_next() => self.ended(ended.ok()),
                Some(over) = self.reporting.join_next() => self.over(over.ok()),
                feed = news(&self.bench, index) => {
                    index = Some(feed.index);
                    self.take(feed.change);
                    self.reconcile();
                }
            }
        }
    }

    fn take(&mut self, change: Change) {
        match change {
            Change::Reset(all) => {
                self.wanted = all.into_iter().map(|it| (it.attempt, it)).collect();
            }
            Change::Delta { put, remove } => {
                self.wanted.extend(put.into_iter().map(|it| (it.attempt, it)));
                for attempt in &remove {
                    self.wanted.remove(attempt);
                }
            }
        }
    }

    fn reconcile(&mut self) {
        let wanted: Vec<Assignment> =
            self.wanted.values().filter(|it| it.incarnation == self.incarnation).cloned().collect();
        for assignment in wanted {
            match self.actual.get(&assignment.attempt) {
                Some(actual) if assignment.stop.is_some() => actual.cancel.cancel(),
                Some(_) => {}
                None if self.paused => {}
                None => self.start(assignment),
            }
        }
        for (attempt, actual) in &self.actual {
            if !self.wanted.contains_key(attempt) {
                actual.forgotten.cancel();
                actual.cancel.cancel();
            }
        }
        self.actual.retain(|attempt, actual| !actual.over || self.wanted.contains_key(attempt));
    }

    fn start(&mut self, assignment: Assignment) {
        let key = assignment.attempt;
        let actual = Actual {
            cancel: CancellationToken::new(),
            forgotten: CancellationToken::new(),
            lost: Arc::default(),
            over: false,
        };
        if assignment.stop.is_some() {
            actual.cancel.cancel();
        }
        let (bench, incarnation) = (self.bench.clone(), self.incarnation);
        let (cancel, lost) = (actual.cancel.clone(), actual.lost.clone());
        self.actual.insert(key, actual);
        self.permit.arm();
        self.running.spawn(async move {
            let mut report = carry_out(&bench, assignment, incarnation, cancel).await;
            if let Some(report) = report.as_mut()
                && report.outcome == Outcome::Cancelled
                && lost.load(Ordering::SeqCst)
            {
                report.outcome = Outcome::Lost;
                report.message = "its node stopped it".into();
            }
            (key, report)
        });
        self.busy.send_replace(self.running.len());
    }

    /// Nothing of an attempt runs any more.
    fn ended(&mut self, ended: Option<(AttemptKey, Option<Report>)>) {
        self.busy.send_replace(self.running.len());
        if self.running.is_empty() {
            self.permit.disarm();
        }
        let Some((attempt, report)) = ended else { return };
        let forgotten = self.actual.get(&attempt).map(|actual| actual.forgotten.clone());
        let (Some(report), Some(forgotten)) = (report, forgotten) else {
            return self.over(Some(attempt));
        };
        let bench = self.bench.clone();
        self.reporting.spawn(async move {
            tokio::select! {
                () = forgotten.cancelled() => {}
                () = deliver(&bench, report) => {}
            }
            attempt
        });
    }

    /// The report of an attempt was accepted, or will never be.
    fn over(&mut self, attempt: Option<AttemptKey>) {
        if let Some(actual) = attempt.and_then(|attempt| self.actual.get_mut(&attempt)) {
            actual.over = true;
        }
        self.reconcile();
    }

    /// Nobody confirms this node: others may soon run what it runs.
    fn pause(&mut self) {
        tracing::warn!("no leader confirms this node: its attempts are stopped");
        self.paused = true;
        self.lose_all();
    }

    fn lose_all(&self) {
        for actual in self.actual.values().filter(|actual| !actual.over) {
            actual.lost.store(true, Ordering::SeqCst);
            actual.cancel.cancel();
        }
    }

    async fn end(mut self) {
        self.lose_all();
        let patience = self.bench.kill_grace + LAST_REPORTS;
        let all = async {
            while let Some(ended) = self.running.join_next().await {
                self.ended(ended.ok());
            }
            while self.reporting.join_next().await.is_some() {}
        };
        if timeout(patience, all).await.is_err() {
            tracing::warn!("the last reports of this life were not accepted in time");
        }
        self.permit.disarm();
        self.busy.send_replace(0);
    }
}
