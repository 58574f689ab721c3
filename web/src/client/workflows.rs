use super::ask::segment;
use super::{Client, Error};
use crate::wire::{List, Read, Save, Workflow};

impl Client {
    pub async fn workflows(&self) -> Result<List<Workflow>, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get("/workflows").query(&read)).await
    }

    /// With its source.
    pub async fn workflow(&self, name: &str) -> Result<Workflow, Error> {
        let read = Read { consistency: self.consistency };
        self.call(self.get(&format!("/workflows/{}", segment(name))).query(&read)).await
    }

    /// Answers it as it is saved, without its source.
    pub async fn save(&self, name: &str, save: &Save) -> Result<Workflow, Error> {
        self.call(self.put(&format!("/workflows/{}", segment(name))).body(save)).await
    }

    /// Deletes a saved workflow; its runs go on.
    pub async fn unsave(&self, name: &str) -> Result<(), Error> {
        self.call(self.delete(&format!("/workflows/{}", segment(name)))).await
    }
}
