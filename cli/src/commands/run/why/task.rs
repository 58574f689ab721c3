//! What happened to a task by itself: places, starts, ends, further attempts.

use std::time::Duration;

use super::fact::Fact;
use crate::output::text::count;
use crate::output::time;

pub fn sentence(fact: &Fact<'_>) -> Option<String> {
    Some(match fact.event.kind.as_str() {
        "task.placed" => placed(fact),
        "task.deferred" => format!("waits: {}", fact.message().unwrap_or_default()),
        "task.refused" => fact.told("refused"),
        "task.started" => started(fact),
        "task.completed" if fact.run.check => checked(fact),
        "task.completed" => ended(fact, "succeeded"),
        "task.skipped" if fact.number("attempt").is_some() => ended(fact, "skipped"),
        "task.skipped" => fact.told("skipped"),
        "task.failed" => failed(fact),
        "task.timeout" => ended(fact, "timed out"),
        "task.cancelled" => ended(fact, "cancelled"),
        "task.lost" => ended(fact, "lost"),
        "task.retrying" => retrying(fact),
        _ => return None,
    })
}

fn placed(fact: &Fact<'_>) -> String {
    let names = fact.text("nodes").unwrap_or_default();
    let shown = names.split(", ").filter(|name| !name.is_empty()).count();
    let all = fact.number("count").map_or(shown, |all| all as usize);
    let mut text = match (shown, all.saturating_sub(shown)) {
        (0, _) => "placed on no node".to_owned(),
        (_, 0) => format!("placed on {names}"),
        (_, more) => format!("placed on {names} and {more} more"),
    };
    if let Some(left_out) = fact.number("left_out") {
        text += &format!("; {} that it could mean left out", count(left_out as usize, "node"));
    }
    text
}

fn started(fact: &Fact<'_>) -> String {
    let waited = fact.number("waited_ms").map(|ms| {
        let span = time::spoken(Duration::from_millis(ms));
        let what = match fact.text("waited_for") {
            Some("node_slot") => "its node ran as many tasks as it may",
            Some("run_slot") => "as many tasks ran as may run at once",
            _ => "a slot was not free",
        };
        format!(", after {span}: {what}")
    });
    format!("started{}{}", fact.which(), waited.unwrap_or_default())
}

/// In check mode a task says what it would do.
fn checked(fact: &Fact<'_>) -> String {
    let changes = fact.instance().is_some_and(|instance| instance.changed);
    fact.told(if changes { "would change something" } else { "would change nothing" })
}

fn ended(fact: &Fact<'_>, word: &str) -> String {
    let said = fact.told(word);
    match said.strip_prefix(word) {
        Some(rest) => format!("{word}{}{rest}", fact.which()),
        None => said,
    }
}

fn failed(fact: &Fact<'_>) -> String {
    let code = fact.attempt().and_then(|attempt| attempt.exit_code);
    let code = code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
    let said = fact.told("failed");
    let rest = said.strip_prefix("failed").unwrap_or(&said);
    format!("failed{code}{}{rest}", fact.which())
}

fn retrying(fact: &Fact<'_>) -> String {
    let wait = Duration::from_millis(fact.number("wait_ms").unwrap_or_default());
    let retry = fact.number("retry").unwrap_or_default();
    match wait {
        Duration::ZERO => format!("is tried again at once: retry {retry}"),
        wait => format!("is tried again in {}: retry {retry}", time::spoken(wait)),
    }
}
