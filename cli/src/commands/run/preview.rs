use clap::Args;
use web::wire::Submit;

use super::plan;
use super::start::start;
use super::stay::Stay;
use super::what::What;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
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
        let plan = session.client.plan(submit).await?;
        if self.is_static || session.out.is_text() {
            session.out.thing(&plan, |paint| plan::text(&plan, paint));
        }
        if self.is_static {
            session.out.next(&After::Planned { again: &self.what.again() });
            return Ok(Exit::Done);
        }
        session.out.note("");
        let submit = Submit { check: true, ..submit.clone() };
        let came = start(session, submit, &Stay::default()).await?;
        came.advise(session, &self.what.again());
        Ok(came.told(self.exit_code))
    }
}
