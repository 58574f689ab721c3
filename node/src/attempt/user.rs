//! Processes of somebody else.

use dsl::host::{Code, Error};

use crate::exec::Program;

/// The same program, run as another user; only root can do that.
pub fn run_as(user: &str, program: Program) -> Result<Program, Error> {
    if !rustix::process::geteuid().is_root() {
        let message = format!("cannot run as `{user}`: only root can, and this node is not root");
        return Err(Error { code: Code::Denied, message });
    }
    let words = match program {
        Program::Words(words) => words,
        Program::Shell(line) => ["bash".into(), "-c".into(), line.into()].into(),
    };
    let switch = ["runuser", "-u", user, "--"].map(Into::into);
    Ok(Program::Words(switch.into_iter().chain(words).collect()))
}
