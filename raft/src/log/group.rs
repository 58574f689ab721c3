use std::io;

use openraft::storage::IOFlushed;
use tokio::sync::oneshot;

use super::writer::Job;
use super::{Write, record};
use crate::types::{Entry, Types};

/// What one write and one sync will carry.
#[derive(Default)]
pub struct Group {
    pub write: Write,
    pub bytes: usize,
    /// The index after the last entry.
    pub next: Option<u64>,
    pub refused: Option<io::Error>,
    pub waiting: Vec<Waiting>,
}

impl Group {
    /// Takes a job in, or gives it back when it is of another kind.
    pub fn add(&mut self, job: Job) -> Option<Job> {
        match job {
            Job::Append { entries, done } => {
                entries.iter().for_each(|entry| self.add_entry(entry));
                self.waiting.push(Waiting::Append(done));
            }
            Job::Set { setting, value, done } => {
                self.write.settings.retain(|(other, _)| *other != setting);
                self.write.settings.push((setting, value));
                self.waiting.push(Waiting::Set(done));
            }
            job => return Some(job),
        }
        None
    }

    fn add_entry(&mut self, entry: &Entry) {
        let index = entry.log_id.index();
        match record::encode(entry) {
            Ok(record) => {
                self.bytes += record.len();
                self.write.entries.push((index, record));
                self.next = Some(index + 1);
            }
            Err(error) => self.refused = Some(error),
        }
    }
}

/// Who is told when a group is durable.
pub enum Waiting {
    Append(IOFlushed<Types>),
    Set(oneshot::Sender<io::Result<()>>),
}

impl Waiting {
    pub fn finish(self, result: &io::Result<()>) {
        let result = match result {
            Ok(()) => Ok(()),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        match self {
            Waiting::Append(done) => done.io_completed(result),
            Waiting::Set(done) => drop(done.send(result)),
        }
    }
}
