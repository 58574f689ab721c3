use std::time::Duration;

use config::NodeId;
use proto::founding::{self, Decision, Founding, RENEW};
use tokio::time::sleep;

use crate::{Event, Events, Mesh, Presence};

/// Feeds [`Founding`] with what the mesh sees and says what is to be done.
///
/// One for the life of a node with a cluster secret: it founds, joins, and later heals what was split.
pub struct Forming {
    mesh: Mesh,
    events: Events,
    founding: Founding,
}

impl Forming {
    /// Starts looking around now.
    pub fn new(mesh: &Mesh) -> Self {
        let founding = Founding::new(mesh.me(), mesh.now());
        Self { mesh: mesh.clone(), events: mesh.events(), founding }
    }

    /// A node did not let this one in; it is not asked again for a moment.
    pub fn denied(&mut self, node: NodeId) {
        self.observe(founding::Event::Denied(node));
    }

    /// The next thing to do: never [`Decision::Wait`] or [`Decision::Rest`]. Said again until it is
    /// done, denied or out of date. None once the mesh has stopped.
    pub async fn next(&mut self) -> Option<Decision> {
        loop {
            let Presence { cluster, pristine } = self.mesh.presence();
            self.observe(founding::Event::Presence { cluster, pristine });
            let wait = match self.founding.decide(self.mesh.now()) {
                Decision::Wait(until) => until.saturating_sub(self.mesh.now()).min(RENEW),
                Decision::Rest => RENEW,
                decision => return Some(decision),
            };
            self.watch(wait).await?;
        }
    }

    /// Waits for a sighting, but not longer than this.
    async fn watch(&mut self, wait: Duration) -> Option<()> {
        let end = sleep(wait);
        tokio::pin!(end);
        loop {
            let event = tokio::select! {
                () = &mut end => return Some(()),
                event = self.events.next() => event?,
            };
            if let Event::Sighted { sighting, asked } = event {
                self.observe(founding::Event::Sighted { sighting, asked });
                return Some(());
            }
        }
    }

    fn observe(&mut self, event: founding::Event) {
        self.founding.observe(event, self.mesh.now());
    }
}
