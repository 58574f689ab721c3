use clap::Args;
use serde_json::json;
use web::wire::RunSummary;

use super::filter::Filter;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::text::count;
use crate::session::Session;
use crate::since::Point;

/// Forget ended runs with their logs
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth run prune --older-than 90d
  sloth run prune --keep 100 --status succeeded
  sloth run prune --older-than 30d --dry-run")]
pub struct Prune {
    /// Only runs that began before this: 90d, 2026-11-25T08:00:00Z
    #[arg(long, value_name = "TIME", required_unless_present_any = ["keep", "workflow", "status"])]
    older_than: Option<Point>,
    /// Keep this many, the newest
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    /// Only runs of this workflow
    #[arg(short, long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only runs that ended so: succeeded, failed, timed_out, cancelled
    #[arg(short, long, value_parser = ["succeeded", "failed", "timed_out", "cancelled"], hide_possible_values = true)]
    status: Option<String>,
    /// Say what would be forgotten, and forget nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs that are looked through.
const RUNS_MAX: usize = 100_000;
/// Runs of one request.
const BATCH: usize = 1_000;

impl Prune {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let ids = self.chosen(self.filter().find(session, RUNS_MAX).await?);
        let number = ids.len();
        if self.dry_run || number == 0 {
            let told = json!({"would_forget": number, "ids": ids});
            session.out.done(&told, &format!("{} would be forgotten", count(number, "run")));
            session.out.next(&After::RunsForgotten);
            return Ok(Exit::Done);
        }
        session.confirm(&format!("Forget {} with their logs", count(number, "run")))?;
        for batch in ids.chunks(BATCH) {
            session.client.prune(batch.to_vec()).await?;
        }
        session
            .out
            .done(&json!({"forgotten": number}), &format!("forgot {}", count(number, "run")));
        session.out.next(&After::RunsForgotten);
        Ok(Exit::Done)
    }

    fn filter(&self) -> Filter {
        let (workflow, status, until) =
            (self.workflow.clone(), self.status.clone(), self.older_than);
        Filter { workflow, status, until, ..Filter::default() }
    }

    /// Of runs, newest first.
    fn chosen(&self, found: Vec<RunSummary>) -> Vec<String> {
        let ended = found.into_iter().filter(|run| run.status.is_final());
        ended.skip(self.keep.unwrap_or(0)).map(|run| run.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::{diamond, failed, hello};

    #[test]
    fn the_newest_are_kept_and_so_is_what_runs() {
        let prune = |keep| Prune {
            older_than: None,
            keep: Some(keep),
            workflow: None,
            status: None,
            dry_run: false,
        };
        let runs = || vec![diamond().summary, failed().summary, hello().summary];
        assert_eq!(prune(1).chosen(runs()), [hello().summary.id]);
        assert_eq!(prune(0).chosen(runs()).len(), 2);
        assert!(prune(5).chosen(runs()).is_empty());
    }
}
