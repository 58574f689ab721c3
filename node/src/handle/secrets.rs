use config::Secret;

use super::{Caller, Handle};
use crate::error::Error;
use crate::secrets::{Actor, Content, Secrets};
use crate::view;

/// The secrets of this node.
impl Handle {
    /// All of them by name, without their values.
    pub async fn secrets(&self) -> Result<Vec<view::Secret>, Error> {
        let all = self.own_secrets().list().await?;
        Ok(all.into_iter().map(|(name, content)| view_secret(name, &content)).collect())
    }

    /// Opens a secret; the log records that it was.
    pub async fn reveal_secret(
        &self,
        by: Caller,
        name: &str,
    ) -> Result<(view::Secret, Secret), Error> {
        let opened = self.own_secrets().open(name, self.actor(by)).await?;
        let content = opened.ok_or_else(|| missing(name))?;
        Ok((view_secret(name.to_owned(), &content), content.value))
    }

    pub async fn set_secret(
        &self,
        by: Caller,
        name: &str,
        value: Secret,
    ) -> Result<view::Secret, Error> {
        let actor = self.actor(by);
        let names = self.agreement().names().await?;
        let writer = names.subject(&actor.subject);
        let content = self.own_secrets().set(name, value, writer, actor).await?;
        Ok(view_secret(name.to_owned(), &content))
    }

    pub async fn delete_secret(&self, by: Caller, name: &str) -> Result<(), Error> {
        match self.own_secrets().delete(name, self.actor(by)).await? {
            true => Ok(()),
            false => Err(missing(name)),
        }
    }

    fn own_secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    fn actor(&self, by: Caller) -> Actor {
        Actor { subject: self.subject(by), run: None, task: None }
    }
}

fn missing(name: &str) -> Error {
    Error::NotFound { what: "secret", id: name.to_owned() }
}

fn view_secret(name: String, content: &Content) -> view::Secret {
    view::Secret {
        name,
        version: content.version,
        changed_at: state::Wall(content.changed_at),
        changed_by: content.changed_by.clone(),
    }
}
