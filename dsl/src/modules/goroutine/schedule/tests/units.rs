use super::*;

type Table = Schedule<u32>;

fn begin(schedule: &mut Table) -> Routine {
    let routine = schedule.begin(place(7));
    assert_eq!(schedule.next(), Some(routine));
    routine
}

#[test]
fn routines_run_in_the_order_in_which_they_became_ready() {
    let mut schedule = Table::new();
    let (one, two) = (schedule.begin(place(1)), schedule.begin(place(2)));
    schedule.ready(one);
    assert_eq!(schedule.next(), Some(one));
    schedule.ready(one);
    assert_eq!([schedule.next(), schedule.next(), schedule.next()], [Some(two), Some(one), None]);
}

#[test]
fn who_has_ended_never_runs() {
    let mut schedule = Table::new();
    let one = schedule.begin(place(1));
    schedule.end(one);
    schedule.ready(one);
    assert_eq!(schedule.next(), None);
    assert_eq!(schedule.alive(), 1);
}

#[test]
fn a_value_is_handed_to_the_receiver_that_waits_longest() {
    let (mut schedule, mut channel) = (Table::new(), Channel::new(0));
    let (one, two) = (begin(&mut schedule), begin(&mut schedule));
    let tickets = [one, two].map(|routine| {
        assert_eq!(channel.receive(&mut schedule), Received::Empty);
        let ticket = schedule.block(routine, reason("to receive"), None);
        channel.stand_to_receive(&schedule, ticket, 3);
        ticket
    });
    assert_eq!(channel.send(&mut schedule, 10), Sent::Taken);
    assert_eq!(channel.send(&mut schedule, 20), Sent::Taken);
    assert_eq!(channel.send(&mut schedule, 30), Sent::Full(30));
    assert_eq!(schedule.take(tickets[0]), Some((3, Wake::Value(10))));
    assert_eq!(schedule.take(tickets[0]), None);
    assert_eq!(schedule.take(tickets[1]), Some((3, Wake::Value(20))));
}

#[test]
fn a_sender_that_waited_fills_the_room_it_waited_for() {
    let (mut schedule, mut channel) = (Table::new(), Channel::new(1));
    assert_eq!(channel.send(&mut schedule, 1), Sent::Taken);
    let ticket = schedule.block(Routine::COMMAND, reason("to send"), None);
    channel.stand_to_send(&schedule, ticket, 0, 2);
    assert_eq!(channel.receive(&mut schedule), Received::Value(1));
    assert_eq!(schedule.take(ticket), Some((0, Wake::Granted)));
    assert_eq!(channel.len(), 1);
    assert_eq!(channel.receive(&mut schedule), Received::Value(2));
}

#[test]
fn a_closed_channel_is_drained_and_takes_no_more() {
    let (mut schedule, mut channel) = (Table::new(), Channel::new(1));
    channel.send(&mut schedule, 1);
    let sender = begin(&mut schedule);
    let waiting = schedule.block(sender, reason("to send"), None);
    channel.stand_to_send(&schedule, waiting, 0, 2);
    assert!(channel.close(&mut schedule));
    assert!(!channel.close(&mut schedule));
    assert_eq!(schedule.take(waiting), Some((0, Wake::Closed)));
    assert_eq!(channel.send(&mut schedule, 3), Sent::Closed);
    assert_eq!(channel.receive(&mut schedule), Received::Value(1));
    assert_eq!(channel.receive(&mut schedule), Received::Closed);
}

#[test]
fn who_stands_in_two_lines_is_served_in_one() {
    let mut schedule = Table::new();
    let (mut left, mut right) = (Channel::new(0), Channel::new(0));
    let ticket = schedule.block(Routine::COMMAND, reason("to select"), None);
    left.stand_to_receive(&schedule, ticket, 0);
    right.stand_to_receive(&schedule, ticket, 1);
    assert_eq!(right.send(&mut schedule, 5), Sent::Taken);
    assert_eq!(left.send(&mut schedule, 6), Sent::Full(6));
    assert_eq!(schedule.take(ticket), Some((1, Wake::Value(5))));
}

#[test]
fn a_line_forgets_those_who_left() {
    let mut schedule = Table::new();
    let mut line = Line::default();
    for _ in 0..10_000 {
        let ticket = schedule.block(Routine::COMMAND, reason("to select"), None);
        line.push(&schedule, ticket, ());
        schedule.wake(ticket, 0, Wake::Granted);
        schedule.take(ticket);
    }
    assert!(line.length() <= 64, "{}", line.length());
}

#[test]
fn who_waits_for_all_permits_is_not_overtaken() {
    let mut schedule = Table::new();
    let mut lock = Permits::new(10);
    assert!(lock.try_take(&schedule, 1));
    let writer = begin(&mut schedule);
    let ticket = schedule.block(writer, reason("to lock"), None);
    lock.stand(&schedule, ticket, 10);
    assert!(!lock.try_take(&schedule, 1));
    assert_eq!(lock.give_back(&mut schedule, 1), Ok(()));
    assert_eq!(schedule.take(ticket), Some((0, Wake::Granted)));
    assert_eq!(lock.free(), 0);
    assert_eq!(lock.give_back(&mut schedule, 11), Err(super::super::permits::NotTaken));
}

#[test]
fn those_behind_one_who_left_are_served() {
    let mut schedule = Table::new();
    let mut lock = Permits::new(2);
    assert!(lock.try_take(&schedule, 1));
    let (writer, reader) = (begin(&mut schedule), begin(&mut schedule));
    let first = schedule.block(writer, reason("to lock"), None);
    lock.stand(&schedule, first, 2);
    let second = schedule.block(reader, reason("to lock"), None);
    lock.stand(&schedule, second, 1);
    schedule.end(writer);
    lock.serve(&mut schedule);
    assert_eq!(schedule.take(second), Some((0, Wake::Granted)));
}

#[test]
fn a_counter_lets_go_at_zero_and_never_falls_below() {
    let mut schedule = Table::new();
    let mut counter = Counter::default();
    counter.add(&mut schedule, 2).unwrap();
    let ticket = schedule.block(Routine::COMMAND, reason("for a wait group"), None);
    counter.stand(&schedule, ticket);
    counter.add(&mut schedule, -1).unwrap();
    assert!(schedule.is_blocked(ticket));
    counter.add(&mut schedule, -1).unwrap();
    assert_eq!(schedule.take(ticket), Some((0, Wake::Granted)));
    assert!(counter.add(&mut schedule, -1).is_err());
    counter.add(&mut schedule, i64::MAX).unwrap();
    assert!(counter.add(&mut schedule, 1).is_err());
}

#[test]
fn a_pool_runs_so_many_jobs_at_once_and_drops_none() {
    let mut schedule = Table::new();
    let mut pool = Pool::new(1, 1);
    assert_eq!(pool.submit('a'), Submitted::Start('a'));
    assert_eq!(pool.submit('b'), Submitted::Queued);
    assert_eq!(pool.submit('c'), Submitted::Full('c'));
    let ticket = schedule.block(Routine::COMMAND, reason("for room"), None);
    pool.gap.stand(&schedule, ticket);
    assert_eq!(pool.finish(&mut schedule, true), Some('b'));
    assert_eq!(schedule.take(ticket), Some((0, Wake::Granted)));
    assert_eq!(pool.submit('c'), Submitted::Queued);
    pool.close();
    assert_eq!(pool.submit('d'), Submitted::Closed);
    assert_eq!(pool.finish(&mut schedule, false), Some('c'));
    assert!(!pool.is_idle());
    assert_eq!(pool.finish(&mut schedule, true), None);
    assert!(pool.is_idle());
    assert_eq!((pool.completed, pool.failed, pool.active, pool.queued()), (2, 1, 0, 0));
}

#[test]
fn time_wakes_in_order_and_only_those_who_still_wait() {
    let mut schedule = Table::new();
    let (late, early) = (begin(&mut schedule), begin(&mut schedule));
    let late = schedule.block(late, reason("to wake"), Some(milliseconds(20)));
    let early = schedule.block(early, reason("to wake"), Some(milliseconds(10)));
    let gone = schedule.block(Routine::COMMAND, reason("to wake"), Some(milliseconds(5)));
    assert_eq!(schedule.next_timer(), Some(milliseconds(5)));
    schedule.wake(gone, 0, Wake::Granted);
    assert_eq!(schedule.next_timer(), Some(milliseconds(10)));
    schedule.advance(milliseconds(15));
    assert_eq!(schedule.take(early), Some((0, Wake::TimedOut)));
    assert_eq!(schedule.take(gone), Some((0, Wake::Granted)));
    assert!(schedule.is_blocked(late));
    schedule.advance(milliseconds(20));
    assert_eq!(schedule.take(late), Some((0, Wake::TimedOut)));
    assert_eq!(schedule.next_timer(), None);
}

#[test]
fn a_deadlock_names_who_waits_for_what_and_where() {
    let mut schedule = Table::new();
    let routine = begin(&mut schedule);
    schedule.block(Routine::COMMAND, Reason { what: "for a".into(), at: place(3) }, None);
    assert_eq!(schedule.deadlock(), None);
    let ticket = schedule.block(routine, Reason { what: "for b".into(), at: place(9) }, None);
    let report = schedule.deadlock().unwrap();
    assert_eq!(report.place(), Some(&place(3)));
    assert_eq!(
        report.to_string(),
        "deadlock: all 2 routines wait, and nothing can wake one\n  \
         the command waits at f:3 for a\n  \
         the routine started at f:7 waits at f:9 for b"
    );
    schedule.give_up(ticket);
    assert_eq!(schedule.deadlock(), None);
    schedule.block(routine, reason("to wake"), Some(milliseconds(1)));
    assert_eq!(schedule.deadlock(), None);
    schedule.end(routine);
    assert_eq!(
        schedule.deadlock().unwrap().to_string(),
        "deadlock: nothing can wake what the command waits for\n  the command waits at f:3 for a"
    );
}

#[test]
fn a_long_report_is_cut() {
    let mut schedule = Table::new();
    schedule.block(Routine::COMMAND, reason("for a"), None);
    for _ in 0..30 {
        let routine = begin(&mut schedule);
        schedule.block(routine, reason("for b"), None);
    }
    let report = schedule.deadlock().unwrap().to_string();
    assert_eq!(report.lines().count(), 22);
    assert!(report.ends_with("and 11 more"));
}
