use std::sync::Arc;

use crate::query::{Cluster, PAGE_BYTES, PAGE_MAX};
use crate::token::Token;
use crate::{Query, State, View, kv};

impl State {
    /// Answers a question; it never changes anything.
    pub fn answer(&self, query: &Query) -> View {
        match query {
            Query::Cluster => View::Cluster(self.about_cluster()),
            Query::Members => View::Members(
                self.members.iter().map(|(id, member)| (*id, member.clone())).collect(),
            ),
            Query::Tokens => View::Tokens(self.list_tokens()),
            Query::Entry { namespace, key } => {
                View::Entry(self.kv.get(namespace, key, self.clock).cloned())
            }
            Query::Entries { namespace, prefix, after, limit } => {
                View::Entries(self.page(namespace, prefix, after.as_deref(), *limit))
            }
            Query::Namespaces => View::Namespaces(self.kv.namespaces().collect()),
            Query::Leases { prefix, after, limit } => {
                let leases = self.leases.range(prefix, after.as_deref(), self.clock);
                View::Leases(leases.take(rows(*limit)).map(named).collect())
            }
            Query::Workflows => View::Workflows(self.workflows.iter().map(named).collect()),
            Query::Workflow { name } => View::Workflow(self.workflows.get(name.as_str()).cloned()),
            Query::Document { hash } => View::Document(self.documents.read(*hash)),
            Query::Events { after, limit } => {
                View::Events(self.events.after(*after, rows(*limit), PAGE_BYTES))
            }
            Query::Runs { .. }
            | Query::Run { .. }
            | Query::Work { .. }
            | Query::Assignments { .. }
            | Query::Held { .. } => self.answer_runs(query).unwrap_or(View::Run(None)),
        }
    }

    fn about_cluster(&self) -> Option<Cluster> {
        self.cluster.as_ref().map(|founding| Cluster {
            id: founding.id,
            standalone: founding.standalone,
            dissolved_into: founding.dissolved_into,
            configuration: self.configuration.clone(),
            clock: self.clock,
            has_data: self.has_data(),
            finished_runs: self.runs.finished() as u64,
        })
    }

    fn list_tokens(&self) -> Vec<(String, Token)> {
        self.tokens.iter().filter(|(_, token)| token.expires > self.clock).map(named).collect()
    }

    fn page(
        &self,
        namespace: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Vec<(String, kv::Entry)> {
        let mut bytes = 0;
        let entries = self.kv.range(namespace, prefix, after, self.clock).take(rows(limit));
        let fitting = entries.take_while(|(key, entry)| {
            let first = bytes == 0;
            bytes += key.len() + entry.json.len();
            first || bytes <= PAGE_BYTES
        });
        fitting.map(named).collect()
    }
}

fn rows(limit: u32) -> usize {
    limit.min(PAGE_MAX) as usize
}

fn named<V: Clone>((name, value): (&Arc<str>, &V)) -> (String, V) {
    (name.to_string(), value.clone())
}
