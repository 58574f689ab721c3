use clap::Args;
use config::Overrides;
use node::db::{self, Checked, Fault};
use serde_json::{Value, json};

use crate::args::Globals;
use crate::error::Error;
use crate::exit::Exit;
use crate::life;
use crate::next::After;

/// Verify every record of the log, the snapshot and the mark
///
/// Changes nothing. Says which file is damaged, what is lost by it and what to
/// do; then it ends with 70.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth db check
  sloth db check --data-dir /var/lib/sloth -o json"
)]
pub struct Check {}

impl Check {
    pub fn run(&self, globals: &Globals) -> Result<Exit, Error> {
        let resolved = life::resolve(globals, Overrides::default())?;
        let checked = db::check(&resolved.paths())?;
        let out = globals.output();
        out.thing(&wire(&checked), |_| text(&checked));
        if let Some(remedy) = checked.remedy.as_ref().filter(|_| out.is_text()) {
            out.note(&format!("hint: {remedy}"));
        }
        if !checked.health.faults.is_empty() {
            return Ok(Exit::Broken);
        }
        out.next(&After::Sound);
        Ok(Exit::Done)
    }
}

fn wire(checked: &Checked) -> Value {
    let fault = |fault: &Fault| json!({"file": fault.path, "what": fault.what, "lost": fault.lost});
    let health = &checked.health;
    json!({
        "replica": checked.replica,
        "healthy": health.faults.is_empty(),
        "log": health.log.word(),
        "first": health.first,
        "last": health.last,
        "snapshot": health.snapshot,
        "faults": health.faults.iter().map(fault).collect::<Vec<_>>(),
        "remedy": checked.remedy,
    })
}

fn text(checked: &Checked) -> String {
    let health = &checked.health;
    let mut lines: Vec<String> = health.faults.iter().map(damage).collect();
    if lines.is_empty() {
        lines.push(format!("{} is healthy", checked.replica.display()));
    }
    let entries = match (health.first, health.last) {
        (Some(first), Some(last)) => format!("entries {first} to {last}"),
        _ => "no entries".into(),
    };
    let snapshot = health.snapshot.map(|index| format!(", a snapshot of entry {index}"));
    lines.push(format!("{} log: {entries}{}", health.log.word(), snapshot.unwrap_or_default()));
    lines.join("\n")
}

fn damage(fault: &Fault) -> String {
    format!("{} is damaged: {}; lost: {}", fault.path.display(), fault.what, fault.lost)
}
