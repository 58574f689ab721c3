use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::STEP_MAX;
use crate::event::Ring;
use crate::session::Sessions;
use crate::{
    Batch, Command, Configuration, Kind, Map, Moment, Refusal, Reply, Request, Subject, Wall,
    document, kv, lease, member, run, token, workflow,
};
use config::{ClusterId, NodeId};

/// What the cluster agrees on. A clone is cheap and shares structure. It is stored as a [`crate::snapshot`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The index of the last batch or configuration applied.
    pub applied: u64,
    /// The stopwatch.
    pub clock: Moment,
    pub cluster: Option<Founding>,
    pub configuration: Configuration,
    pub members: Map<NodeId, member::Member>,
    /// Keys that may never come back.
    pub tombstones: Map<NodeId, Wall>,
    pub tokens: token::Table,
    pub kv: kv::Table,
    pub leases: lease::Table,
    pub documents: document::Table,
    pub workflows: Map<Arc<str>, workflow::Saved>,
    pub runs: run::Table,
    pub events: Ring,
    pub sessions: Sessions,
}

/// How the cluster began, and whether it has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Founding {
    pub id: ClusterId,
    pub standalone: bool,
    pub dissolved_into: Option<ClusterId>,
}

/// What a step knows besides the state and its command.
pub(crate) struct Context<'a> {
    pub index: u64,
    pub at: Wall,
    pub by: &'a Subject,
}

impl State {
    /// Applies one entry and returns a reply for each request, in order.
    pub fn apply(&mut self, index: u64, batch: &Batch) -> Vec<Reply> {
        self.applied = index;
        self.clock = self.clock.after(batch.elapsed.min(STEP_MAX));
        batch.requests.iter().map(|request| self.answer_request(index, batch.at, request)).collect()
    }

    /// Takes note of an applied membership entry.
    pub fn configure(&mut self, index: u64, configuration: Configuration) {
        self.applied = index;
        self.configuration = configuration;
    }

    fn answer_request(&mut self, index: u64, at: Wall, request: &Request) -> Reply {
        if let Some(kept) = request.id.and_then(|id| self.sessions.kept(id)) {
            return kept;
        }
        let reply = self.attempt(&Context { index, at, by: &request.by }, &request.command);
        if let Some(id) = request.id {
            self.sessions.keep(id, reply.clone());
        }
        reply
    }

    /// A refused command changes nothing: the step runs on a copy.
    fn attempt(&mut self, context: &Context<'_>, command: &Command) -> Reply {
        if let Some(into) = self.cluster.as_ref().and_then(|cluster| cluster.dissolved_into) {
            return Err(Refusal::new(
                Kind::Dissolved,
                format!("this cluster has dissolved into {into}"),
            ));
        }
        let mut next = self.clone();
        let answer = next.step(context, command)?;
        *self = next;
        Ok(answer)
    }

    fn step(&mut self, context: &Context<'_>, command: &Command) -> Reply {
        match command {
            Command::Found(found) => self.found(context, found),
            Command::Admit(admit) => self.admit(context, admit),
            Command::Up(up) => self.up(context, up),
            Command::Label(label) => self.label(context, label),
            Command::Leave(leave) => self.leave(context, leave),
            Command::Remove(remove) => self.remove(context, remove),
            Command::Grow(grow) => self.grow(context, grow),
            Command::Dissolve(dissolve) => self.dissolve(context, dissolve),
            Command::Drain(drain) => self.drain(context, drain),
            Command::Mint(mint) => self.mint(context, mint),
            Command::Revoke(revoke) => self.revoke(context, revoke),
            Command::Tick(_) => self.tick(context),
            Command::Set(set) => self.set(context, set),
            Command::Delete(delete) => self.delete(context, delete),
            Command::Acquire(acquire) => self.acquire(context, acquire),
            Command::Renew(renew) => self.renew(context, renew),
            Command::Release(release) => self.release(context, release),
            Command::Part(part) => self.part(context, part),
            Command::Save(save) => self.save(context, save),
            Command::Unsave(unsave) => self.unsave(context, unsave),
            Command::Begin(begin) => self.begin(context, begin),
            Command::Place(place) => self.place(context, place),
            Command::Defer(defer) => self.defer(context, defer),
            Command::Refuse(refuse) => self.refuse(context, refuse),
            Command::Report(report) => self.report(context, report),
            Command::Cancel(cancel) => self.cancel(context, cancel),
            Command::Lose(lose) => self.lose(context, lose),
            Command::Rehome(rehome) => self.rehome(context, rehome),
            Command::Abandon(abandon) => self.abandon(context, abandon),
            Command::Resume(resume) => self.resume(context, resume),
            Command::Prune(prune) => self.prune(context, prune),
            Command::Approve(approve) => self.approve(context, approve),
            Command::Emit(emit) => self.publish(context, emit),
        }
    }
}
