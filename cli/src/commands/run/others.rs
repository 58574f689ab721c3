//! Runs that other processes handed over to this one.

use futures::StreamExt;
use web::wire::RunsQuery;

use crate::error::Error;
use crate::session::Session;
use crate::signals::Signals;

/// Stays until they have ended. Whether they have: Ctrl-C hands them back.
pub async fn others(session: &Session) -> Result<bool, Error> {
    let mut signals = Signals::new()?;
    let query = || RunsQuery { active: true, ..RunsQuery::default() };
    while let Some(run) =
        session.client.runs(query()).await?.items.into_iter().find(|run| !run.interrupted)
    {
        let id = &run.id;
        session.out.note(&format!("waiting for run {id}, which was handed over to this one"));
        tokio::select! {
            watched = watch(session, id) => watched?,
            () = signals.next() => {
                session.out.note(&format!("run {id} goes back to whoever handed it over"));
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Waits for the end of a run without showing it.
async fn watch(session: &Session, id: &str) -> Result<(), Error> {
    let mut steps = session.client.follow(id, None).await?;
    while let Some(step) = steps.next().await {
        step?;
    }
    Ok(())
}
