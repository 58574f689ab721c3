use std::sync::{Arc, Mutex, PoisonError};

use state::Hash;

use crate::Error;
use crate::bundle::Bundle;

/// Loaded files kept in memory: those of runs that are under way together.
const KEPT: usize = 16;

/// Workflow files as they were loaded, by the hash of their bundle. A cheap handle.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<Vec<Loaded>>>);

type Loaded = (Hash, Arc<dsl::File>);

impl Files {
    /// The file of a bundle, loaded at most once while it is kept.
    pub async fn get(&self, hash: Hash, bundle: &Bundle) -> Result<Arc<dsl::File>, Error> {
        if let Some(file) = self.kept(hash) {
            return Ok(file);
        }
        let file = Arc::new(load(bundle).await?);
        self.keep(hash, file.clone());
        Ok(file)
    }

    pub fn keep(&self, hash: Hash, file: Arc<dsl::File>) {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.truncate(KEPT - 1);
        files.insert(0, (hash, file));
    }

    fn kept(&self, hash: Hash) -> Option<Arc<dsl::File>> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().find(|(kept, _)| *kept == hash).map(|(_, file)| file.clone())
    }
}

/// Loads a bundle's file away from the runtime: a file may use all the time it is allowed.
pub async fn load(bundle: &Bundle) -> Result<dsl::File, Error> {
    let source = dsl::Source { name: bundle.name.clone(), text: bundle.text.clone() };
    let values = bundle.values();
    let load = move || dsl::load(&source, &values, &dsl::LoadOptions::default());
    let loaded = tokio::task::spawn_blocking(load).await;
    let loaded = loaded.map_err(|error| Error::Corrupt(format!("loading failed: {error}")))?;
    loaded.map_err(|diagnostics| Error::Workflow(Box::new(diagnostics)))
}
