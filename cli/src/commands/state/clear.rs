use clap::Args;
use serde_json::json;
use web::wire::ClearQuery;

use super::Namespace;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::text::count;
use crate::session::Session;

/// Delete all keys of a namespace
///
/// Key by key: what somebody else sets meanwhile may go, too.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state clear -n team
  sloth state clear -n team --yes        without a question"
)]
pub struct Clear {
    #[command(flatten)]
    namespace: Namespace,
}

impl Clear {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespace = &self.namespace.namespace;
        session.confirm(&format!("Delete all keys of namespace `{namespace}`"))?;
        all(session, namespace, ClearQuery::default()).await
    }
}

/// Deletes until there are none.
pub async fn all(session: &Session, namespace: &str, query: ClearQuery) -> Result<Exit, Error> {
    let mut deleted = 0;
    loop {
        let cleared = session.client.clear(namespace, &query).await?.deleted;
        deleted += cleared;
        if cleared == 0 {
            break;
        }
    }
    let told = count(usize::try_from(deleted).unwrap_or(usize::MAX), "key");
    session.out.done(&json!({"deleted": deleted}), &format!("deleted {told}"));
    session.out.next(&After::KeysDeleted { namespace });
    Ok(Exit::Done)
}
