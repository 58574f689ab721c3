use crate::log::{LogEngine, Setting, Write};

/// Larger than any entry the state accepts.
const LARGE: usize = 300 << 10;

/// What every log engine must keep; `fresh` makes an empty one.
///
/// # Panics
/// When one of the promises is broken.
pub fn log_suite(fresh: impl Fn() -> Box<dyn LogEngine>) {
    an_empty_log_has_nothing(&*fresh());
    what_is_written_is_read(&*fresh());
    entries_of_every_size_come_back_whole(&*fresh());
    settings_are_replaced(&*fresh());
    truncated_entries_are_gone_and_may_be_written_again(&*fresh());
    purged_entries_go_in_pieces_from_the_first(&*fresh());
}

fn records(range: std::ops::Range<u64>) -> Vec<(u64, Vec<u8>)> {
    range.map(|index| (index, format!("record {index}").into_bytes())).collect()
}

fn write(engine: &dyn LogEngine, entries: Vec<(u64, Vec<u8>)>) {
    let write = Write { entries, settings: Vec::new() };
    engine.write(&write).unwrap_or_else(|error| panic!("write: {error}"));
    engine.sync().unwrap_or_else(|error| panic!("sync: {error}"));
}

fn read(engine: &dyn LogEngine, range: std::ops::Range<u64>) -> Vec<(u64, Vec<u8>)> {
    engine.read(range).unwrap_or_else(|error| panic!("read: {error}"))
}

fn bounds(engine: &dyn LogEngine) -> Option<(u64, u64)> {
    engine.bounds().unwrap_or_else(|error| panic!("bounds: {error}"))
}

fn an_empty_log_has_nothing(engine: &dyn LogEngine) {
    assert_eq!(bounds(engine), None);
    assert!(read(engine, 0..u64::MAX).is_empty());
    assert!(engine.setting(Setting::Vote).is_ok_and(|it| it.is_none()));
    assert!(engine.truncate(0).is_ok() && engine.purge(9, 10).is_ok_and(|left| !left));
}

fn what_is_written_is_read(engine: &dyn LogEngine) {
    write(engine, records(0..300));
    assert_eq!(bounds(engine), Some((0, 299)));
    assert_eq!(read(engine, 0..u64::MAX), records(0..300));
    assert_eq!(read(engine, 255..258), records(255..258));
    assert!(read(engine, 300..400).is_empty() && read(engine, 7..7).is_empty());
}

fn entries_of_every_size_come_back_whole(engine: &dyn LogEngine) {
    let sizes = [1, 5_999, 6_000, 6_001, 12_000, LARGE, 1];
    let entries: Vec<_> = (5..).zip(sizes.map(|size| vec![size as u8; size])).collect();
    write(engine, entries.clone());
    assert!(read(engine, 0..100) == entries);
    assert!(read(engine, 10..11) == [entries[5].clone()]);
    assert_eq!(bounds(engine), Some((5, 11)));
}

fn settings_are_replaced(engine: &dyn LogEngine) {
    for value in [b"first".to_vec(), Vec::new(), b"second".to_vec()] {
        let settings = vec![(Setting::Vote, value.clone()), (Setting::Committed, vec![1])];
        assert!(engine.write(&Write { entries: records(0..1), settings }).is_ok());
        assert_eq!(engine.setting(Setting::Vote).ok(), Some(Some(value)));
    }
    assert_eq!(engine.setting(Setting::Purged).ok(), Some(None));
}

fn truncated_entries_are_gone_and_may_be_written_again(engine: &dyn LogEngine) {
    write(engine, records(0..2_000));
    write(engine, vec![(2_000, vec![7; LARGE])]);
    assert!(engine.truncate(1_990).is_ok());
    assert_eq!(bounds(engine), Some((0, 1_989)));
    write(engine, vec![(1_990, b"another".to_vec())]);
    assert_eq!(read(engine, 1_989..u64::MAX)[1], (1_990, b"another".to_vec()));
    assert!(engine.truncate(1_991).is_ok() && bounds(engine) == Some((0, 1_990)));
    assert!(engine.truncate(0).is_ok() && bounds(engine).is_none());
}

fn purged_entries_go_in_pieces_from_the_first(engine: &dyn LogEngine) {
    write(engine, vec![(3, vec![7; LARGE])]);
    write(engine, records(4..1_000));
    let mut pieces = 0;
    while engine.purge(899, 100).is_ok_and(|left| left) {
        pieces += 1;
        assert!(bounds(engine).is_some_and(|(first, last)| first <= 900 && last == 999));
    }
    assert!(pieces >= 8, "{pieces}");
    assert_eq!(bounds(engine), Some((900, 999)));
    assert_eq!(read(engine, 0..901), records(900..901));
}
