use std::time::{Duration, Instant};

/// For what takes a moment on an idle machine; a busy one takes its time.
pub const SHORT: Duration = Duration::from_secs(20);
/// For what includes elections, leases and new places.
pub const LONG: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(25);

/// Asks until the answer is `Ok`. At the deadline it panics with the last answer, which says how things stand.
pub fn wait_until<T>(
    what: &str,
    deadline: Duration,
    mut probe: impl FnMut() -> Result<T, String>,
) -> T {
    let started = Instant::now();
    loop {
        match probe() {
            Ok(value) => return value,
            Err(state) if started.elapsed() > deadline => {
                panic!("not within {deadline:?}: {what}\nat last: {state}")
            }
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}
