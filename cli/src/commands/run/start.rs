use clap::Args;
use ulid::Ulid;
use web::client::Error as ClientError;
use web::wire::{Plan, Submit};

use super::plan;
use super::resume::resume;
use super::stay::{Came, Stay};
use super::what::What;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::session::Session;

/// What to run, and how.
#[derive(Args, Debug)]
pub struct Start {
    #[command(flatten)]
    pub what: What,
    /// Show what would run, and run nothing
    #[arg(long, conflicts_with_all = ["check", "plan", "interactive", "resume", "Stay"])]
    pub dry_run: bool,
    /// Ask every task what it would change, and change nothing
    #[arg(long)]
    check: bool,
    /// Show the plan and ask before it is run
    #[arg(long, conflicts_with_all = ["interactive", "resume"])]
    plan: bool,
    /// Ask before each task: run, skip, all or abort
    #[arg(short, long, conflicts_with = "detach")]
    interactive: bool,
    /// End with 10 when something would change
    #[arg(long)]
    exit_code: bool,
    /// List the tasks that can be run here
    #[arg(long, conflicts_with_all = ["dry_run", "check", "plan", "resume"])]
    pub list: bool,
    #[command(flatten)]
    pub stay: Stay,
    /// Go on with an interrupted run, the latest unless given
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        default_missing_value = "latest",
        conflicts_with_all = ["What", "check", "exit_code"]
    )]
    resume: Option<String>,
}

impl Start {
    pub fn read(&mut self) -> Result<(), Error> {
        match self.resume.is_some() {
            true => Ok(()),
            false => self.what.read(),
        }
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        if let Some(id) = &self.resume {
            let id = resume(session, id).await?;
            let came = self.stay.with(session, &id, self.interactive).await?;
            came.advise(session, "sloth run");
            return Ok(came.exit);
        }
        if self.interactive && (self.what.is_standard_input() || session.globals.no_input) {
            return Err(Error::usage("nobody can be asked about tasks here")
                .hint("sloth run FILE.sloth --interactive, at a terminal"));
        }
        let submit = Submit {
            check: self.check,
            interactive: self.interactive,
            ..self.what.submit()?.clone()
        };
        if self.dry_run {
            return planned(session, &submit, &self.what, self.exit_code).await;
        }
        if self.plan {
            show_plan(session, &submit).await?;
            session.confirm("Run this")?;
        }
        let came = start(session, submit, &self.stay).await?;
        came.advise(session, &self.what.again());
        Ok(came.told(self.exit_code))
    }
}

/// Shows the plan alone; with `exit_code` every task counts as a change.
pub async fn planned(
    session: &Session,
    submit: &Submit,
    what: &What,
    exit_code: bool,
) -> Result<Exit, Error> {
    let plan = show_plan(session, submit).await?;
    session.out.next(&After::Planned { again: &what.again() });
    let changes = exit_code && !plan.tasks.is_empty();
    Ok(if changes { Exit::Changes } else { Exit::Done })
}

pub async fn show_plan(session: &Session, submit: &Submit) -> Result<Plan, Error> {
    let plan = session.client.plan(submit).await?;
    session.out.thing(&plan, |paint| plan::text(&plan, paint));
    Ok(plan)
}

/// Starts what is wanted and stays with it: of a file with several workflows each, as long as all goes well.
pub async fn start(session: &Session, submit: Submit, stay: &Stay) -> Result<Came, Error> {
    let error = match accepted(session, &submit).await {
        Ok(id) => return stay.with(session, &id, submit.interactive).await,
        Err(error) => error,
    };
    if error.choices().is_empty() || stay.is_away() {
        return Err(error.into());
    }
    let mut came = Came::from(Exit::Done);
    for name in error.choices() {
        let (id, workflow) = (Some(Ulid::generate().to_string()), Some(name.clone()));
        let submit = Submit { id, workflow, ..submit.clone() };
        let id = accepted(session, &submit).await?;
        session.out.note(&format!("workflow {name}"));
        let one = stay.with(session, &id, submit.interactive).await?;
        came = Came { changed: came.changed || one.changed, ..one };
        if came.exit != Exit::Done {
            break;
        }
    }
    Ok(came)
}

/// The run's id, once it is accepted.
async fn accepted(session: &Session, submit: &Submit) -> Result<String, ClientError> {
    match session.client.submit(submit).await {
        // It may have taken effect; under the same id asking again starts nothing twice.
        Err(ClientError::Broken { .. }) => Ok(session.client.submit(submit).await?.id),
        accepted => Ok(accepted?.id),
    }
}
