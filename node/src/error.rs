use state::Refusal;

/// Why the node could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workflow file does not load or does not make sense.
    #[error("{0}")]
    Workflow(Box<dsl::Diagnostics>),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{what} `{id}` does not exist")]
    NotFound { what: &'static str, id: String },
    #[error("{0}")]
    Invalid(String),
    #[error("the file has several workflows, choose one: {}", names.join(", "))]
    Several { names: Vec<String> },
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    Denied(String),
    #[error("{what} is {size} bytes, more than the {most} allowed")]
    TooLarge { what: String, size: usize, most: usize },
    #[error(transparent)]
    Agreement(#[from] raft::Error),
    #[error(transparent)]
    Mesh(#[from] mesh::Error),
    #[error("node `{node}` does not answer: {why}")]
    Unreachable { node: String, why: String },
    #[error("cannot {action} {}", path.display())]
    File { action: &'static str, path: std::path::PathBuf, source: std::io::Error },
    /// Tasks of the run have worked there, and what they left is not to be missed silently.
    #[error("workdir lost: {} is gone, and tasks of this run have worked in it", folder.display())]
    WorkdirLost { folder: std::path::PathBuf },
    #[error(transparent)]
    Process(#[from] crate::exec::Error),
    #[error(transparent)]
    Configuration(#[from] config::Error),
    #[error("{0}")]
    Corrupt(String),
}

/// The stable kind of an error: one exit code and one HTTP status each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Invalid,
    NotFound,
    Conflict,
    Locked,
    StaleToken,
    Denied,
    Limit,
    NoQuorum,
    Deadline,
    Unavailable,
    Corrupt,
}

impl Error {
    pub fn kind(&self) -> Kind {
        match self {
            Error::Workflow(_)
            | Error::Invalid(_)
            | Error::Several { .. }
            | Error::Configuration(_) => Kind::Invalid,
            Error::Refused(refusal) => of_refusal(refusal.kind),
            Error::NotFound { .. } | Error::WorkdirLost { .. } => Kind::NotFound,
            Error::Conflict(_) => Kind::Conflict,
            Error::Denied(_) => Kind::Denied,
            Error::TooLarge { .. } => Kind::Limit,
            Error::Agreement(error) => of_agreement(error),
            Error::Mesh(_) | Error::Unreachable { .. } | Error::File { .. } | Error::Process(_) => {
                Kind::Unavailable
            }
            Error::Corrupt(_) => Kind::Corrupt,
        }
    }
}

impl Error {
    /// What to do next, where that is not part of the message.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::NotFound { what: "run", .. } => "`sloth run list` shows the runs there are",
            Error::NotFound { what: "node", .. } => "`sloth node list` shows the nodes there are",
            Error::NotFound { what: "secret", .. } => {
                "`sloth secrets list` shows the secrets of this node"
            }
            Error::NotFound { what: "workflow", .. } => "`sloth workflow list` shows those saved",
            Error::Agreement(raft::Error::NoQuorum { .. }) => {
                "start the missing voters; `--stale` reads what this node knows"
            }
            Error::Unreachable { .. } => "`sloth node list` shows which nodes answer",
            _ => return None,
        };
        Some(hint.into())
    }
}

fn of_refusal(kind: state::Kind) -> Kind {
    match kind {
        state::Kind::Invalid => Kind::Invalid,
        state::Kind::NotFound => Kind::NotFound,
        state::Kind::Conflict | state::Kind::Dissolved => Kind::Conflict,
        state::Kind::Locked => Kind::Locked,
        state::Kind::Stale => Kind::StaleToken,
        state::Kind::Denied => Kind::Denied,
        state::Kind::Limit => Kind::Limit,
        state::Kind::OutcomeUnknown => Kind::Unavailable,
    }
}

fn of_agreement(error: &raft::Error) -> Kind {
    match error {
        raft::Error::Refused(refusal) => of_refusal(refusal.kind),
        raft::Error::NoQuorum { .. } => Kind::NoQuorum,
        raft::Error::Deadline { .. } => Kind::Deadline,
        raft::Error::TooLarge { .. } => Kind::Limit,
        raft::Error::Denied(_) => Kind::Denied,
        raft::Error::Damaged { .. } | raft::Error::Missing(_) | raft::Error::Foreign { .. } => {
            Kind::Corrupt
        }
        _ => Kind::Unavailable,
    }
}

/// An error and all its sources in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
