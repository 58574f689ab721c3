use std::collections::BTreeMap;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use web::wire::{List, Run, RunSummary, Status};

use super::filter::Filter;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Table, time};
use crate::session::Session;

/// Count runs and their durations
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth run stats --since 7d
  sloth run stats --by task -w deploy       where the time goes")]
pub struct Stats {
    #[command(flatten)]
    filter: Filter,
    /// Count by workflow, day, node or task
    #[arg(long, value_enum, hide_possible_values = true, default_value_t)]
    by: By,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum By {
    #[default]
    Workflow,
    Day,
    /// The owner.
    Node,
    /// Of the newest runs, as each has to be asked for.
    Task,
}

/// Runs that are counted.
const RUNS_MAX: usize = 100_000;
/// Runs whose tasks are counted.
const READ_MAX: usize = 200;

/// What is counted together.
#[derive(Clone, Debug, Default)]
struct Group {
    ended: Vec<Status>,
    running: usize,
    /// Milliseconds of those that ended.
    durations: Vec<u64>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Row {
    name: String,
    runs: usize,
    succeeded: usize,
    failed: usize,
    /// Of those that have ended, 0 to 1.
    rate: f64,
    p50_ms: u64,
    p95_ms: u64,
    max_ms: u64,
}

impl Stats {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let groups = match self.by {
            By::Task => self.tasks(session).await?,
            _ => {
                let mut groups = BTreeMap::<String, Group>::new();
                for run in self.filter.find(session, RUNS_MAX).await? {
                    groups.entry(self.key(&run)).or_default().add(run.status, run.duration_ms);
                }
                groups
            }
        };
        let items = groups.into_iter().map(|(name, group)| group.row(name)).collect();
        session.out.list(&List { items, cursor: None, index: 0 }, |rows| self.table(rows))?;
        session.out.next(&After::RunsCounted);
        Ok(Exit::Done)
    }

    fn key(&self, run: &RunSummary) -> String {
        match self.by {
            By::Workflow | By::Task => run.workflow.clone(),
            By::Day => time::day(run.started_at),
            By::Node => run.owner.clone(),
        }
    }

    async fn tasks(&self, session: &Session) -> Result<BTreeMap<String, Group>, Error> {
        let found = self.filter.find(session, READ_MAX).await?;
        if found.len() == READ_MAX {
            session.out.note(&format!("of the newest {READ_MAX} runs"));
        }
        let mut groups = BTreeMap::new();
        for summary in found {
            add_tasks(&session.client.run(&summary.id).await?, &mut groups);
        }
        Ok(groups)
    }

    fn table(&self, rows: &[Row]) -> Table {
        let header = match self.by {
            By::Workflow => "WORKFLOW",
            By::Day => "DAY",
            By::Node => "NODE",
            By::Task => "TASK",
        };
        table(header, rows)
    }
}

fn add_tasks(run: &Run, groups: &mut BTreeMap<String, Group>) {
    for task in run.tasks.iter().filter(|task| !task.callback) {
        for instance in &task.instances {
            let group = groups.entry(task.name.clone()).or_default();
            group.add(instance.status, instance.duration_ms);
        }
    }
}

impl Group {
    fn add(&mut self, status: Status, duration_ms: Option<u64>) {
        if !status.is_final() {
            self.running += 1;
            return;
        }
        self.ended.push(status);
        self.durations.extend(duration_ms);
    }

    fn row(mut self, name: String) -> Row {
        self.durations.sort_unstable();
        let succeeded = self.ended.iter().filter(|status| **status == Status::Succeeded).count();
        let failed = self.ended.iter().filter(|status| status.is_bad()).count();
        let decided = succeeded + failed;
        Row {
            name,
            runs: self.ended.len() + self.running,
            succeeded,
            failed,
            rate: if decided == 0 { 0.0 } else { succeeded as f64 / decided as f64 },
            p50_ms: percentile(&self.durations, 50),
            p95_ms: percentile(&self.durations, 95),
            max_ms: self.durations.last().copied().unwrap_or(0),
        }
    }
}

/// The smallest that so many of a hundred do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

fn table(header: &'static str, rows: &[Row]) -> Table {
    let mut table = Table::new([header, "RUNS", "OK", "FAILED", "RATE", "P50", "P95", "MAX"]);
    let shown = |ms: u64| time::short(Duration::from_millis(ms));
    for row in rows {
        table.row([
            row.name.as_str().into(),
            row.runs.to_string().into(),
            row.succeeded.to_string().into(),
            row.failed.to_string().into(),
            format!("{:.0}%", row.rate * 100.0).into(),
            shown(row.p50_ms).into(),
            shown(row.p95_ms).into(),
            shown(row.max_ms).into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Paint;
    use crate::test_runs::{failed, hello};

    #[test]
    fn runs_are_counted_with_their_durations() {
        let mut group = Group::default();
        for ms in 1..=100 {
            group.add(Status::Succeeded, Some(ms));
        }
        group.add(Status::Failed, Some(9_000));
        group.add(Status::Running, None);
        let rows = [group.row("deploy".into())];
        insta::assert_snapshot!(table("WORKFLOW", &rows).render(None, Paint::OFF), @r"
        WORKFLOW  RUNS  OK   FAILED  RATE  P50   P95   MAX
        deploy    102   100  1       99%   51ms  96ms  9.00s
        ");
    }

    #[test]
    fn tasks_are_counted_by_name_over_runs() {
        let mut groups = BTreeMap::new();
        for run in [hello(), failed(), failed()] {
            add_tasks(&run, &mut groups);
        }
        assert_eq!(groups.keys().collect::<Vec<_>>(), ["build it", "hello"]);
        assert_eq!(groups["build it"].ended.len(), 2);
    }

    #[test]
    fn percentiles_of_few_are_some_of_them() {
        assert_eq!([0, 50, 95, 100].map(|percent| percentile(&[1, 2], percent)), [1, 1, 2, 2]);
        assert_eq!(percentile(&[], 50), 0);
    }
}
