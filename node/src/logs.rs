//! Logs of attempts: one file each on the node that ran it, read by offset, also while it is written.
//!
//! A record is one text line: milliseconds since the epoch, the stream, the text.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use config::Paths;
use state::{AttemptKey, RunId, Wall};
use tokio::sync::watch;

use crate::Error;
use crate::blobs::file;
use crate::mask::Masker;

/// A log grows no larger; what comes later is counted and dropped.
const LOG_BYTES: u64 = 64 << 20;
/// The last line of a log that is.
const FULL: &str = "the log has its 64 MiB: what comes after this is not in it";
/// Kept in memory for the report.
const TAIL_BYTES: usize = config::limits::TAIL_FAILURE_BYTES;

/// All logs of this node. A cheap handle.
#[derive(Clone)]
pub struct Logs {
    paths: Paths,
    live: Arc<Mutex<BTreeMap<AttemptKey, watch::Receiver<u64>>>>,
}

/// The writing end of one attempt's log.
pub struct Log {
    key: AttemptKey,
    logs: Logs,
    /// Every line passes here.
    masker: Masker,
    inner: Mutex<Inner>,
    written: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Made with the first line.
    file: Option<File>,
    size: u64,
    dropped: u64,
    tail: VecDeque<String>,
    tail_size: usize,
}

/// One line as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Record {
    pub at: Wall,
    pub stream: String,
    pub text: String,
    /// Of its first byte.
    pub offset: u64,
    /// Of the byte after it.
    pub next: u64,
}

/// Some lines from an offset on.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Page {
    pub records: Vec<Record>,
    /// Where to go on.
    pub next: u64,
    /// Nothing more will come.
    pub done: bool,
}

impl Logs {
    pub fn new(paths: Paths) -> Logs {
        Logs { paths, live: Arc::default() }
    }

    /// Opens the log of an attempt that starts now; what the masker hides is not written.
    pub fn open(&self, key: AttemptKey, masker: Masker) -> Log {
        let (written, reader) = watch::channel(0);
        self.live().insert(key, reader);
        Log { key, logs: self.clone(), masker, inner: Mutex::default(), written }
    }

    /// Reads from an offset on, up to `most` bytes; waits for the first new line while the attempt runs.
    pub async fn read(
        &self,
        key: AttemptKey,
        from: u64,
        most: usize,
        wait: Duration,
    ) -> Result<Page, Error> {
        let live = self.live().get(&key).cloned();
        let Some(mut live) = live else { return self.page(key, from, most, true) };
        // Both ends of the wait lead to the same reading: what is there, or nothing yet.
        let _ = tokio::time::timeout(wait, live.wait_for(|size| *size > from)).await;
        let done = live.has_changed().is_err() && *live.borrow() <= from;
        self.page(key, from, most, done)
    }

    fn page(&self, key: AttemptKey, from: u64, most: usize, done: bool) -> Result<Page, Error> {
        let path = self.path(key);
        match read_page(&path, from, most) {
            Ok(page) => Ok(Page { done: done && page.done, ..page }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Page { records: Vec::new(), next: from, done })
            }
            Err(error) => Err(file("read the log", &path)(error)),
        }
    }

    /// Removes the logs of a run.
    pub fn forget(&self, run: RunId) {
        // A folder that is not there is as good as removed.
        let _ = fs::remove_dir_all(self.paths.logs(run));
    }

    fn path(&self, key: AttemptKey) -> PathBuf {
        let instance = key.instance;
        let name = format!("{}.{}.{}.log", instance.task, instance.slot, key.attempt);
        self.paths.logs(instance.run).join(name)
    }

    fn live(&self) -> std::sync::MutexGuard<'_, BTreeMap<AttemptKey, watch::Receiver<u64>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Appends one line. A log that cannot be written loses lines, never the attempt.
    pub fn line(&self, at: Wall, stream: &str, text: &str) {
        let text = self.masker.text(text);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.keep_tail(&text);
        if inner.size >= LOG_BYTES {
            inner.dropped += 1;
            return;
        }
        self.record(&mut inner, at, stream, &text);
        if inner.size >= LOG_BYTES {
            self.record(&mut inner, at, "warn", FULL);
        }
    }

    fn record(&self, inner: &mut Inner, at: Wall, stream: &str, text: &str) {
        let record = format!("{} {stream} {}\n", at.0, text.replace(['\n', '\r'], " "));
        match self.append(inner, record.as_bytes()) {
            Ok(()) => {
                inner.size += record.len() as u64;
                self.written.send_replace(inner.size);
            }
            Err(error) => {
                tracing::warn!(%error, "a line of the log of {:?} is lost", self.key);
                inner.dropped += 1;
            }
        }
    }

    fn append(&self, inner: &mut Inner, record: &[u8]) -> io::Result<()> {
        if inner.file.is_none() {
            let path = self.logs.path(self.key);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            inner.file =
                Some(OpenOptions::new().create(true).write(true).truncate(true).open(path)?);
        }
        inner.file.as_mut().map_or(Ok(()), |file| file.write_all(record))
    }

    /// The last lines, at most so many bytes of them, and the size of the whole.
    pub fn tail(&self, most: usize) -> (String, u64) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut size = 0;
        let fits = |line: &&String| {
            size += line.len() + 1;
            size <= most
        };
        let mut lines: Vec<&str> =
            inner.tail.iter().rev().take_while(fits).map(String::as_str).collect();
        lines.reverse();
        (lines.join("\n"), inner.size)
    }

    /// Lines that did not fit.
    pub fn dropped(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).dropped
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.logs.live().remove(&self.key);
    }
}

impl Inner {
    fn keep_tail(&mut self, text: &str) {
        let mut end = text.len().min(TAIL_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.tail_size += end + 1;
        self.tail.push_back(text[..end].to_string());
        while self.tail_size > TAIL_BYTES {
            let Some(first) = self.tail.pop_front() else { return };
            self.tail_size -= first.len() + 1;
        }
    }
}

fn read_page(path: &std::path::Path, from: u64, most: usize) -> io::Result<Page> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::new(file);
    let mut page = Page { records: Vec::new(), next: from, done: false };
    let mut line = Vec::new();
    while ((page.next - from) as usize) < most {
        line.clear();
        let count = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            break;
        }
        if let Some(record) = Record::parse(&line, page.next) {
            page.records.push(record);
        }
        page.next += count as u64;
    }
    page.done = page.next >= end;
    Ok(page)
}

impl Record {
    fn parse(line: &[u8], offset: u64) -> Option<Record> {
        let next = offset + line.len() as u64;
        let line = String::from_utf8_lossy(line);
        let mut fields = line.trim_end_matches('\n').splitn(3, ' ');
        let at = Wall(fields.next()?.parse().ok()?);
        let stream = fields.next()?.to_string();
        let text = fields.next().unwrap_or_default().to_string();
        Some(Record { at, stream, text, offset, next })
    }
}

#[cfg(test)]
mod tests {
    use state::InstanceKey;

    use super::*;

    #[tokio::test]
    async fn a_log_that_is_full_says_so_and_counts_what_it_drops() {
        let folder = tempfile::tempdir().unwrap();
        let logs = Logs::new(Paths::new(folder.path()));
        let instance = InstanceKey { run: RunId(ulid::Ulid(1)), task: 0, slot: 0 };
        let key = AttemptKey { instance, attempt: 1 };
        let log = logs.open(key, Masker::default());
        let line = "x".repeat(1 << 20);
        while log.dropped() < 3 {
            log.line(Wall(0), "stdout", &line);
        }
        let (_, size) = log.tail(100);
        drop(log);
        let (mut next, mut last) = (0, None);
        loop {
            let page = logs.read(key, next, 1 << 22, Duration::ZERO).await.unwrap();
            (next, last) = (page.next, page.records.last().cloned().or(last));
            if page.done {
                break;
            }
        }
        let last = last.unwrap();
        assert_eq!((last.stream.as_str(), last.text.as_str()), ("warn", FULL));
        assert_eq!(next, size);
    }
}
