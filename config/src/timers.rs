use std::time::Duration;

/// How long what is waited for; all derive from configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Between two heartbeats of the leader.
    pub heartbeat: Duration,
    /// A voter that hears no leader stands for election between these two.
    pub election_min: Duration,
    pub election_max: Duration,
    /// A node runs attempts only this long after its last confirmed renewal.
    pub lease: Duration,
    /// From TERM to KILL.
    pub kill_grace: Duration,
    /// Added before an attempt is called lost, against clocks that run apart.
    pub lease_margin: Duration,
    /// An owner away longer than this loses the runs pinned to it.
    pub rehome_after: Duration,
    /// How long an instance waits for the one node it names.
    pub named_wait: Duration,
    /// A voter silent longer than this is replaced.
    pub replace_after: Duration,
}

impl Timers {
    /// Renewals leave room for several lost ones.
    const RENEWALS_PER_LEASE: u32 = 5;

    /// Between two renewals of the execution lease.
    pub fn renew(&self) -> Duration {
        self.lease / Self::RENEWALS_PER_LEASE
    }

    /// After this silence nothing of a node runs any more.
    pub fn lost_after(&self) -> Duration {
        self.lease + self.kill_grace + self.lease_margin
    }
}
