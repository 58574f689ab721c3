//! Invariant 16: fencing tokens rise, and a write under an older one is refused.

use std::collections::BTreeMap;

use state::{Answer, Command};

use crate::model::{Applied, Check, Fact, simulate};

#[derive(Default)]
struct Tokens {
    /// The newest token of all, and of each lease.
    newest: u64,
    given: BTreeMap<String, u64>,
}

impl Check for Tokens {
    fn see(&mut self, fact: &Fact) {
        let Fact::Applied(applied) = fact else { return };
        if applied.reply.is_err() {
            return;
        }
        if let Command::Set(set) = &applied.command
            && let Some(fence) = &set.fence
        {
            let newest = self.given.get(&fence.name);
            assert_eq!(newest, Some(&fence.token), "a write under an old token was taken");
        }
        self.note(applied);
    }
}

impl Tokens {
    /// Every lease in the state, whoever took it: a run takes its lock without asking for a token.
    fn note(&mut self, applied: &Applied) {
        let now = applied.after.clock;
        let held: Vec<_> = applied.after.leases.range("", None, now).collect();
        for (name, lease) in held {
            let known = self.given.get(&**name).copied();
            if known == Some(lease.token) {
                continue;
            }
            assert!(lease.token > self.newest, "token {} of `{name}` does not rise", lease.token);
            self.newest = lease.token;
            self.given.insert(name.to_string(), lease.token);
        }
        if let (Command::Acquire(acquire), Ok(Answer::Token(token))) =
            (&applied.command, &applied.reply)
        {
            assert_eq!(self.given.get(&acquire.name), Some(token));
        }
    }
}

#[test]
fn fencing_tokens_rise_and_older_ones_are_refused() {
    simulate::<Tokens>("tokens");
}
