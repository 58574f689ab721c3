use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use config::NodeId;
use mesh::proto::roster::View;
use state::member::Member;
use state::{Map, Subject};

use crate::clock;

/// Names in place of keys, as far as they are known. A cheap clone.
#[derive(Clone, Debug, Default)]
pub struct Names {
    agreed: Arc<BTreeMap<NodeId, String>>,
    /// How others call themselves whom the agreed state does not contain here yet.
    seen: Option<Arc<View>>,
}

impl Names {
    pub fn new<'a>(members: impl IntoIterator<Item = (&'a NodeId, &'a Member)>) -> Names {
        let name = |(node, member): (&NodeId, &Member)| (*node, member.name.to_string());
        Names { agreed: Arc::new(members.into_iter().map(name).collect()), seen: None }
    }

    /// With what a roster says of those who are not known otherwise.
    pub fn or_seen(self, seen: Arc<View>) -> Names {
        Names { seen: Some(seen), ..self }
    }

    /// The node's name, or the beginning of its key when it is no member any more.
    pub fn of(&self, node: NodeId) -> String {
        let agreed = self.agreed.get(&node).cloned();
        agreed.or_else(|| self.seen(node)).unwrap_or_else(|| node.short())
    }

    /// The node is a member.
    pub fn knows(&self, node: NodeId) -> bool {
        self.agreed.contains_key(&node)
    }

    fn seen(&self, node: NodeId) -> Option<String> {
        let status = self.seen.as_ref()?.nodes.get(&node)?.status.as_ref()?;
        Some(status.name.to_string())
    }

    pub fn subject(&self, subject: &Subject) -> String {
        match subject {
            Subject::Node(node) => self.of(*node),
            Subject::User { uid, node } => format!("uid {uid} at {}", self.of(*node)),
            Subject::Run { run, node } => format!("run {run} at {}", self.of(*node)),
        }
    }
}

/// The names of all members, kept until members change; where that is not seen, for a moment. A cheap handle.
#[derive(Clone, Default)]
pub struct Book(Arc<Mutex<Page>>);

#[derive(Default)]
struct Page {
    names: Names,
    /// The members of which these are the names.
    members: Map<NodeId, Member>,
    /// When a node without a replica asked for them.
    asked: Option<Duration>,
}

/// So long a node without a replica does not ask again.
const FRESH: Duration = Duration::from_secs(1);

impl Book {
    /// The names of a replica's members.
    pub fn of(&self, members: &Map<NodeId, Member>) -> Names {
        let mut page = self.page();
        if !page.members.ptr_eq(members) {
            *page = Page { names: Names::new(members), members: members.clone(), asked: None };
        }
        page.names.clone()
    }

    /// Names that were asked for a moment ago.
    pub fn fresh(&self) -> Option<Names> {
        let page = self.page();
        let is_fresh = |asked: &Duration| clock::boottime().saturating_sub(*asked) < FRESH;
        page.asked.filter(is_fresh).map(|_| page.names.clone())
    }

    /// Keeps what was asked for.
    pub fn keep(&self, members: &[(NodeId, Member)]) -> Names {
        let names = Names::new(members.iter().map(|(node, member)| (node, member)));
        let asked = Some(clock::boottime());
        *self.page() = Page { names: names.clone(), members: Map::new(), asked };
        names
    }

    fn page(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use state::testing::{Cluster, node};

    use super::*;

    #[test]
    fn names_are_made_again_only_when_members_have_changed() {
        let (mut cluster, book) = (Cluster::new(), Book::default());
        let first = book.of(&cluster.state.members);
        let same = book.of(&cluster.state.members.clone());
        assert!(Arc::ptr_eq(&first.agreed, &same.agreed));
        cluster.admit(4);
        assert!(!first.knows(node(4)));
        assert_eq!(book.of(&cluster.state.members).of(node(4)), "n4");
    }

    #[test]
    fn whoever_is_no_member_is_named_by_the_roster_or_the_key() {
        let names = Names::new(&Cluster::new().state.members);
        assert_eq!(names.of(node(2)), "n2");
        assert_eq!(names.of(node(9)), node(9).short());
        let mut view = View::default();
        let status = mesh::proto::Status {
            name: "fresh".parse().unwrap(),
            version: "0".into(),
            labels: config::Labels::default(),
            load: mesh::proto::Load::default(),
        };
        let seen = mesh::proto::roster::Observed {
            health: mesh::proto::roster::Health::Alive,
            connected: true,
            status: Some(status),
            addresses: Vec::new(),
            round_trip: None,
            heard: None,
        };
        view.nodes.insert(node(9), seen);
        assert_eq!(names.or_seen(Arc::new(view)).of(node(9)), "fresh");
    }
}
