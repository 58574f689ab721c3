use clap::Args;
use web::wire::{List as Page, RunSummary, RunsQuery, Time};

use super::filter::Filter;

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::table::Cell;
use crate::output::text::plain;
use crate::output::{Table, time};
use crate::progress::meaning;
use crate::session::Session;

/// List runs, newest first
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  sloth run list
  sloth run list --status failed --since 24h
  sloth run list --active -o name"
)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// How many
    #[arg(short = 'n', value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    /// From the cursor of a page before
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl List {
    async fn find(&self, session: &Session) -> Result<Page<RunSummary>, Error> {
        if !self.filter.is_plain() {
            let items = self.filter.find(session, self.count as usize).await?;
            return Ok(Page { items, cursor: None, index: 0 });
        }
        let query = RunsQuery {
            active: self.filter.active,
            cursor: self.cursor.clone(),
            limit: Some(self.count),
            ..RunsQuery::default()
        };
        Ok(session.client.runs(query).await?)
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let runs = self.find(session).await?;
        session.out.list(&runs, |runs| table(runs, time::now()))?;
        let newest = runs.items.first().map(|run| run.id.as_str());
        session.out.next(&After::Runs { newest, cursor: runs.cursor.as_deref() });
        Ok(Exit::Done)
    }
}

fn table(runs: &[RunSummary], now: Time) -> Table {
    let headers = [
        "ID", "WORKFLOW", "STATUS", "TASKS", "OWNER", "STARTED", "DURATION", "BY", "FINISHED",
        "ERROR",
    ];
    let mut table = Table::new(headers).extra(2);
    for run in runs {
        table.row([
            run.id.as_str().into(),
            run.workflow.as_str().into(),
            status(run),
            format!("{}/{}", run.tasks_done, run.tasks_total).into(),
            run.owner.as_str().into(),
            time::ago(run.started_at, now).into(),
            duration(run, now).into(),
            run.by.as_str().into(),
            run.finished_at.map(time::exact).unwrap_or_default().into(),
            plain(run.error.as_deref().unwrap_or_default()).into(),
        ]);
    }
    table
}

/// The status word, or that nobody executes it.
pub fn status(run: &RunSummary) -> Cell {
    match run.interrupted {
        true => Cell::colored("interrupted", Some(crate::output::Meaning::Warning)),
        false => Cell::colored(run.status.word(), meaning(run.status)),
    }
}

/// How long it took, or has been running.
pub fn duration(run: &RunSummary, now: Time) -> String {
    match run.finished_at {
        Some(finished) => time::short(time::between(run.started_at, finished)),
        None if run.interrupted => String::new(),
        None => time::ticking(time::between(run.started_at, now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Layout, Paint};
    use crate::test_runs::{failed, hello};

    #[test]
    fn a_run_is_a_row() {
        let mut running = hello().summary;
        (running.finished_at, running.status) = (None, web::wire::Status::Running);
        let interrupted = RunSummary { interrupted: true, ..running.clone() };
        let now = Time(running.started_at.0 + 65_000);
        let runs = [failed().summary, running, interrupted];
        let table = table(&runs, now).laid(&Layout::default()).unwrap();
        insta::assert_snapshot!(table.render(None, Paint::OFF), @r"
        ID                          WORKFLOW  STATUS       TASKS  OWNER  STARTED  DURATION  BY
        01K0000000000000000000000F  hello     failed       1/1    web-1  1m ago   2.00s     uid 1000
        01K0000000000000000000000H  hello     running      1/1    web-1  1m ago   1m05s     uid 1000
        01K0000000000000000000000H  hello     interrupted  1/1    web-1  1m ago             uid 1000
        ");
    }
}
