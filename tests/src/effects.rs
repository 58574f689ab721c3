use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::wait::{LONG, wait_until};

/// A file to which tasks on all nodes append what they do, so that doing it twice can be seen.
pub struct Effects {
    folder: TempDir,
}

/// The traces of one attempt: nanoseconds of the machine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The process that left them.
    pub pid: u32,
    pub first: u128,
    pub last: u128,
    /// It came to its end.
    pub ended: bool,
}

impl Effects {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("effects")
    }

    /// A shell command that leaves a trace each 20th of a second, this many times.
    pub fn command(&self, tag: &str, beats: u32) -> String {
        let path = self.path();
        let trace = |word| format!("echo \"{word} {tag} $$ $(date +%s%N)\" >> {}", path.display());
        let (start, beat, end) = (trace("start"), trace("beat"), trace("end"));
        format!(
            "{start}; i=0; while [ $i -lt {beats} ]; do sleep 0.05; {beat}; i=$((i+1)); done; {end}"
        )
    }

    /// The same as a task of a workflow; more goes into its builder.
    pub fn task(&self, tag: &str, beats: u32, more: &str) -> String {
        let command = self.command(tag, beats);
        format!("task('{tag}'){more}:command([[{command}]]):build()")
    }

    /// Waits until so many attempts of a tag have begun.
    pub fn begins(&self, tag: &str, count: usize) {
        wait_until(&format!("attempt {count} of {tag} begins"), LONG, || {
            match self.begun(tag) >= count {
                true => Ok(()),
                false => Err(format!("{:#?}", self.spans(tag))),
            }
        });
    }

    /// The attempts of a tag, in the order in which they began.
    pub fn spans(&self, tag: &str) -> Vec<Span> {
        let text = fs::read_to_string(self.path()).unwrap_or_default();
        let mut spans: BTreeMap<u32, Span> = BTreeMap::new();
        for line in text.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let [word, of, pid, time] = fields[..] else { panic!("torn line {line:?}") };
            if of != tag {
                continue;
            }
            let (pid, time) = (pid.parse().unwrap(), time.parse().unwrap());
            let fresh = Span { pid, first: time, last: time, ended: false };
            let span = spans.entry(pid).or_insert(fresh);
            span.last = span.last.max(time);
            span.ended |= word == "end";
        }
        let mut spans: Vec<Span> = spans.into_values().collect();
        spans.sort_by_key(|span| span.first);
        spans
    }

    /// How many attempts of a tag have begun.
    pub fn begun(&self, tag: &str) -> usize {
        self.spans(tag).len()
    }

    /// How many attempts of a tag came to their end.
    pub fn ended(&self, tag: &str) -> usize {
        self.spans(tag).iter().filter(|span| span.ended).count()
    }

    /// No attempt of a tag began before the one before had left its last trace.
    pub fn assert_apart(&self, tag: &str) {
        let spans = self.spans(tag);
        for pair in spans.windows(2) {
            assert!(pair[0].last < pair[1].first, "attempts of {tag} overlap: {spans:#?}");
        }
    }
}

impl Default for Effects {
    fn default() -> Self {
        Self::new()
    }
}
