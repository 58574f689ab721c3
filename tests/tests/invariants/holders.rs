//! Invariant 17: a lease changes hands only when it was let go or is over, and outlives no run that held it.

use state::lease::Lease;
use state::{Command, State};

use crate::model::{Applied, Check, Fact, simulate};

#[derive(Default)]
struct Holders;

impl Check for Holders {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        for (name, lease) in held(&applied.after) {
            let run = lease.holder.run;
            let alive = run.is_none_or(|run| applied.after.runs.active.contains(&run));
            assert!(alive, "`{name}` outlives run {run:?}");
        }
        for (name, lease) in held(&applied.before) {
            let now = applied.after.leases.get(name, applied.after.clock);
            if now.is_none_or(|now| now.token != lease.token) {
                assert!(
                    is_over(applied, name, lease),
                    "`{name}` was taken from {:?}",
                    lease.holder
                );
            }
        }
    }
}

fn held(state: &State) -> impl Iterator<Item = (&str, &Lease)> {
    state.leases.range("", None, state.clock).map(|(name, lease)| (&**name, lease))
}

/// Its time has passed, its holder let it go, or the run that held it has ended.
fn is_over(applied: &Applied, name: &str, lease: &Lease) -> bool {
    let passed = lease.expires.is_some_and(|expires| expires <= applied.after.clock);
    let released = matches!(
        &applied.command,
        Command::Release(release) if release.name == name && release.token == lease.token
    );
    let ended = lease.holder.run.is_some_and(|run| !applied.after.runs.active.contains(&run));
    passed || released || ended
}

#[test]
fn a_lease_has_one_holder_until_it_is_over() {
    simulate::<Holders>("holders");
}
