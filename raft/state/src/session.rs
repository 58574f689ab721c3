use config::NodeId;
use serde::{Deserialize, Serialize};

use crate::{Kind, Map, Refusal, Reply, RequestId};

/// Answers kept for retries, of the present life of each node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sessions(Map<NodeId, Session>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Session {
    incarnation: u64,
    /// Requests below this have their answer; a late copy of one is not applied again.
    settled: u64,
    answers: Map<u64, Reply>,
}

/// Requests of one node that may be under way, and therefore answers kept of it.
pub const WINDOW: u64 = 1_024;

impl Sessions {
    /// The answer without applying the request, if it must not be applied.
    pub fn kept(&self, id: RequestId) -> Option<Reply> {
        let Some(session) = self.current(id) else {
            return Some(Err(unknown(id, "is of a life of its node that is over")));
        };
        if let Some(reply) = session.answers.get(&id.sequence) {
            return Some(reply.clone());
        }
        if id.sequence < session.settled {
            return Some(Err(unknown(id, "was settled before")));
        }
        let settled = session.settled.max(id.settled);
        if id.sequence.saturating_sub(settled) >= WINDOW {
            return Some(Err(Refusal::limit(format!(
                "request {} of node {}: {WINDOW} before it have no answer yet",
                id.sequence,
                id.node.short()
            ))));
        }
        None
    }

    /// Keeps an answer, and lets go of those that are settled.
    pub fn keep(&mut self, id: RequestId, reply: Reply) {
        let Some(session) = self.0.get_mut(&id.node).filter(|it| it.incarnation == id.incarnation)
        else {
            return;
        };
        session.settled = session.settled.max(id.settled.min(id.sequence));
        while let Some(first) = session.answers.get_min().map(|(first, _)| *first)
            && first < session.settled
        {
            session.answers.remove(&first);
        }
        session.answers.insert(id.sequence, reply);
    }

    /// A node has begun a life: what was kept for older ones goes.
    pub(crate) fn open(&mut self, node: NodeId, incarnation: u64) {
        self.0.insert(node, Session { incarnation, settled: 0, answers: Map::new() });
    }

    pub(crate) fn close(&mut self, node: NodeId) {
        self.0.remove(&node);
    }

    fn current(&self, id: RequestId) -> Option<&Session> {
        self.0.get(&id.node).filter(|session| session.incarnation == id.incarnation)
    }
}

fn unknown(id: RequestId, why: &str) -> Refusal {
    Refusal::new(
        Kind::OutcomeUnknown,
        format!(
            "request {} of node {} in its life {} {why}: whether it took effect is not known any more",
            id.sequence,
            id.node.short(),
            id.incarnation
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Answer;

    const NODE: NodeId = NodeId::new([1; 32]);

    fn id(incarnation: u64, sequence: u64, settled: u64) -> RequestId {
        RequestId { node: NODE, incarnation, sequence, settled }
    }

    fn opened() -> Sessions {
        let mut sessions = Sessions::default();
        sessions.open(NODE, 3);
        sessions
    }

    fn kind(reply: Option<Reply>) -> Option<Kind> {
        reply.and_then(Result::err).map(|refusal| refusal.kind)
    }

    #[test]
    fn a_retry_gets_the_first_answer() {
        let mut sessions = opened();
        assert_eq!(sessions.kept(id(3, 5, 0)), None);
        sessions.keep(id(3, 5, 0), Ok(Answer::Version(9)));
        assert_eq!(sessions.kept(id(3, 5, 0)), Some(Ok(Answer::Version(9))));
        assert_eq!(sessions.kept(id(3, 5, 5)), Some(Ok(Answer::Version(9))));
    }

    #[test]
    fn only_the_present_life_is_applied() {
        let mut sessions = opened();
        for incarnation in [0, 2, 4] {
            assert_eq!(kind(sessions.kept(id(incarnation, 1, 0))), Some(Kind::OutcomeUnknown));
        }
        sessions.keep(id(3, 1, 0), Ok(Answer::Done));
        sessions.open(NODE, 4);
        assert_eq!(kind(sessions.kept(id(3, 1, 0))), Some(Kind::OutcomeUnknown));
        assert_eq!(sessions.kept(id(4, 1, 0)), None);
        sessions.keep(id(3, 2, 0), Ok(Answer::Done));
        assert_eq!(sessions.kept(id(4, 2, 0)), None);
        sessions.close(NODE);
        assert_eq!(kind(sessions.kept(id(4, 1, 0))), Some(Kind::OutcomeUnknown));
    }

    #[test]
    fn settled_answers_go_and_are_not_applied_again() {
        let mut sessions = opened();
        for sequence in 0..10 {
            sessions.keep(id(3, sequence, 0), Ok(Answer::Done));
        }
        sessions.keep(id(3, 10, 8), Ok(Answer::Done));
        assert_eq!(kind(sessions.kept(id(3, 7, 0))), Some(Kind::OutcomeUnknown));
        assert_eq!(sessions.kept(id(3, 8, 0)), Some(Ok(Answer::Done)));
        assert_eq!(sessions.0[&NODE].answers.len(), 3);
    }

    #[test]
    fn a_request_settles_nothing_beyond_itself() {
        let mut sessions = opened();
        sessions.keep(id(3, 4, u64::MAX), Ok(Answer::Done));
        assert_eq!(sessions.0[&NODE].settled, 4);
        assert_eq!(sessions.kept(id(3, 4, 0)), Some(Ok(Answer::Done)));
    }

    #[test]
    fn the_window_is_bounded() {
        let sessions = opened();
        assert_eq!(sessions.kept(id(3, WINDOW - 1, 0)), None);
        assert_eq!(kind(sessions.kept(id(3, WINDOW, 0))), Some(Kind::Limit));
        assert_eq!(sessions.kept(id(3, WINDOW, 1)), None);
    }
}
