use crate::wire::{Fault, Kind, Problem};

/// The HTTP status of a request or a value that is too large, as opposed to too many.
const TOO_LARGE: u16 = 413;

impl From<node::Kind> for Kind {
    fn from(kind: node::Kind) -> Self {
        match kind {
            node::Kind::Invalid => Kind::Invalid,
            node::Kind::NotFound => Kind::NotFound,
            node::Kind::Conflict => Kind::Conflict,
            node::Kind::Locked => Kind::Locked,
            node::Kind::StaleToken => Kind::StaleToken,
            node::Kind::Denied => Kind::Denied,
            node::Kind::Limit => Kind::Limit,
            node::Kind::NoQuorum => Kind::NoQuorum,
            node::Kind::Deadline => Kind::Deadline,
            node::Kind::Unavailable => Kind::Unavailable,
            node::Kind::Corrupt => Kind::Corrupt,
        }
    }
}

impl From<node::Error> for Problem {
    fn from(error: node::Error) -> Self {
        let mut problem = Problem::new(error.kind().into(), chain(&error));
        problem.hint = error.hint();
        if let node::Error::TooLarge { .. } = error {
            problem.status = TOO_LARGE;
        }
        if let node::Error::Several { names } = &error {
            problem.choices = names.clone();
        }
        if let node::Error::Workflow(found) = &error {
            problem.rendered = Some(std::mem::take(&mut problem.detail));
            problem.detail = summary(found.0.len());
            problem.errors = found.0.iter().map(Fault::from).collect();
        }
        problem
    }
}

impl Problem {
    /// More bytes than are taken.
    pub(crate) fn too_large(detail: impl Into<String>) -> Self {
        Problem { status: TOO_LARGE, ..Problem::new(Kind::Limit, detail) }
    }
}

fn summary(faults: usize) -> String {
    match faults {
        1 => "the workflow file has a fault".into(),
        many => format!("the workflow file has {many} faults"),
    }
}

/// An error and what caused it, each said once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

impl From<&node::Diagnostic> for Fault {
    fn from(found: &node::Diagnostic) -> Self {
        Fault {
            code: found.code.word().into(),
            message: found.message.clone(),
            file: found.file.clone(),
            line: found.line,
            column: found.column,
            length: found.length,
            source: found.source.clone(),
            hint: found.hint.clone(),
            trace: found.trace.clone(),
        }
    }
}
