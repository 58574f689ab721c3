//! What this node tells the others about itself, once a second.

use std::fs;
use std::time::Duration;

use mesh::Mesh;
use mesh::proto::{Load, Status};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::agreement::{Agreement, Consistency};

const EVERY: Duration = Duration::from_secs(1);

/// Reports load, and name and labels as they are agreed.
pub async fn beat(
    mesh: Mesh,
    agreement: Agreement,
    mut status: Status,
    busy: watch::Receiver<usize>,
    stop: CancellationToken,
) {
    let mut before = Ticks::read();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let members = agreement.members(Consistency::Stale).await.unwrap_or_default();
        if let Some((_, me)) = members.iter().find(|(node, _)| *node == agreement.me()) {
            status.name = me.name.clone();
            status.labels = me.labels.clone();
        }
        let now = Ticks::read();
        status.load = Load {
            running: *busy.borrow() as u32,
            slots: status.load.slots,
            cpu_permille: now.busy_since(before),
        };
        before = now;
        mesh.report(status.clone());
    }
}

/// What all processors together have done since the start of the machine.
#[derive(Clone, Copy, Default)]
struct Ticks {
    busy: u64,
    all: u64,
}

impl Ticks {
    /// Zeros where the system does not tell.
    fn read() -> Ticks {
        let text = fs::read_to_string("/proc/stat").unwrap_or_default();
        let numbers: Vec<u64> = text
            .lines()
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(1)
            .filter_map(|number| number.parse().ok())
            .collect();
        let all = numbers.iter().take(8).sum();
        let idle: u64 = numbers.iter().skip(3).take(2).sum();
        Ticks { busy: all - idle, all }
    }

    fn busy_since(self, before: Ticks) -> u16 {
        let all = self.all.saturating_sub(before.all).max(1);
        let busy = self.busy.saturating_sub(before.busy);
        (busy * 1_000 / all).min(1_000) as u16
    }
}
