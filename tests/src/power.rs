use crate::process::{self, Signal};
use crate::started::Started;

/// Ends a call of the binary with all that it runs, as when the machine loses its power: nobody has time to react.
pub fn power_off(started: &mut Started) {
    let guard = started.guard();
    let mut stopped = vec![guard];
    process::signal(guard, Signal::STOP);
    while let Some(pid) = process::descendants(guard).into_iter().find(|pid| !stopped.contains(pid))
    {
        process::signal(pid, Signal::STOP);
        stopped.push(pid);
    }
    for pid in stopped {
        process::signal(pid, Signal::KILL);
    }
    started.wait();
}
