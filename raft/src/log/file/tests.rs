use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::open::open;
use super::segment::{SEGMENT_BYTES, Segment, path};
use crate::Error;
use crate::log::folder::LOG;
use crate::log::mark::{Mark, Marked};
use crate::log::{LogEngine, Setting, Write};
use crate::testing::Memory;

type Engine = Box<dyn LogEngine>;
type Act<'a> = &'a dyn Fn(&dyn LogEngine);

/// In memory, where there is such a place: nothing here depends on a disk.
fn folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

/// All that a log says.
#[derive(Debug, PartialEq, Eq)]
struct Says {
    entries: Vec<(u64, Vec<u8>)>,
    settings: BTreeMap<Setting, Vec<u8>>,
}

fn says(engine: &dyn LogEngine) -> Says {
    let setting = |setting| Some((setting, engine.setting(setting).unwrap()?));
    Says {
        entries: engine.read(0..u64::MAX).unwrap(),
        settings: Setting::ALL.into_iter().filter_map(setting).collect(),
    }
}

fn put(engine: &dyn LogEngine, index: u64, bytes: usize) {
    let entries = vec![(index, vec![index as u8 + 1; bytes])];
    engine.write(&Write { entries, settings: Vec::new() }).unwrap();
    engine.sync().unwrap();
}

fn set(engine: &dyn LogEngine, setting: Setting, value: &[u8]) {
    engine.write(&Write::set(setting, value.to_vec())).unwrap();
    engine.sync().unwrap();
}

/// A log of three segments, and what it said after each of its groups. The first `promised` groups are marked.
struct Story {
    home: TempDir,
    after: Vec<Says>,
    promised: usize,
}

impl Story {
    fn new(promised: usize) -> Self {
        let home = folder();
        let engine = open(home.path()).unwrap().engine;
        let mut after = vec![says(&*engine)];
        let large = SEGMENT_BYTES as usize - 300;
        let steps: [Act<'_>; 8] = [
            &|it| set(it, Setting::Vote, b"first"),
            &|it| put(it, 0, 20),
            &|it| put(it, 1, large),
            &|it| set(it, Setting::Vote, b"second"),
            &|it| it.truncate(1).unwrap(),
            &|it| put(it, 1, 30),
            &|it| put(it, 2, large),
            &|it| put(it, 3, 10),
        ];
        for (number, step) in steps.into_iter().enumerate() {
            step(&*engine);
            after.push(says(&*engine));
            if number + 1 == promised {
                engine.mark().unwrap();
            }
        }
        drop(engine);
        let story = Self { home, after, promised };
        assert_eq!(story.segments().len(), 3);
        story
    }

    fn segments(&self) -> Vec<u64> {
        Segment::all(&self.home.path().join(LOG)).unwrap()
    }

    /// Opens a copy in which one segment is changed. It is refused and left as it is, or says what was promised.
    fn survives(&self, segment: u64, change: impl FnOnce(&mut Vec<u8>)) -> Result<usize, String> {
        let home = folder();
        crate::tests::support::copy(self.home.path(), home.path());
        let file = path(&home.path().join(LOG), segment);
        let mut bytes = fs::read(&file).unwrap();
        change(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        let engine = match open(home.path()) {
            Ok(opened) => opened.engine,
            Err(error @ Error::Damaged { .. }) => {
                assert_eq!(fs::read(&file).unwrap(), bytes, "it was touched");
                return Err(error.to_string());
            }
            Err(error) => panic!("{error}"),
        };
        let found = says(&*engine);
        let groups = self.after.iter().rposition(|says| *says == found);
        let groups = groups.unwrap_or_else(|| panic!("another content: {found:?}"));
        assert!(groups >= self.promised, "{groups} of {} promised groups", self.promised);
        goes_on(&home, engine);
        Ok(groups)
    }
}

/// What is written after an opening is there at the next.
fn goes_on(home: &TempDir, engine: Engine) {
    set(&*engine, Setting::Committed, b"later");
    let before = says(&*engine);
    drop(engine);
    assert_eq!(says(&*open(home.path()).unwrap().engine), before);
}

/// Bytes of a segment that are worth a change: all that is written but the runs of large records.
fn places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let used = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let plain = move |at: &usize| *at < 400 || *at + 200 > used || at.is_multiple_of(509);
    (0..(used + 20).min(bytes.len())).filter(plain)
}

#[test]
fn whatever_byte_is_changed_the_log_says_what_was_promised_or_is_refused() {
    for promised in [0, 6, 8] {
        let story = Story::new(promised);
        for segment in story.segments() {
            let bytes = fs::read(path(&story.home.path().join(LOG), segment)).unwrap();
            for at in places(&bytes) {
                let kept = story.survives(segment, |bytes| bytes[at] ^= 1 << (at % 8));
                // Only the last group can pass for a write that nobody was promised.
                assert!(kept.is_err() || segment == 3 && kept >= Ok(7) || behind(&bytes, at));
            }
        }
    }
}

/// Whether a byte lies behind all groups of its segment.
fn behind(bytes: &[u8], at: usize) -> bool {
    bytes[at..].iter().all(|byte| *byte == 0)
}

#[test]
fn wherever_a_segment_is_cut_the_log_says_what_was_promised_or_is_refused() {
    for promised in [0, 6, 8] {
        let story = Story::new(promised);
        for segment in story.segments() {
            let bytes = fs::read(path(&story.home.path().join(LOG), segment)).unwrap();
            for at in places(&bytes) {
                let kept = story.survives(segment, |bytes| bytes.truncate(at));
                assert!(kept.is_err() || segment == 3 || behind(&bytes, at), "{segment}: {at}");
            }
        }
    }
}

#[test]
fn a_promise_says_which_file_is_damaged_and_what_to_do() {
    let story = Story::new(8);
    let error = story.survives(3, |bytes| bytes.truncate(100)).unwrap_err();
    assert!(error.contains("/log/00000003.segment is damaged"), "{error}");
    assert!(error.contains("everything before group") && error.contains("sloth db check"));
    let error = story.survives(1, |bytes| bytes[40] ^= 1).unwrap_err();
    assert!(error.contains("/log/00000001.segment is damaged: at byte 0"), "{error}");
}

#[test]
fn a_segment_that_is_missing_is_damage() {
    for segment in 1..=3 {
        let story = Story::new(0);
        fs::remove_file(path(&story.home.path().join(LOG), segment)).unwrap();
        assert!(matches!(open(story.home.path()), Err(Error::Damaged { .. })), "{segment}");
    }
}

#[test]
fn a_segment_made_ahead_and_never_begun_is_taken_away() {
    let story = Story::new(8);
    let folder = story.home.path().join(LOG);
    for bytes in [0, 100, SEGMENT_BYTES as usize] {
        fs::write(path(&folder, 4), vec![0; bytes]).unwrap();
        let engine = open(story.home.path()).unwrap().engine;
        assert_eq!(&says(&*engine), story.after.last().unwrap());
        assert_eq!(story.segments(), [1, 2, 3]);
    }
    fs::write(path(&folder, 4), [1; 50]).unwrap();
    assert!(matches!(open(story.home.path()), Err(Error::Damaged { .. })));
}

#[test]
fn what_opening_reads_is_handed_over() {
    let story = Story::new(8);
    let opened = open(story.home.path()).unwrap();
    assert_eq!(opened.tail, story.after.last().unwrap().entries);
}

#[test]
fn a_log_that_ends_in_order_needs_no_new_mark() {
    let story = Story::new(0);
    let engine = open(story.home.path()).unwrap().engine;
    engine.close(vec![(Setting::Committed, b"all".to_vec())]).unwrap();
    let mark = || Mark::open(&story.home.path().join("mark")).unwrap().1;
    let closed = mark();
    assert!(closed.is_some_and(|it| it.closed));
    let engine = open(story.home.path()).unwrap().engine;
    assert_eq!(engine.setting(Setting::Committed).unwrap().as_deref(), Some(b"all".as_slice()));
    assert_eq!(mark(), closed);
}

#[test]
fn segments_whose_entries_are_purged_are_deleted_and_their_settings_stay() {
    let home = folder();
    let engine = open(home.path()).unwrap().engine;
    set(&*engine, Setting::Vote, b"kept");
    (0..100).for_each(|index| put(&*engine, index, 1_000));
    let segments = || Segment::all(&home.path().join(LOG)).unwrap();
    assert!(segments().len() > 10);
    set(&*engine, Setting::Purged, b"89");
    while engine.purge(89, 10).unwrap() {}
    assert!(segments().len() <= 3, "{:?}", segments());
    drop(engine);
    let engine = open(home.path()).unwrap().engine;
    assert_eq!(engine.setting(Setting::Vote).unwrap().as_deref(), Some(b"kept".as_slice()));
    let (first, last) = engine.bounds().unwrap().unwrap();
    assert!((84..=90).contains(&first) && last == 99, "{first} {last}");
    while engine.purge(99, 10).unwrap() {}
    assert_eq!((engine.bounds().unwrap(), segments().len()), (None, 1));
    drop(engine);
    let back = open(home.path()).unwrap().engine.bounds().unwrap();
    assert!(back.is_none_or(|(first, _)| first >= 90), "{back:?}");
}

#[test]
fn segments_that_a_crash_left_behind_go_with_the_next_purge() {
    let home = folder();
    let engine = open(home.path()).unwrap().engine;
    (0..40).for_each(|index| put(&*engine, index, 1_000));
    let log = home.path().join(LOG);
    let numbers = || Segment::all(&log).unwrap();
    let left: Vec<_> = numbers().iter().map(|it| fs::read(path(&log, *it)).unwrap()).collect();
    while engine.purge(39, 10).unwrap() {}
    drop(engine);
    let leave = |number: u64| fs::write(path(&log, number), &left[number as usize - 1]).unwrap();
    let first = numbers()[0];
    (2..first).for_each(leave);
    let engine = open(home.path()).unwrap().engine;
    while engine.purge(39, 10).unwrap() {}
    assert_eq!(numbers(), [first]);
    drop(engine);
    leave(first - 2);
    assert!(matches!(open(home.path()), Err(Error::Damaged { .. })), "there is a gap");
}

#[test]
fn a_group_larger_than_a_segment_has_one_of_its_own() {
    let home = folder();
    let engine = open(home.path()).unwrap().engine;
    put(&*engine, 0, 10);
    put(&*engine, 1, 5 * SEGMENT_BYTES as usize);
    put(&*engine, 2, 10);
    let before = says(&*engine);
    drop(engine);
    assert_eq!(says(&*open(home.path()).unwrap().engine), before);
}

#[test]
fn a_mark_without_its_log_is_damage() {
    let home = folder();
    fs::create_dir_all(home.path()).unwrap();
    let (mut mark, _) = Mark::open(&home.path().join("mark")).unwrap();
    mark.write(Marked { next: 5, closed: true }).unwrap();
    assert!(matches!(open(home.path()), Err(Error::Damaged { .. })));
}

#[derive(Clone, Debug)]
enum Step {
    /// So many entries of so many bytes.
    Append(u64, usize),
    Set(Setting, Vec<u8>),
    /// So many of the newest.
    Truncate(u64),
    /// So many of the oldest.
    Purge(u64),
    Mark,
    Reopen,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let setting = proptest::sample::select(Setting::ALL.to_vec());
    let value = proptest::collection::vec(any::<u8>(), 0..40);
    let step = prop_oneof![
        4 => (1..6u64, 0..3_000usize).prop_map(|(count, bytes)| Step::Append(count, bytes)),
        2 => (setting, value).prop_map(|(setting, value)| Step::Set(setting, value)),
        1 => (0..8u64).prop_map(Step::Truncate),
        1 => (0..12u64).prop_map(Step::Purge),
        1 => Just(Step::Mark),
        2 => Just(Step::Reopen),
        1 => Just(Step::Close),
    ];
    proptest::collection::vec(step, 1..40)
}

/// A log and its model, which take the same steps.
struct Pair {
    home: TempDir,
    engine: Engine,
    model: Memory,
    next: u64,
}

impl Pair {
    fn new() -> Self {
        let home = folder();
        let engine = open(home.path()).unwrap().engine;
        Self { home, engine, model: Memory::default(), next: 0 }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Append(count, bytes) => self.append(count, bytes),
            Step::Set(setting, value) => {
                self.both(|it| it.write(&Write::set(setting, value.clone())).unwrap());
            }
            Step::Truncate(count) => self.truncate(count),
            Step::Purge(count) => {
                let first = self.model.bounds().unwrap().map_or(self.next, |(first, _)| first);
                self.purge((first + count).min(self.next));
            }
            Step::Mark => self.engine.mark().unwrap(),
            Step::Close => {
                self.both(|it| it.close(vec![(Setting::Committed, b"end".to_vec())]).unwrap());
                self.open();
            }
            Step::Reopen => self.open(),
        }
        assert_eq!(says(&*self.engine), says(&self.model));
    }

    fn both(&self, act: impl Fn(&dyn LogEngine)) {
        act(&*self.engine);
        act(&self.model);
    }

    fn append(&mut self, count: u64, bytes: usize) {
        let record = |index| (index, vec![index as u8; bytes]);
        let entries = (self.next..self.next + count).map(record).collect();
        let write = Write { entries, settings: Vec::new() };
        self.both(|it| it.write(&write).and_then(|()| it.sync()).unwrap());
        self.next += count;
    }

    /// What is gone from the front stays so.
    fn truncate(&mut self, count: u64) {
        let Some((first, _)) = self.model.bounds().unwrap() else { return };
        self.next = self.next.saturating_sub(count).max(first);
        self.both(|it| it.truncate(self.next).unwrap());
    }

    fn purge(&self, before: u64) {
        let Some(upto) = before.checked_sub(1) else { return };
        self.both(|it| while it.purge(upto, 3).unwrap() {});
    }

    /// Entries may come back until they are purged again.
    fn open(&mut self) {
        self.engine = Box::new(Memory::default());
        self.engine = open(self.home.path()).unwrap().engine;
        let first = self.model.bounds().unwrap().map_or(self.next, |(first, _)| first);
        self.purge(first);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_log_says_what_its_model_says_however_often_it_is_opened(steps in steps()) {
        let mut pair = Pair::new();
        steps.into_iter().for_each(|step| pair.take(step));
    }
}
