//! The secrets of this node: sealed in its data directory, opened for the attempts of runs it owns.

mod seal;
mod store;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use config::{Paths, Secret};
use serde_json::json;
use state::event::Emit;
use state::{Command, RunId, Subject};

pub use seal::Content;
use store::Store;

use crate::Error;
use crate::agreement::Agreement;
use crate::mask::Masker;

/// Events that only the node itself states.
pub const CATEGORY: &str = "secret.";
/// Runs whose secrets are remembered, so that a later task of one hides what an earlier one read.
const RUNS_MAX: usize = 256;

/// What was done with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Created,
    Updated,
    Accessed,
    Deleted,
}

/// Who did it, on behalf of what.
#[derive(Clone, Debug)]
pub struct Actor {
    pub subject: Subject,
    pub run: Option<RunId>,
    pub task: Option<String>,
}

/// A cheap handle.
#[derive(Clone)]
pub struct Secrets(Arc<Inner>);

struct Inner {
    store: Store,
    agreement: Agreement,
    maskers: Mutex<VecDeque<(RunId, Masker)>>,
}

impl Secrets {
    pub fn new(paths: &Paths, agreement: Agreement) -> Secrets {
        let store = Store::new(paths.secrets());
        Secrets(Arc::new(Inner { store, agreement, maskers: Mutex::default() }))
    }

    /// What the attempts of a run on this node hide.
    pub fn masker(&self, run: RunId) -> Masker {
        let mut maskers = self.0.maskers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, masker)) = maskers.iter().find(|(known, _)| *known == run) {
            return masker.clone();
        }
        let masker = Masker::default();
        maskers.push_front((run, masker.clone()));
        maskers.truncate(RUNS_MAX);
        masker
    }

    pub async fn list(&self) -> Result<Vec<(String, Content)>, Error> {
        self.work(|store| store.list()).await
    }

    pub async fn names(&self) -> Result<Vec<String>, Error> {
        let mut names = self.work(|store| store.names()).await?;
        names.sort();
        Ok(names)
    }

    /// Opens a secret; nothing when there is none of that name. What cannot be recorded is not told.
    pub async fn open(&self, name: &str, actor: Actor) -> Result<Option<Content>, Error> {
        let wanted = name.to_owned();
        let Some(content) = self.work(move |store| store.get(&wanted)).await? else {
            return Ok(None);
        };
        self.record(Deed::Accessed, name, content.version, actor).await?;
        Ok(Some(content))
    }

    pub async fn set(
        &self,
        name: &str,
        value: Secret,
        by: String,
        actor: Actor,
    ) -> Result<Content, Error> {
        let own = name.to_owned();
        let content = self.work(move |store| store.set(&own, value, by)).await?;
        let deed = if content.version == 1 { Deed::Created } else { Deed::Updated };
        self.record(deed, name, content.version, actor).await?;
        Ok(content)
    }

    /// Whether there was something to delete.
    pub async fn delete(&self, name: &str, actor: Actor) -> Result<bool, Error> {
        let own = name.to_owned();
        let deleted = self.work(move |store| store.delete(&own)).await?;
        if deleted {
            self.record(Deed::Deleted, name, 0, actor).await?;
        }
        Ok(deleted)
    }

    async fn record(
        &self,
        deed: Deed,
        name: &str,
        version: u64,
        actor: Actor,
    ) -> Result<(), Error> {
        let data = match deed {
            Deed::Deleted => json!({ "secret_name": name }),
            _ => json!({ "secret_name": name, "version": version }),
        };
        let Actor { subject, run, task } = actor;
        let emit = Emit { kind: deed.event().into(), run, task, data: data.to_string() };
        self.0.agreement.write(subject, Command::Emit(emit)).await.map(drop)
    }

    /// Work on files, away from the runtime.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let inner = self.0.clone();
        let done = tokio::task::spawn_blocking(move || work(&inner.store)).await;
        done.map_err(|error| Error::Corrupt(format!("work on secrets ended early: {error}")))?
    }
}

impl Deed {
    fn event(self) -> &'static str {
        match self {
            Deed::Created => "secret.created",
            Deed::Updated => "secret.updated",
            Deed::Accessed => "secret.accessed",
            Deed::Deleted => "secret.deleted",
        }
    }
}
