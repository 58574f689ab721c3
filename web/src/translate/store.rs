use node::view;

use super::{both, time};
use crate::wire::{Condition, Entry, Lease, Secret, Workflow};

impl From<view::Entry> for Entry {
    fn from(entry: view::Entry) -> Self {
        let (expires_in, expires_in_ms) = both(entry.expires_in_ms);
        Entry {
            key: entry.key,
            value: entry.value,
            version: entry.version,
            changed_at: time(entry.changed_at),
            changed_by: entry.changed_by,
            expires_in,
            expires_in_ms,
        }
    }
}

impl From<view::Lease> for Lease {
    fn from(lease: view::Lease) -> Self {
        let (expires_in, expires_in_ms) = both(lease.expires_in_ms);
        Lease {
            name: lease.name,
            holder: lease.holder,
            label: lease.label,
            run: lease.run.map(|run| run.to_string()),
            token: lease.token,
            acquired_at: time(lease.acquired_at),
            expires_in,
            expires_in_ms,
        }
    }
}

impl From<view::Secret> for Secret {
    fn from(secret: view::Secret) -> Self {
        Secret {
            name: secret.name,
            version: secret.version,
            changed_at: time(secret.changed_at),
            changed_by: secret.changed_by,
        }
    }
}

impl From<view::Workflow> for Workflow {
    fn from(workflow: view::Workflow) -> Self {
        Workflow {
            name: workflow.name,
            description: workflow.description,
            version: workflow.version,
            saved_at: time(workflow.saved_at),
            saved_by: workflow.saved_by,
            source: workflow.source,
        }
    }
}

impl From<Condition> for node::Condition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Absent => node::Condition::Absent,
            Condition::Version(version) => node::Condition::Version(version),
            Condition::Value(value) => node::Condition::Value(value),
        }
    }
}
