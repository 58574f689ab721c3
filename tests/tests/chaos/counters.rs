//! Clients that add one by compare and swap.

use serde_json::{Value, json};
use tests::Dice;
use tests::history::History;

use crate::registers::Store;

/// Adds one again and again, until the storm is over.
pub async fn count(store: Store, name: String, keys: &'static [&'static str], mut dice: Dice) {
    for number in 0.. {
        if store.doors.is_over() {
            return;
        }
        let key = *dice.pick(keys);
        if let Some((version, value)) = store.read(store.doors.any(&mut dice), key).await {
            let count = of(&value) + 1;
            let value = json!({ "by": format!("{name}-{number}"), "count": count });
            store.write(store.doors.any(&mut dice), key, value, Some(version)).await;
        }
        tokio::time::sleep(dice.millis(10, 60)).await;
    }
}

fn of(value: &Value) -> u64 {
    value["count"].as_u64().unwrap_or_default()
}

/// A counter has counted every addition that was acknowledged, and none that was refused.
pub fn faults(key: &str, history: &History) -> Vec<String> {
    let (count, values) = (history.count(), history.values());
    let last = values.last_key_value();
    let (version, counted) =
        last.map_or((0, 0), |(version, text)| (*version, of(&serde_json::from_str(text).unwrap())));
    let mut faults = Vec::new();
    if !(count.done..=count.done + count.unknown).contains(&counted) {
        faults.push(format!("counter {key} is {counted}, its history {count:?}"));
    }
    if counted != version {
        faults.push(format!("counter {key} is {counted} at version {version}"));
    }
    faults
}
