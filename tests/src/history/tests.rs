use std::time::Duration;

use super::*;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn at(call: u64, end: u64, what: What) -> Operation {
    Operation { call: ms(call), end: ms(end), what }
}

fn read(call: u64, end: u64, version: u64, value: &str) -> Operation {
    at(call, end, What::Read { version, value: Some(value.into()) })
}

fn absent(call: u64, end: u64) -> Operation {
    at(call, end, What::Read { version: 0, value: None })
}

fn stale(call: u64, end: u64, number: u64, version: u64, value: &str) -> Operation {
    let life = Some(Life { replica: 1, number });
    let value = (version > 0).then(|| value.into());
    at(call, end, What::Stale { version, value, life })
}

fn write(call: u64, end: u64, value: &str, outcome: Outcome) -> Operation {
    at(call, end, What::Write { value: value.into(), after: None, ttl: None, outcome })
}

fn cas(call: u64, end: u64, value: &str, after: u64, outcome: Outcome) -> Operation {
    at(call, end, What::Write { value: value.into(), after: Some(after), ttl: None, outcome })
}

fn brief(call: u64, end: u64, value: &str, ttl: u64, version: u64) -> Operation {
    let (ttl, outcome) = (Some(ms(ttl)), Outcome::Version(version));
    at(call, end, What::Write { value: value.into(), after: None, ttl, outcome })
}

fn delete(call: u64, end: u64, version: u64, done: Option<bool>) -> Operation {
    at(call, end, What::Delete { version, done })
}

fn faults(operations: &[Operation]) -> Vec<String> {
    History { operations: operations.to_vec() }.faults()
}

fn is_sound(operations: &[Operation]) {
    assert_eq!(faults(operations), Vec::<String>::new());
}

fn says(operations: &[Operation], text: &str) {
    let faults = faults(operations);
    assert!(faults.iter().any(|fault| fault.contains(text)), "{text}: {faults:#?}");
}

#[test]
fn what_a_single_copy_answers_is_sound() {
    is_sound(&[]);
    is_sound(&[
        absent(0, 1),
        write(2, 9, "a", Outcome::Version(1)),
        write(2, 9, "b", Outcome::Version(2)),
        read(3, 8, 1, "a"),
        read(10, 11, 2, "b"),
        cas(12, 13, "c", 2, Outcome::Version(3)),
        cas(12, 13, "d", 2, Outcome::Refused),
        read(14, 15, 3, "c"),
    ]);
}

#[test]
fn a_lost_write_is_found() {
    let done = write(0, 1, "a", Outcome::Version(1));
    says(&[done.clone(), absent(2, 3)], "version: 0");
    is_sound(&[done.clone(), absent(1, 3)]);
    says(&[done, write(2, 3, "b", Outcome::Version(1))], "two writes are version 1");
}

#[test]
fn a_read_never_goes_back() {
    let writes = [write(0, 1, "a", Outcome::Version(1)), write(2, 9, "b", Outcome::Version(2))];
    let [one, two] = writes;
    says(&[one.clone(), two.clone(), read(3, 4, 2, "b"), read(5, 6, 1, "a")], "after");
    is_sound(&[one, two, read(3, 6, 2, "b"), read(5, 6, 1, "a")]);
}

#[test]
fn a_write_does_not_take_effect_before_its_call() {
    let late = write(5, 6, "b", Outcome::Version(1));
    says(&[write(0, 1, "a", Outcome::Version(2)), late], "after");
    let unknown = write(5, 6, "b", Outcome::Unknown);
    says(&[unknown.clone(), read(0, 1, 1, "b")], "after");
    is_sound(&[unknown, absent(7, 8), read(9, 10, 1, "b")]);
}

#[test]
fn a_write_without_an_answer_takes_effect_once_or_never() {
    let unknown = write(0, 1, "a", Outcome::Unknown);
    is_sound(&[unknown.clone(), write(2, 3, "b", Outcome::Version(1))]);
    is_sound(&[unknown.clone(), write(2, 3, "b", Outcome::Version(2))]);
    says(&[unknown.clone(), write(2, 3, "b", Outcome::Version(3))], "are nobody's");
    says(&[unknown, read(2, 3, 1, "a"), read(4, 5, 2, "a")], "is read as 2");
}

#[test]
fn a_refused_write_leaves_no_trace() {
    says(&[write(0, 1, "a", Outcome::Refused), read(2, 3, 1, "a")], "was refused");
    says(&[read(2, 3, 1, "a")], "never written");
    says(&[cas(0, 1, "a", 3, Outcome::Version(1))], "was to follow 3");
}

#[test]
fn a_deleted_version_is_gone_until_the_next() {
    let one = write(0, 1, "a", Outcome::Version(1));
    let gone = delete(2, 3, 1, Some(true));
    let next = write(6, 7, "b", Outcome::Version(2));
    is_sound(&[one.clone(), gone.clone(), absent(4, 5), next.clone(), read(8, 9, 2, "b")]);
    says(&[one.clone(), gone.clone(), read(4, 5, 1, "a")], "after");
    says(&[one.clone(), gone.clone(), next.clone(), absent(8, 9)], "after");
    says(&[one.clone(), gone.clone(), delete(4, 5, 1, Some(true))], "again after");
    is_sound(&[one.clone(), gone.clone(), delete(4, 5, 1, Some(false))]);
    says(&[one.clone(), gone, cas(4, 5, "b", 1, Outcome::Version(2))], "yet");
    says(&[one, absent(2, 3), delete(4, 5, 1, Some(true))], "after");
}

#[test]
fn a_delete_without_an_answer_may_have_happened() {
    let one = write(0, 1, "a", Outcome::Version(1));
    let unknown = delete(2, 3, 1, None);
    is_sound(&[one.clone(), unknown.clone(), read(4, 5, 1, "a"), absent(6, 7)]);
    says(&[one.clone(), unknown.clone(), absent(4, 5), read(6, 7, 1, "a")], "after");
    says(&[one.clone(), delete(6, 7, 1, None), absent(4, 5)], "after");
    let next = write(2, 3, "b", Outcome::Version(2));
    says(&[one.clone(), next, delete(4, 5, 1, None), absent(2, 9), absent(10, 11)], "after");
    says(&[one, unknown, cas(3, 4, "b", 1, Outcome::Version(2)), absent(5, 6)], "after");
}

#[test]
fn a_write_on_condition_of_absence_needs_one() {
    let one = write(0, 1, "a", Outcome::Version(1));
    says(&[one.clone(), cas(2, 3, "b", 0, Outcome::Version(2))], "none was to be there");
    let next = cas(4, 5, "b", 0, Outcome::Version(2));
    is_sound(&[one.clone(), delete(2, 3, 1, None), next.clone()]);
    is_sound(&[brief(0, 1, "a", 3, 1), next.clone()]);
    says(&[brief(0, 1, "a", 9, 1), next], "none was to be there");
    is_sound(&[cas(0, 1, "a", 0, Outcome::Version(1))]);
}

#[test]
fn a_value_with_a_time_to_live_ends_after_it_and_not_before() {
    let one = brief(0, 1, "a", 10, 1);
    is_sound(&[one.clone(), read(2, 3, 1, "a"), read(20, 21, 1, "a"), absent(22, 23)]);
    says(&[one.clone(), absent(5, 6)], "after");
    says(&[one.clone(), absent(11, 12), read(13, 14, 1, "a")], "after");
    is_sound(&[one.clone(), absent(9, 10)]);
    let next = write(5, 6, "b", Outcome::Version(2));
    says(&[one, next, absent(12, 13)], "after");
}

#[test]
fn a_stale_read_may_lag_and_never_goes_back_in_one_life() {
    let writes = [write(0, 1, "a", Outcome::Version(1)), write(2, 3, "b", Outcome::Version(2))];
    let with = |more: &[Operation]| [&writes[..], more].concat();
    is_sound(&with(&[stale(4, 5, 0, 0, ""), stale(6, 7, 0, 1, "a"), stale(8, 9, 0, 2, "b")]));
    says(&with(&[stale(4, 5, 0, 2, "b"), stale(6, 7, 0, 1, "a")]), "after");
    says(&with(&[stale(4, 5, 0, 1, "a"), stale(6, 7, 0, 0, "")]), "after");
    is_sound(&with(&[stale(4, 7, 0, 2, "b"), stale(6, 7, 0, 1, "a")]));
    is_sound(&with(&[stale(4, 5, 0, 2, "b"), stale(6, 7, 1, 1, "a")]));
}

#[test]
fn a_stale_read_is_of_something_that_was_written() {
    says(&[stale(0, 1, 0, 1, "a")], "never written");
    says(&[write(0, 1, "a", Outcome::Refused), stale(2, 3, 0, 1, "a")], "was refused");
    let one = write(4, 5, "a", Outcome::Version(1));
    says(&[stale(0, 1, 0, 1, "a"), one.clone()], "after");
    // What one replica has, all have agreed on.
    let unknown = write(0, 1, "a", Outcome::Unknown);
    says(&[unknown, stale(2, 3, 0, 1, "a"), absent(4, 5)], "after");
    is_sound(&[one, stale(5, 6, 0, 1, "a"), read(7, 8, 1, "a")]);
}
