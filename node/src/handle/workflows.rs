use state::workflow::{Save, Saved, Unsave};
use state::{Command, Query, View};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::bundle::{Bundle, Upload};
use crate::error::Error;
use crate::files::load;
use crate::names::Names;
use crate::view;

impl Handle {
    /// Saves a file under a name, once it has been checked.
    pub async fn save(
        &self,
        by: Caller,
        name: String,
        file_name: String,
        text: String,
    ) -> Result<(), Error> {
        let bundle = Bundle::new(file_name, text, &serde_json::json!({}));
        let file = load(&bundle).await?;
        let description =
            file.workflows.first().map(|it| it.description.clone()).unwrap_or_default();
        let bundle = Upload::new(&bundle.encode());
        let save = Command::Save(Save { name, bundle: bundle.hash, description });
        let commands = bundle.commands().chain([save]).collect();
        self.agreement().write_many(self.subject(by), commands).await.map(drop)
    }

    pub async fn unsave(&self, by: Caller, name: String) -> Result<(), Error> {
        let unsave = Command::Unsave(Unsave { name });
        self.agreement().write(self.subject(by), unsave).await.map(drop)
    }

    pub async fn workflows(&self, consistency: Consistency) -> Result<Vec<view::Workflow>, Error> {
        let names = self.names().await?;
        match self.agreement().read(Query::Workflows, consistency).await? {
            View::Workflows(saved) => Ok(saved
                .into_iter()
                .map(|(name, saved)| workflow(name, &saved, &names, None))
                .collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// A saved workflow with its text.
    pub async fn workflow(
        &self,
        name: &str,
        consistency: Consistency,
    ) -> Result<view::Workflow, Error> {
        let saved = self.saved(name, consistency).await?;
        let bytes = self.agreement().document(saved.bundle).await?;
        let source = Bundle::decode(&bytes)?.text;
        let names = self.names().await?;
        Ok(workflow(name.to_string(), &saved, &names, Some(source)))
    }

    pub(super) async fn saved_bundle(&self, name: &str) -> Result<Bundle, Error> {
        let saved = self.saved(name, Consistency::Linearizable).await?;
        Bundle::decode(&self.agreement().document(saved.bundle).await?)
    }

    async fn saved(&self, name: &str, consistency: Consistency) -> Result<Saved, Error> {
        let query = Query::Workflow { name: name.to_string() };
        match self.agreement().read(query, consistency).await? {
            View::Workflow(Some(saved)) => Ok(saved),
            _ => Err(Error::NotFound { what: "workflow", id: name.to_string() }),
        }
    }
}

fn workflow(name: String, saved: &Saved, names: &Names, source: Option<String>) -> view::Workflow {
    view::Workflow {
        name,
        description: saved.description.clone(),
        version: saved.version,
        saved_at: saved.saved_at,
        saved_by: names.subject(&saved.saved_by),
        source,
    }
}
