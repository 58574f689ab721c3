use super::{
    Acquire, Fence, Holder, LABEL_BYTES, LEASES_MAX, Lease, Release, Renew, TTL_MAX, TTL_MIN,
};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Elapsed, Kind, Refusal, Reply, RunId, State, Subject, check};

impl State {
    /// Grants a lease that nobody else holds. Its holder gets the same token again, and the time it asks for anew.
    pub(crate) fn acquire(&mut self, context: &Context<'_>, acquire: &Acquire) -> Reply {
        check::title("lease name", &acquire.name)?;
        check::line("label", &acquire.label, LABEL_BYTES)?;
        self.check_term(acquire)?;
        let holder =
            Holder { subject: context.by.clone(), label: acquire.label.clone(), run: acquire.run };
        match self.leases.get(&acquire.name, self.clock) {
            None => self.grant_lease(context, acquire, holder),
            Some(held) if held.holder.is(&holder) => {
                let again = held.clone();
                Ok(Answer::Token(self.extend(&acquire.name, again, acquire.ttl)))
            }
            Some(held) => Err(locked(&acquire.name, held)),
        }
    }

    fn check_term(&self, acquire: &Acquire) -> Result<(), Refusal> {
        match (acquire.ttl, acquire.run) {
            (None, None) => Err(Refusal::invalid("a lease needs a ttl unless it belongs to a run")),
            (Some(ttl), _) => check::span("ttl", ttl, TTL_MIN, TTL_MAX),
            (None, Some(_)) => Ok(()),
        }?;
        match acquire.run.filter(|run| !self.runs.active.contains(run)) {
            None => Ok(()),
            Some(run) => {
                Err(Refusal::stale(format!("run {run} is not under way: it holds no leases")))
            }
        }
    }

    fn grant_lease(&mut self, context: &Context<'_>, acquire: &Acquire, holder: Holder) -> Reply {
        if self.leases.remove(&acquire.name).is_some() {
            self.tell(context, "lease.expired", &acquire.name, None);
        }
        check::room("leases", self.leases.len(), LEASES_MAX)?;
        let token = self.leases.next_token(context.index);
        let lease = Lease {
            holder,
            token,
            acquired_at: context.at,
            expires: acquire.ttl.map(|ttl| self.clock.after(ttl)),
        };
        self.tell(context, "lease.granted", &acquire.name, Some(&lease));
        self.leases.insert(acquire.name.as_str().into(), lease);
        Ok(Answer::Token(token))
    }

    fn extend(&mut self, name: &str, lease: Lease, ttl: Option<Elapsed>) -> u64 {
        let token = lease.token;
        let expires = ttl.map(|ttl| self.clock.after(ttl)).or(lease.expires);
        self.leases.insert(name.into(), Lease { expires, ..lease });
        token
    }

    /// A run's lease without an end keeps having none.
    pub(crate) fn renew(&mut self, _: &Context<'_>, renew: &Renew) -> Reply {
        check::span("ttl", renew.ttl, TTL_MIN, TTL_MAX)?;
        let held = self.held(&renew.name, renew.token)?.clone();
        let ttl = held.expires.map(|_| renew.ttl);
        self.extend(&renew.name, held, ttl);
        Ok(Answer::Done)
    }

    pub(crate) fn release(&mut self, context: &Context<'_>, release: &Release) -> Reply {
        if self.leases.get(&release.name, self.clock).is_none() {
            let name = check::shown(&release.name);
            return Err(Refusal::not_found(format!("lease `{name}` is not held")));
        }
        self.held(&release.name, release.token)?;
        self.end_lease(context, "lease.released", &release.name);
        Ok(Answer::Done)
    }

    /// Ends what a run holds, when the run ends.
    pub(crate) fn leases_release_run(&mut self, context: &Context<'_>, run: RunId) {
        for name in self.leases.of_run(run) {
            self.end_lease(context, "lease.released", &name);
        }
    }

    pub(crate) fn leases_tick(&mut self, context: &Context<'_>) {
        for name in self.leases.ripe(self.clock) {
            self.end_lease(context, "lease.expired", &name);
        }
    }

    /// Refuses a write under a lease that is not held with exactly this token now.
    pub(crate) fn check_fence(&self, fence: Option<&Fence>) -> Result<(), Refusal> {
        match fence {
            None => Ok(()),
            Some(fence) => self.held(&fence.name, fence.token).map(drop),
        }
    }

    fn held(&self, name: &str, token: u64) -> Result<&Lease, Refusal> {
        let held = self.leases.get(name, self.clock).filter(|lease| lease.token == token);
        held.ok_or_else(|| {
            let name = check::shown(name);
            Refusal::stale(format!("lease `{name}` is not held with token {token} any more"))
        })
    }

    fn end_lease(&mut self, context: &Context<'_>, kind: &str, name: &str) {
        if let Some(lease) = self.leases.remove(name) {
            self.tell(context, kind, name, Some(&lease));
        }
    }

    fn tell(&mut self, context: &Context<'_>, kind: &str, name: &str, lease: Option<&Lease>) {
        let mut draft = Draft::new(kind).with("lease", name);
        if let Some(lease) = lease {
            draft = draft.with("token", lease.token).with("holder", lease.holder.label.as_str());
            draft.run = lease.holder.run;
        }
        self.emit(context, draft);
    }
}

impl Holder {
    /// A run is the same holder on every node; anybody else is who asked.
    fn is(&self, other: &Holder) -> bool {
        self.label == other.label
            && self.run == other.run
            && (self.run.is_some() || self.subject == other.subject)
    }
}

fn locked(name: &str, lease: &Lease) -> Refusal {
    let holder = &lease.holder;
    let label =
        if holder.label.is_empty() { String::new() } else { format!("{} of ", holder.label) };
    let subject = match (&holder.subject, holder.run) {
        (_, Some(run)) => format!("run {run}"),
        (Subject::Run { run, .. }, None) => format!("run {run}"),
        (Subject::User { uid, node }, None) => format!("user {uid} on node {}", node.short()),
        (Subject::Node(node), None) => format!("node {}", node.short()),
    };
    Refusal::new(Kind::Locked, format!("lease `{name}` is held by {label}{subject}"))
}
