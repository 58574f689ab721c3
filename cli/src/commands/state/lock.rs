use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};
use web::wire::{Acquire, Kind};

use super::held::Held;
use crate::args::duration;
use crate::error::{Error, io};
use crate::exit::Exit;
use crate::next::After;
use crate::output::text::plain;
use crate::session::Session;
use crate::signals::Signals;

/// Hold a lock while a command runs, or take one by hand
///
/// With a command the lock is renewed while it runs, and released when it ends;
/// its fencing token is in SLOTH_LOCK_TOKEN. Should the lock be lost, the
/// command is stopped. Without a command the token is printed, and the lock is
/// yours for its time.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state lock deploy -- make deploy
  sloth state lock deploy --wait 5m -- ./deploy.sh
  sloth state lock deploy --ttl 1h         take it; `state unlock` gives it back

Ends as the command does; with 4 when somebody else holds the lock, with 126 or
127 when the command cannot be started."
)]
pub struct Lock {
    name: String,
    /// How long the lock lasts without being renewed
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    ttl: Duration,
    /// How long to wait for it while somebody else holds it
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    wait: Option<Duration>,
    /// Run this while the lock is held
    #[arg(last = true)]
    command: Vec<String>,
}

/// Between two tries to take a lock.
const AGAIN: Duration = Duration::from_millis(500);
/// What others see of the command.
const LABEL_BYTES: usize = 80;

impl Lock {
    pub fn runs_a_command(&self) -> bool {
        !self.command.is_empty()
    }

    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let name = self.name.as_str();
        if self.runs_a_command() {
            session.identity().await?;
        }
        let (token, asked) = self.acquire(session, name).await?;
        if !self.runs_a_command() {
            session.out.thing(&web::wire::Held { token }, |_| token.to_string());
            session.out.next(&After::Locked { name, token });
            return Ok(Exit::Done);
        }
        let held = Held::new(session, name, token, self.ttl, asked);
        self.hold(held).await
    }

    /// What others see that the lock is for: as much of the command as fits.
    fn label(&self) -> String {
        let mut label = plain(&self.command.join(" ").replace('\n', " "));
        label.truncate(label.floor_char_boundary(LABEL_BYTES));
        label
    }

    /// The token, and when it was asked for.
    async fn acquire(&self, session: &Session, name: &str) -> Result<(u64, Instant), Error> {
        let deadline = Instant::now() + self.wait.unwrap_or_default();
        let acquire = Acquire { label: self.label(), ttl: config::duration::format(self.ttl) };
        loop {
            let asked = Instant::now();
            match session.client.acquire(name, &acquire).await {
                Ok(held) => return Ok((held.token, asked)),
                Err(error) if error.kind() == Kind::Locked && Instant::now() < deadline => {
                    sleep(AGAIN).await;
                }
                Err(error) => {
                    let locked = error.kind() == Kind::Locked;
                    let error = Error::from(error);
                    let hint = format!("wait for it with `sloth state lock {name} --wait 5m`");
                    return Err(if locked { error.hint(hint) } else { error });
                }
            }
        }
    }

    /// Runs the command to its end, or stops it before the lock may be somebody else's.
    async fn hold(&self, mut held: Held<'_>) -> Result<Exit, Error> {
        let mut signals = Signals::new()?;
        let mut child = self.spawn(held.token())?;
        loop {
            tokio::select! {
                ended = child.wait() => {
                    let status = ended.map_err(|error| io("wait for the command", &error))?;
                    held.release().await?;
                    return Ok(exit(status));
                }
                // The terminal sends it to the command as well; what it does then is its own affair.
                () = signals.next() => {}
                error = held.keep() => {
                    stop(&mut child, held.grace()).await;
                    return Err(error);
                }
            }
        }
    }

    fn spawn(&self, token: u64) -> Result<Child, Error> {
        let [program, arguments @ ..] = self.command.as_slice() else {
            return Err(Error::usage("no command given"));
        };
        let mut command = Command::new(program);
        command.args(arguments).env("SLOTH_LOCK_TOKEN", token.to_string());
        command.stdin(Stdio::inherit()).kill_on_drop(true);
        command.spawn().map_err(|error| {
            let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
            Error { exit: Exit::Other(code), ..io(format!("start {program}"), &error) }
        })
    }
}

/// TERM, then KILL after the grace.
async fn stop(child: &mut Child, grace: Duration) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(rustix::process::Pid::from_raw) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    if tokio::time::timeout(grace, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// The command's own code, or 128 and the signal that ended it.
fn exit(status: std::process::ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    let signal = status.signal().and_then(|signal| u8::try_from(128 + signal).ok());
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    match code.or(signal) {
        Some(0) => Exit::Done,
        Some(code) => Exit::Other(code),
        None => Exit::Failed,
    }
}
