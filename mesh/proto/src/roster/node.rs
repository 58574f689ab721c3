use std::collections::VecDeque;
use std::time::Duration;

use super::{Act, BEAT, Health, Observed};
use crate::Beat;

/// Silence that is always allowed: three missed heartbeats.
const ALLOWED: Duration = Duration::from_secs(3);
/// Silence that is never allowed, however irregular a node has been.
const ALLOWED_MAX: Duration = Duration::from_secs(10);
/// A node is allowed this many times the longest silence it has shown lately: a busy node that was
/// late once is not suspected for being as late again.
const PATIENCE: u32 = 3;
/// Silences remembered.
const REMEMBERED: usize = 16;
/// Silence beyond what is allowed until a node is taken for dead.
const SILENT: Duration = Duration::from_secs(5);
/// Weight of the newest round trip: one eighth, as TCP does.
const SMOOTHING: u32 = 8;

#[derive(Debug)]
pub struct Node {
    health: Health,
    connected: bool,
    beat: Option<Beat>,
    round_trip: Option<Duration>,
    heard: Option<Duration>,
    silence: Duration,
    silences: VecDeque<Duration>,
    /// When the next heartbeat is sent; none while one is under way.
    due: Option<Duration>,
    /// Its connection broke and has not come back.
    broken: bool,
}

impl Node {
    pub fn new(now: Duration) -> Self {
        Self {
            health: Health::Alive,
            connected: false,
            beat: None,
            round_trip: None,
            heard: None,
            silence: Duration::ZERO,
            silences: VecDeque::new(),
            due: Some(now),
            broken: false,
        }
    }

    pub fn connected(&mut self, now: Duration) -> Vec<Act> {
        self.connected = true;
        self.broken = false;
        self.due = Some(now + BEAT);
        vec![Act::Beat]
    }

    pub fn broken(&mut self) -> Vec<Act> {
        self.connected = false;
        self.broken = true;
        vec![Act::Look]
    }

    pub fn heard(&mut self, beat: Beat, now: Duration) -> Vec<Act> {
        self.beat = Some(beat);
        self.heard = Some(now);
        self.silences.push_back(std::mem::take(&mut self.silence));
        if self.silences.len() > REMEMBERED {
            self.silences.pop_front();
        }
        self.turn(Health::Alive).into_iter().collect()
    }

    pub fn answered(&mut self, beat: Beat, trip: Duration, now: Duration) -> Vec<Act> {
        self.round_trip = Some(match self.round_trip {
            Some(before) => (before * (SMOOTHING - 1) + trip) / SMOOTHING,
            None => trip,
        });
        self.due = Some(now + BEAT);
        self.heard(beat, now)
    }

    /// An answer that did not come is silence and counts as such; only a node whose connection broke
    /// and that cannot be dialed is suspected at once.
    pub fn missed(&mut self) -> Vec<Act> {
        self.due = self.due.or(Some(Duration::ZERO));
        if self.broken && self.health == Health::Alive {
            return self.turn(Health::Suspect).into_iter().collect();
        }
        Vec::new()
    }

    pub fn tick(&mut self, passed: Duration, now: Duration) -> Vec<Act> {
        self.silence += passed;
        let mut acts = Vec::new();
        if self.connected && self.due.is_some_and(|due| due <= now) {
            self.due = None;
            acts.push(Act::Beat);
        }
        let worse = self.silent_health().max(self.health);
        if let Some(change) = self.turn(worse) {
            acts.push(change);
            if worse == Health::Silent && self.connected {
                acts.push(Act::Redial);
            }
        }
        acts
    }

    fn silent_health(&self) -> Health {
        let allowed = self.allowed();
        match self.silence {
            silence if silence >= allowed + SILENT => Health::Silent,
            silence if silence >= allowed => Health::Suspect,
            _ => Health::Alive,
        }
    }

    fn allowed(&self) -> Duration {
        let longest = self.silences.iter().max().copied().unwrap_or_default();
        (longest * PATIENCE).clamp(ALLOWED, ALLOWED_MAX)
    }

    fn turn(&mut self, health: Health) -> Option<Act> {
        if self.health == health {
            return None;
        }
        self.health = health;
        Some(Act::Health(health))
    }

    pub fn observed(&self) -> Observed {
        Observed {
            health: self.health,
            connected: self.connected,
            status: self.beat.as_ref().map(|beat| beat.status.clone()),
            addresses: self.beat.as_ref().map(|beat| beat.addresses.clone()).unwrap_or_default(),
            round_trip: self.round_trip,
            heard: self.heard,
        }
    }
}
