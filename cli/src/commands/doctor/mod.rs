//! `sloth doctor`: looks at everything a node needs, and says what to do about what is wrong.

mod directory;
mod machine;
mod network;
mod store;

use std::path::PathBuf;

use clap::Args;
use config::{Overrides, Resolved};
use serde::Serialize;
use web::wire::List;

use crate::args::Globals;
use crate::connect;
use crate::error::Error;
use crate::exit::Exit;
use crate::life;
use crate::next::After;
use crate::output::table::Cell;
use crate::output::{Meaning, Output, Table};

/// Look for what keeps sloth from working here
///
/// Checks the data directory, its log and secrets, the disk, the clock, the node
/// of this machine and the nodes it should reach. Ends with 1 when something is wrong.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth doctor
  sloth doctor -o json"
)]
pub struct Doctor {}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: String,
    pub verdict: Verdict,
    pub detail: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Good,
    /// Works, but not as well as it could.
    Odd,
    Bad,
    /// Could not be looked at.
    Unknown,
}

impl Finding {
    pub fn good(check: &str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Good, detail, None)
    }

    pub fn odd(check: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(check, Verdict::Odd, detail, Some(remedy.into()))
    }

    pub fn bad(check: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(check, Verdict::Bad, detail, Some(remedy.into()))
    }

    pub fn unknown(check: &str, detail: impl Into<String>) -> Self {
        Self::new(check, Verdict::Unknown, detail, None)
    }

    fn new(
        check: &str,
        verdict: Verdict,
        detail: impl Into<String>,
        remedy: Option<String>,
    ) -> Self {
        Self { check: check.to_owned(), verdict, detail: detail.into(), remedy }
    }
}

impl Doctor {
    pub fn run(&self, globals: &Globals) -> Result<Exit, Error> {
        let resolved = life::resolve(globals, Overrides::default())?;
        let mut findings = directory::look(&resolved);
        findings.extend(machine::look());
        let socket = socket(globals, &resolved, &mut findings);
        findings.extend(life::one_shot()?.block_on(network::look(globals, &resolved, socket)));
        report(&findings, &globals.output())?;
        let bad = findings.iter().any(|finding| finding.verdict == Verdict::Bad);
        if !bad {
            globals.output().next(&After::Healthy);
        }
        Ok(if bad { Exit::Failed } else { Exit::Done })
    }
}

fn socket(globals: &Globals, resolved: &Resolved, findings: &mut Vec<Finding>) -> Option<PathBuf> {
    let sockets = resolved.sockets().map_err(Error::from);
    let found = sockets.and_then(|sockets| connect::find(&globals.node, &sockets));
    match found {
        Ok(Some(socket)) => return Some(socket),
        Ok(None) => {
            findings.push(Finding::good("node", "none runs here: commands work standalone"))
        }
        Err(error) => {
            findings.push(Finding::bad("node", error.message, error.hint.unwrap_or_default()));
        }
    }
    None
}

fn report(findings: &[Finding], out: &Output) -> Result<(), Error> {
    let list = List { items: findings.to_vec(), cursor: None, index: 0 };
    out.list(&list, table)?;
    if out.is_text() {
        let remedies = findings
            .iter()
            .filter_map(|finding| Some(format!("{}: {}", finding.check, finding.remedy.as_ref()?)));
        remedies.for_each(|remedy| out.note(&format!("hint: {remedy}")));
    }
    Ok(())
}

fn table(findings: &[Finding]) -> Table {
    let mut table = Table::new(["CHECK", "VERDICT", "DETAIL"]);
    for finding in findings {
        let (word, meaning) = match finding.verdict {
            Verdict::Good => ("good", Meaning::Good),
            Verdict::Odd => ("odd", Meaning::Warning),
            Verdict::Bad => ("bad", Meaning::Bad),
            Verdict::Unknown => ("unknown", Meaning::Faint),
        };
        table.row([
            finding.check.as_str().into(),
            Cell::colored(word, Some(meaning)),
            finding.detail.as_str().into(),
        ]);
    }
    table
}
