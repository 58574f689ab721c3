use std::path::PathBuf;
use std::sync::Arc;

use config::{Name, limits, selector};
use dsl::model::Workflow;
use serde_json::Value;
use state::run::{Begin, PLAN_VERSION, Plan, Strategy, Target};
use state::{Command, Refusal, RunId, codec};

use super::{Caller, Handle};
use crate::agreement::Consistency;
use crate::bundle::{Bundle, Upload};
use crate::compile::{Choice, compile};
use crate::error::Error;
use crate::files::load;
use crate::overrides::Overrides;

/// A run that somebody wants.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Chosen by the submitter, so that sending it again does not run it again.
    pub id: Option<RunId>,
    pub source: Source,
    /// An object.
    pub values: Value,
    /// Which workflow of the file; may be absent when there is only one.
    pub workflow: Option<String>,
    /// These tasks and what they need; with `tags` and `from` empty, all.
    pub tasks: Vec<String>,
    /// Tasks that carry one of these tags, and what they need.
    pub tags: Vec<String>,
    /// This task and all that follows it.
    pub from: Option<String>,
    /// Never these; they count as done.
    pub skip: Vec<String>,
    /// Only what was named, without what it needs.
    pub alone: bool,
    pub overrides: Overrides,
    /// Where tasks without a target of their own run.
    pub on: Option<String>,
    /// Nothing is changed: tasks say what they would do.
    pub check: bool,
    /// Somebody is asked before each task.
    pub interactive: bool,
    /// Where the submitter stands, if that is on this machine.
    pub workdir: Option<PathBuf>,
}

/// A submission that has been loaded and compiled.
pub(super) struct Prepared {
    file: Arc<dsl::File>,
    bundle: Upload,
    pub plan: Plan,
}

impl Prepared {
    pub fn workflow(&self) -> Result<&Workflow, Error> {
        choose(&self.file, Some(&self.plan.workflow))
    }
}

/// Where a workflow file comes from.
#[derive(Clone, Debug)]
pub enum Source {
    File {
        name: String,
        text: String,
    },
    /// A saved workflow.
    Saved(String),
}

impl Submission {
    fn choice(&self) -> Result<Choice, Error> {
        Ok(Choice {
            tasks: self.tasks.clone(),
            tags: self.tags.clone(),
            from: self.from.clone(),
            skip: self.skip.clone(),
            alone: self.alone,
            on: self.on.as_deref().map(parse_target).transpose()?,
            check: self.check,
            interactive: self.interactive,
        })
    }
}

impl Handle {
    /// Loads, checks and compiles a workflow here, and returns once the run is accepted.
    pub async fn submit(&self, by: Caller, submission: Submission) -> Result<RunId, Error> {
        let Prepared { file, bundle, plan } = self.prepare(&submission).await?;
        self.0.files.keep(bundle.hash, file);
        self.check_targets(&plan).await?;
        let plan = Upload::new(&codec::encode(PLAN_VERSION, &plan));
        let run = submission.id.unwrap_or_else(|| RunId(ulid::Ulid::generate()));
        let begin = Command::Begin(Begin {
            run,
            owner: self.0.identity.id,
            plan: plan.hash,
            workdir: submission.workdir.map(|folder| folder.to_string_lossy().into_owned()),
            rerun: None,
        });
        let commands = bundle.commands().chain(plan.commands()).chain([begin]).collect();
        self.agreement().write_many(self.subject(by), commands).await?;
        Ok(run)
    }

    pub(super) async fn prepare(&self, submission: &Submission) -> Result<Prepared, Error> {
        let bundle = self.bundle_of(submission).await?;
        let file = Arc::new(load(&bundle).await?);
        let workflow = choose(&file, submission.workflow.as_deref())?;
        let choice = submission.choice()?;
        let bundle = Upload::new(&bundle.encode());
        let mut plan = compile(workflow, bundle.hash, &choice, self.0.processors)?;
        submission.overrides.apply(&mut plan);
        Ok(Prepared { file, bundle, plan })
    }

    async fn bundle_of(&self, submission: &Submission) -> Result<Bundle, Error> {
        let size = submission.values.to_string().len();
        if size > limits::VALUES_BYTES {
            let most = limits::VALUES_BYTES;
            return Err(Error::TooLarge { what: "the values together".into(), size, most });
        }
        match &submission.source {
            Source::File { name, text } => {
                Ok(Bundle::new(name.clone(), text.clone(), &submission.values))
            }
            Source::Saved(name) => {
                let saved = self.saved_bundle(name).await?;
                Ok(Bundle::new(saved.name, saved.text, &submission.values))
            }
        }
    }

    /// No member that matches: refused now. One that is only down is waited for.
    async fn check_targets(&self, plan: &Plan) -> Result<(), Error> {
        let delegated = plan.tasks.iter().filter(|task| task.target != Target::Owner);
        if delegated.clone().next().is_none() {
            return Ok(());
        }
        let members = self.agreement().members(Consistency::Stale).await?;
        for task in delegated {
            if let Some(missing) = unmatched(&task.target, &members)? {
                return Err(Refusal::not_found(format!(
                    "task `{}` has no place: no node {missing}",
                    task.name
                ))
                .into());
            }
        }
        Ok(())
    }
}

fn choose<'a>(file: &'a dsl::File, name: Option<&str>) -> Result<&'a Workflow, Error> {
    let names: Vec<String> = file.workflows.iter().map(|it| it.name.to_string()).collect();
    let position = match name {
        Some(name) => names.iter().position(|it| it == name),
        None if names.len() == 1 => Some(0),
        None => return Err(Error::Several { names }),
    };
    let missing = || Error::NotFound {
        what: "workflow",
        id: format!("{}`, the file has `{}", name.unwrap_or_default(), names.join("`, `")),
    };
    let position = position.ok_or_else(missing)?;
    file.workflows.get(position).ok_or_else(missing)
}

/// A selector as the command line writes it.
fn parse_target(text: &str) -> Result<Target, Error> {
    let any = |labels| Target::Any { labels, strategy: Strategy::LeastLoaded };
    match text.trim() {
        "local" | "localhost" | "self" => Ok(Target::Owner),
        "all" => Ok(Target::All),
        "any" => Ok(any(None)),
        text => match text.strip_prefix("any:") {
            Some(labels) => {
                selector::parse(labels)?;
                Ok(any(Some(labels.to_string())))
            }
            None => names_or_labels(text),
        },
    }
}

/// `web-1,web-2` are names; anything with an operator is a label expression.
fn names_or_labels(text: &str) -> Result<Target, Error> {
    if text.contains(['=', '!', '(']) {
        selector::parse(text)?;
        return Ok(Target::Labels(text.to_string()));
    }
    let names: Result<Vec<Name>, _> = text.split(',').map(|name| Name::new(name.trim())).collect();
    Ok(Target::Names(names?))
}

fn unmatched(
    target: &Target,
    members: &[(config::NodeId, state::member::Member)],
) -> Result<Option<String>, Error> {
    let labels = match target {
        Target::Names(names) => {
            let known = |name: &&Name| members.iter().any(|(_, member)| member.name == **name);
            return Ok(names
                .iter()
                .find(|name| !known(name))
                .map(|name| format!("is called `{name}`")));
        }
        Target::Labels(labels) | Target::Any { labels: Some(labels), .. } => labels,
        Target::Owner | Target::All | Target::Ask | Target::Any { labels: None, .. } => {
            return Ok(None);
        }
    };
    let wanted = selector::parse(labels)?;
    let found = members.iter().any(|(_, member)| wanted.matches(&member.labels, &member.name));
    Ok((!found).then(|| format!("matches `{labels}`")))
}
