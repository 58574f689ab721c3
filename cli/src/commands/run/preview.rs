use clap::Args;
use web::wire::Submit;

use super::start::{planned, show_plan, start};
use super::stay::Stay;
use super::what::What;
use crate::error::Error;
use crate::exit::Exit;
use crate::session::Session;

/// Show what a run would do
///
/// First the plan: which tasks, in which order, where. Then every task is asked
/// what it would change; nothing is changed, and commands are shown, not run.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth plan                          of the workflow of this folder
  sloth plan deploy.sloth -v prod.yaml --static
  sloth plan --exit-code

Ends with 1 when a task could not say, with 10 when something would change and
--exit-code was given"
)]
pub struct Preview {
    #[command(flatten)]
    pub what: What,
    /// The plan alone: no task is asked
    #[arg(long = "static")]
    is_static: bool,
    /// End with 10 when something would change
    #[arg(long)]
    exit_code: bool,
}

impl Preview {
    pub fn is_static(&self) -> bool {
        self.is_static
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let submit = self.what.submit()?;
        if self.is_static {
            return planned(session, submit, &self.what, self.exit_code).await;
        }
        // As data there is one answer: what the tasks said.
        if session.out.is_text() {
            show_plan(session, submit).await?;
        }
        session.out.note("");
        let submit = Submit { check: true, ..submit.clone() };
        let came = start(session, submit, &Stay::default()).await?;
        came.advise(session, &self.what.again());
        Ok(came.told(self.exit_code))
    }
}
