use std::future::Future;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::Value;

use super::answer::{Answer, Code, Content, Failure, Outcome, Report};

/// What a change found out before it does anything.
pub enum Plan {
    /// Nothing is to be done.
    Settled(Answer),
    /// `would` is the answer of check mode; otherwise `act` gives it.
    Pending { would: Answer, act: BoxFuture<'static, Outcome> },
}

/// Fields that only the act itself can tell, such as a version.
pub type Fields = Vec<(&'static str, Content)>;

impl Plan {
    pub fn pending(would: Answer, act: impl Future<Output = Outcome> + Send + 'static) -> Plan {
        Plan::Pending { would, act: act.boxed() }
    }
}

/// The report of a change in the making: what it is about, and what is known of it.
#[derive(Clone, Debug, Default)]
pub struct Change {
    subject: String,
    report: Report,
}

impl Change {
    /// `subject` begins every message: a path, a key.
    pub fn of(subject: impl Into<String>) -> Change {
        Change { subject: subject.into(), report: Report::default() }
    }

    /// A field of the result.
    pub fn field(mut self, name: &'static str, value: impl Into<Content>) -> Change {
        self.report.fields.push((name, value.into()));
        self
    }

    /// The state before and after, where that is short.
    pub fn diff(mut self, before: impl Into<Value>, after: impl Into<Value>) -> Change {
        self.report.diff = Some((before.into(), after.into()));
        self
    }

    /// Nothing is to be done: `already there`.
    pub fn kept(self, how: &str) -> Plan {
        let message = format!("{} {how}", self.subject);
        Plan::Settled(Answer::Report(Report { message, diff: None, ..self.report }))
    }

    /// Something is to be done: `written`, so that check mode says `would be written`.
    pub fn pending(
        self,
        participle: &str,
        act: impl Future<Output = Result<Fields, Failure>> + Send + 'static,
    ) -> Plan {
        let Change { subject, report } = self;
        let would = format!("{subject} would be {participle}");
        let would = Report { changed: true, message: would, ..report.clone() };
        let done = Report { changed: true, message: format!("{subject} {participle}"), ..report };
        Plan::pending(Answer::Report(would), async move {
            let more = act.await?;
            let fields = done.fields.into_iter().chain(more).collect();
            Ok(Answer::Report(Report { fields, ..done }))
        })
    }

    /// The same for work that may block its thread.
    pub fn blocking(
        self,
        participle: &str,
        act: impl FnOnce() -> Result<(), Failure> + Send + 'static,
    ) -> Plan {
        self.pending(participle, async move { blocking(act).await.map(|()| Fields::new()) })
    }
}

/// Runs work on a thread that may block; a cancelled attempt stops waiting for it.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Failure::new(Code::Unavailable, format!("the work ended early: {error}")))
    })
}
