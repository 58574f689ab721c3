use clap::Args;
use web::wire::{RunSummary, RunsQuery};

use crate::error::Error;
use crate::session::Session;
use crate::since::Point;

/// Which runs are meant.
#[derive(Args, Clone, Debug, Default)]
pub struct Filter {
    /// Only runs of this workflow
    #[arg(short, long, value_name = "NAME")]
    pub workflow: Option<String>,
    /// Only runs with this status: running, succeeded, failed, timed_out, cancelled, interrupted
    #[arg(short, long, value_name = "STATUS", value_parser = ["running", "succeeded", "failed", "timed_out", "cancelled", "interrupted"], hide_possible_values = true)]
    pub status: Option<String>,
    /// Only runs that began after this: 24h, today, 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub since: Option<Point>,
    /// Only runs that began before this
    #[arg(long, value_name = "TIME")]
    pub until: Option<Point>,
    /// Only runs that have not ended
    #[arg(long)]
    pub active: bool,
}

/// Runs of one request.
const PAGE: u32 = 1_000;

impl Filter {
    pub fn matches(&self, run: &RunSummary) -> bool {
        let word = if run.interrupted { "interrupted" } else { run.status.word() };
        self.workflow.as_ref().is_none_or(|name| run.workflow == *name)
            && self.status.as_ref().is_none_or(|status| status == word)
            && self.since.is_none_or(|Point(since)| run.started_at >= since)
            && self.until.is_none_or(|Point(until)| run.started_at < until)
    }

    /// Whether a node answers as much by itself.
    pub fn is_plain(&self) -> bool {
        let Filter { workflow, status, since, until, active: _ } = self;
        workflow.is_none() && status.is_none() && since.is_none() && until.is_none()
    }

    /// The newest that match, at most `most`.
    pub async fn find(&self, session: &Session, most: usize) -> Result<Vec<RunSummary>, Error> {
        let (mut found, mut cursor) = (Vec::new(), None);
        while found.len() < most {
            let query = RunsQuery {
                active: self.active,
                cursor: cursor.take(),
                limit: Some(PAGE),
                ..RunsQuery::default()
            };
            let page = session.client.runs(query).await?;
            // Older ones began earlier still.
            let over = page
                .items
                .last()
                .is_some_and(|last| self.since.is_some_and(|Point(since)| last.started_at < since));
            found.extend(page.items.into_iter().filter(|run| self.matches(run)));
            cursor = page.cursor.filter(|_| !over);
            if cursor.is_none() {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::{failed, hello};

    #[test]
    fn a_run_matches_all_that_is_asked() {
        let run = failed().summary;
        let all = Filter::default();
        assert!(all.matches(&run) && all.is_plain());
        let status = |status: &str| Filter { status: Some(status.into()), ..Filter::default() };
        assert!(status("failed").matches(&run) && !status("failed").matches(&hello().summary));
        let interrupted = RunSummary { interrupted: true, ..run.clone() };
        assert!(
            status("interrupted").matches(&interrupted) && !status("failed").matches(&interrupted)
        );
        let at = |ms: i64| Some(Point(web::wire::Time(run.started_at.0.saturating_add_signed(ms))));
        assert!(Filter { since: at(0), until: at(1), ..Filter::default() }.matches(&run));
        assert!(!Filter { since: at(1), ..Filter::default() }.matches(&run));
        assert!(!Filter { until: at(0), ..Filter::default() }.matches(&run));
    }
}
