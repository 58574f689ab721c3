//! What a run would be, for people.

use web::wire::{Plan, Planned};

use crate::output::text::{count, fit, plain};
use crate::output::{Meaning, Paint};

/// A command line longer than this is cut.
const COMMAND: usize = 72;

/// The plan, wave by wave.
pub fn text(plan: &Plan, paint: Paint) -> String {
    let mut text = paint.of(Meaning::Strong, &plan.workflow);
    if !plan.description.is_empty() {
        text += &format!("  {}", plan.description);
    }
    text += &format!("\n{}\n", head(plan));
    let last = plan.tasks.iter().map(|task| task.wave).max().unwrap_or(0);
    for wave in 0..=last {
        let tasks = plan.tasks.iter().filter(|task| task.wave == wave);
        let told: Vec<String> = tasks.map(|task| planned(task, paint)).collect();
        if plan.order != "list" {
            text += &format!("\n{}\n", paint.of(Meaning::Faint, &format!("wave {}", wave + 1)));
        } else {
            text += "\n";
        }
        text += &told.concat();
    }
    text
}

fn head(plan: &Plan) -> String {
    let tasks = count(plan.tasks.len(), "task");
    let mut facts = vec![match plan.order.as_str() {
        "list" => format!("{tasks}, one after the other"),
        _ => format!("{tasks}, each as soon as what it needs has ended"),
    }];
    // One at a time is what a list is.
    let many = plan.parallel.filter(|parallel| plan.order != "list" || *parallel != 1);
    facts.extend(many.map(|parallel| format!("{parallel} at once")));
    facts.extend(plan.timeout.iter().map(|timeout| format!("within {timeout}")));
    facts.extend(plan.lock.iter().map(|lock| format!("under the lock `{lock}`")));
    facts.join(", ")
}

fn planned(task: &Planned, paint: Paint) -> String {
    let mut text = format!("  {}", task.name);
    if !task.description.is_empty() {
        text += &format!("  {}", paint.of(Meaning::Faint, &task.description));
    }
    text += "\n";
    for fact in facts(task) {
        text += &format!("      {fact}\n");
    }
    text
}

fn facts(task: &Planned) -> Vec<String> {
    let mut facts = Vec::new();
    match &task.command {
        Some(line) => {
            let first = plain(line.trim().lines().next().unwrap_or_default());
            facts.push(format!("$ {}", fit(&first, COMMAND)));
        }
        None => facts.push("a function".to_owned()),
    }
    facts.extend(place(task));
    for (word, names) in [("after", &task.depends_on), ("if it fails:", &task.handles)] {
        if !names.is_empty() {
            facts.push(format!("{word} {}", names.join(", ")));
        }
    }
    facts.extend(task.conditions.iter().cloned());
    if task.retries > 0 {
        facts.push(format!("tried again up to {}", count(task.retries as usize, "time")));
    }
    facts
}

/// Where it runs, unless that goes without saying.
fn place(task: &Planned) -> Option<String> {
    let nodes = task.nodes.join(", ");
    match task.target.as_str() {
        "local" => None,
        target if nodes.is_empty() => Some(format!("on {target}: nobody now")),
        target if target == nodes => Some(format!("on {nodes}")),
        target if target.starts_with("any") => Some(format!("on {target}: one of {nodes}")),
        target => Some(format!("on {target}: {nodes}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(name: &str, wave: u32, needs: &[&str]) -> Planned {
        Planned {
            name: name.into(),
            description: String::new(),
            wave,
            depends_on: needs.iter().map(|name| (*name).to_owned()).collect(),
            handles: Vec::new(),
            target: "local".into(),
            nodes: vec!["a".into()],
            command: Some("make\necho done".into()),
            conditions: Vec::new(),
            retries: 0,
            timeout: "10m".into(),
            timeout_ms: 600_000,
        }
    }

    #[test]
    fn a_plan_is_told_wave_by_wave() {
        let mut build = task("build", 0, &[]);
        build.description = "Compiles everything".into();
        let mut deploy = task("deploy", 1, &["build"]);
        (deploy.command, deploy.target, deploy.retries) = (None, "any:web".into(), 2);
        deploy.nodes = vec!["a".into(), "b".into()];
        deploy.conditions = vec!["runs if `test -e out`".into()];
        let mut undo = task("undo", 2, &[]);
        (undo.handles, undo.target, undo.nodes) = (vec!["deploy".into()], "gpu".into(), Vec::new());
        let plan = Plan {
            workflow: "ci".into(),
            description: "Builds and ships".into(),
            order: "graph".into(),
            parallel: Some(2),
            timeout: Some("5m".into()),
            timeout_ms: Some(300_000),
            lock: None,
            tasks: vec![build, deploy, undo],
        };
        insta::assert_snapshot!(text(&plan, Paint::OFF), @r"
        ci  Builds and ships
        3 tasks, each as soon as what it needs has ended, 2 at once, within 5m

        wave 1
          build  Compiles everything
              $ make

        wave 2
          deploy
              a function
              on any:web: one of a, b
              after build
              runs if `test -e out`
              tried again up to 2 times

        wave 3
          undo
              $ make
              on gpu: nobody now
              if it fails: deploy
        ");
    }
}
