use clap::Args;
use serde_json::json;
use web::wire::{Instance, Run, Task};

use super::{list, why::story};
use crate::error::Error;
use crate::exit::Exit;
use crate::graph::{Graph, Style};
use crate::next::After;
use crate::output::table::Cell;
use crate::output::{Meaning, Paint, Table, time};
use crate::progress::{meaning, summary};
use crate::session::Session;

/// Show a run: its tasks, outputs and errors
#[derive(Args, Debug)]
#[command(
    visible_aliases = ["get", "describe"],
    after_help = "\
Examples:
  sloth run show
  sloth run show latest --why
  sloth run show latest -o json
  sloth run show --graph mermaid"
)]
pub struct Show {
    /// The run's id, or latest
    #[arg(default_value = "latest")]
    id: String,
    /// Also how it came to be so: every wait, place, start, end and decision, step by step
    #[arg(long)]
    why: bool,
    /// The graph of its tasks alone: tree, mermaid, dot or svg
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "STYLE",
        conflicts_with = "why"
    )]
    graph: Option<Style>,
}

impl Show {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let run = session.client.run(&self.id).await?;
        if let Some(style) = self.graph {
            session.out.raw(&Graph::of_run(&run).draw(style)?);
            return Ok(Exit::Done);
        }
        let mut object = json!(run);
        let mut told = Vec::new();
        if self.why {
            let events = session.client.why(&run.summary.id).await?.items;
            told = story(&run, &events);
            object["why"] = json!(events);
        }
        session.out.thing(&object, |paint| text(&run, told, paint));
        session.out.next(&After::Shown { run: &run, why: self.why });
        Ok(Exit::Done)
    }
}

fn text(run: &Run, why: Vec<String>, paint: Paint) -> String {
    let mut text = header(run, paint);
    text += "\n";
    text += &tasks(run).render(None, paint);
    let artifacts = artifacts(run);
    for (title, lines) in [
        ("Notes", notes(run)),
        ("Outputs", summary::outputs(&run.outputs)),
        ("Artifacts", artifacts),
        ("Failures", summary::failures(run, paint)),
        ("Why", why),
    ] {
        if !lines.is_empty() {
            text += &format!("\n{}\n{}\n", paint.of(Meaning::Strong, title), lines.join("\n"));
        }
    }
    text
}

fn header(run: &Run, paint: Paint) -> String {
    let summary = &run.summary;
    let status = if summary.interrupted { "interrupted" } else { summary.status.word() };
    let status = meaning(summary.status).map_or(status.into(), |meaning| paint.of(meaning, status));
    let took = list::duration(summary, time::now());
    let mut rows = vec![
        ("run", summary.id.clone()),
        ("workflow", [summary.workflow.as_str(), &run.version].join(" ").trim_end().to_owned()),
        ("", run.description.clone()),
        ("status", status),
        ("owner", summary.owner.clone()),
        ("by", summary.by.clone()),
        ("started", time::exact(summary.started_at)),
        ("duration", took),
        ("error", summary.error.clone().unwrap_or_default()),
    ];
    rows.extend(run.metadata.iter().map(|(key, value)| (key.as_str(), value.clone())));
    rows.retain(|(_, value)| !value.is_empty());
    rows.iter().map(|(key, value)| format!("{key:<10}{value}\n")).collect()
}

fn tasks(run: &Run) -> Table {
    let headers = ["TASK", "STATUS", "NODE", "ATTEMPT", "STARTED", "DURATION", "CHANGED"];
    let mut table = Table::new(headers);
    for task in &run.tasks {
        if task.instances.is_empty() {
            table.row([
                task.name.as_str().into(),
                Cell::colored(task.status.word(), meaning(task.status)),
                task.target.as_str().into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
            ]);
        }
        task.instances.iter().for_each(|instance| table.row(row(task, instance)));
    }
    table
}

fn row(task: &Task, instance: &Instance) -> [Cell; 7] {
    let last = instance.attempts.iter().rfind(|attempt| attempt.function.is_none());
    let changed = match (instance.status.is_final(), instance.changed) {
        (true, true) => "yes",
        (true, false) => "no",
        (false, _) => "",
    };
    [
        task.name.as_str().into(),
        Cell::colored(instance.status.word(), meaning(instance.status)),
        instance.node.clone().unwrap_or_default().into(),
        last.map(|attempt| attempt.nth.to_string()).unwrap_or_default().into(),
        last.map(|attempt| time::of_day(attempt.started_at)).unwrap_or_default().into(),
        instance.duration_ms.map(millis).unwrap_or_default().into(),
        changed.into(),
    ]
}

fn millis(ms: u64) -> String {
    time::short(std::time::Duration::from_millis(ms))
}

/// Why tasks wait, were skipped or refused.
fn notes(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    for task in &run.tasks {
        lines.extend(task.notes.iter().map(|note| format!("{}: {note}", task.name)));
        for instance in task.instances.iter().filter(|instance| !instance.status.is_final()) {
            let place = instance.node.as_ref().map(|node| format!("@{node}")).unwrap_or_default();
            let again = instance.next_try_ms.map(|ms| format!(", tried again in {}", millis(ms)));
            let wait = instance.wait.iter();
            lines.extend(wait.map(|wait| {
                format!("{}{place}: waits: {wait}{}", task.name, again.clone().unwrap_or_default())
            }));
        }
    }
    lines
}

fn artifacts(run: &Run) -> Vec<String> {
    let of_task = |task: &Task| {
        let all = task.instances.iter().flat_map(|instance| &instance.artifacts);
        let line = |artifact: &web::wire::Artifact| {
            format!("{}: {} ({} bytes)", task.name, artifact.path, artifact.size)
        };
        all.map(line).collect::<Vec<_>>()
    };
    run.tasks.iter().flat_map(of_task).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_runs::failed;

    #[test]
    fn a_run_is_shown_with_its_tasks_and_what_went_wrong() {
        let shown = text(&failed(), Vec::new(), Paint::OFF);
        let (head, rest) = shown.split_once("\n\n").unwrap();
        assert!(
            head.starts_with("run       01K0000000000000000000000F\nworkflow  hello\n"),
            "{head}"
        );
        assert!(rest.starts_with("TASK      STATUS   NODE"), "{rest}");
        assert!(rest.contains("\nship      skipped  local\n"), "{rest}");
        let rest = rest.split_once("\n\n").unwrap().1;
        insta::assert_snapshot!(rest, @r"
        Notes
        ship: skipped: it needs `build it`, which did not succeed

        Failures
        build it failed on web-1 with exit code 2
          compiling
          no such file: main.c
        hint: sloth run logs 01K0000000000000000000000F 'build it'
        ");
    }
}
