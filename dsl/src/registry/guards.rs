//! Whether an act is done at all.

use super::answer::{Answer, Failure};
use super::arguments::Arguments;
use super::world::World;
use crate::host::{Process, Program};

/// Bytes kept of what a guard's line writes: nobody reads them.
const KEEP: usize = 1 << 10;

/// The answer in place of the act, if there is a reason not to do it.
pub async fn skip(world: &World, arguments: &mut Arguments) -> Result<Option<Answer>, Failure> {
    let name = arguments.function.clone();
    if let Some(path) = arguments.find::<String>("creates")?
        && tokio::fs::symlink_metadata(world.path(&path)?).await.is_ok()
    {
        return Ok(Some(Answer::skipped(format!("`{name}` skipped: {path} is there"))));
    }
    if let Some(line) = arguments.find::<String>("unless")?
        && succeeds(world, &line).await?
    {
        return Ok(Some(Answer::skipped(format!("`{name}` skipped: `{line}` succeeded"))));
    }
    if let Some(line) = arguments.find::<String>("only_if")?
        && !succeeds(world, &line).await?
    {
        return Ok(Some(Answer::skipped(format!("`{name}` skipped: `{line}` failed"))));
    }
    let safe = arguments.find("check_safe")?.unwrap_or(false);
    Ok((world.check && !safe).then(|| Answer::skipped(format!("`{name}` skipped: check mode"))))
}

async fn succeeds(world: &World, line: &str) -> Result<bool, Failure> {
    let line = Program::Line(line.to_owned());
    let process = Process { keep: KEEP, log: false, ..Process::new(line) };
    Ok(world.spawn(process).await?.exit_code == 0)
}
