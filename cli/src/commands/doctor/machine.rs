//! The machine: can processes be guarded here, do its clocks work?

use rustix::process::{getpid, set_child_subreaper};
use rustix::time::{ClockId, DynamicClockId, clock_gettime, clock_gettime_dynamic};

use super::Finding;
use crate::output::time;

/// No sloth was built before: 2025-01-01.
const EARLIEST: u64 = 1_735_689_600_000;

pub fn look() -> Vec<Finding> {
    vec![guard(), clock()]
}

/// A node and its guard adopt what the processes below them leave behind.
fn guard() -> Finding {
    let check = "guard";
    if let Err(error) = set_child_subreaper(Some(getpid())) {
        let detail = format!("orphaned processes cannot be adopted: {error}");
        return Finding::bad(check, detail, "sloth needs Linux 3.4 or newer");
    }
    let children = format!("/proc/self/task/{}/children", getpid().as_raw_nonzero());
    match std::fs::read_to_string(&children) {
        Ok(_) => Finding::good(check, "orphaned processes can be adopted and found"),
        Err(error) => {
            let detail = format!("{children} cannot be read: {error}");
            Finding::bad(check, detail, "mount /proc")
        }
    }
}

fn clock() -> Finding {
    let check = "clock";
    let Ok(boot) = clock_gettime_dynamic(DynamicClockId::Boottime) else {
        let detail = "CLOCK_BOOTTIME cannot be read";
        return Finding::bad(check, detail, "sloth needs Linux 2.6.39 or newer");
    };
    let awake = clock_gettime(ClockId::Monotonic);
    let now = time::now();
    if now.0 < EARLIEST {
        let detail = format!("it is {now} here");
        return Finding::odd(
            check,
            detail,
            "set the clock: times are wrong wherever they are shown",
        );
    }
    let slept = u64::try_from(boot.tv_sec - awake.tv_sec).unwrap_or_default();
    let up = std::time::Duration::from_secs(u64::try_from(boot.tv_sec).unwrap_or_default());
    let asleep = match slept {
        0 => String::new(),
        seconds => {
            format!(", {} of it asleep", time::short(std::time::Duration::from_secs(seconds)))
        }
    };
    Finding::good(check, format!("{now}, up {}{asleep}", time::short(up)))
}
