//! Saved workflows: a name for a bundle.

use serde::{Deserialize, Serialize};

use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Hash, Reply, State, Subject, Wall, check};

/// Saved workflows at once.
pub const WORKFLOWS_MAX: usize = 1_000;
const DESCRIPTION_BYTES: usize = 256;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    pub bundle: Hash,
    pub description: String,
    pub saved_at: Wall,
    pub saved_by: Subject,
    /// Counts the saves under this name.
    pub version: u64,
}

/// Names an uploaded bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Save {
    pub name: String,
    pub bundle: Hash,
    pub description: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unsave {
    pub name: String,
}

impl State {
    pub(crate) fn save(&mut self, context: &Context<'_>, save: &Save) -> Reply {
        check::title("workflow name", &save.name)?;
        check::line("description", &save.description, DESCRIPTION_BYTES)?;
        self.documents.hold(save.bundle)?;
        let name = save.name.as_str();
        let mut version = 1;
        match self.workflows.get(name) {
            Some(old) => {
                self.documents.release(old.bundle);
                version = old.version.saturating_add(1);
            }
            None => check::room("saved workflows", self.workflows.len(), WORKFLOWS_MAX)?,
        }
        let saved = Saved {
            bundle: save.bundle,
            description: save.description.clone(),
            saved_at: context.at,
            saved_by: context.by.clone(),
            version,
        };
        self.workflows.insert(name.into(), saved);
        let draft = Draft::new("workflow.saved").with("workflow", name).with("version", version);
        self.emit(context, draft);
        Ok(Answer::Version(version))
    }

    pub(crate) fn unsave(&mut self, context: &Context<'_>, unsave: &Unsave) -> Reply {
        let Some(saved) = self.workflows.remove(unsave.name.as_str()) else {
            return Ok(Answer::Removed(false));
        };
        self.documents.release(saved.bundle);
        self.emit(context, Draft::new("workflow.deleted").with("workflow", unsave.name.as_str()));
        Ok(Answer::Removed(true))
    }
}
