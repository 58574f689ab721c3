use state::lease::{Acquire, LEASES_MAX, Release, Renew, TTL_MAX};
use state::{Answer, Command, Elapsed, Kind, Request, RunId, Subject};

use crate::commands;
use crate::world::{World, node, refused, user};

fn acquire(name: &str) -> Acquire {
    Acquire { name: name.into(), label: "me".into(), run: None, ttl: Some(Elapsed(1_000)) }
}

fn release(name: &str, token: u64) -> Command {
    Command::Release(Release { name: name.into(), token })
}

fn renew(name: &str, token: u64, ttl: u64) -> Command {
    Command::Renew(Renew { name: name.into(), token, ttl: Elapsed(ttl) })
}

fn token(answer: Answer) -> u64 {
    let Answer::Token(token) = answer else { panic!("{answer:?}") };
    token
}

#[test]
fn one_holder_at_a_time_and_the_others_are_told_who() {
    let mut world = World::founded();
    let first = token(world.by(user(1), Command::Acquire(acquire("l"))).unwrap());
    let refusal = world.by(user(2), Command::Acquire(acquire("l"))).unwrap_err();
    assert_eq!(refusal.kind, Kind::Locked);
    assert!(refusal.message.contains("me of user 1 on node 0101010101"), "{refusal}");
    world.ok(release("l", first));
    let second = token(world.by(user(2), Command::Acquire(acquire("l"))).unwrap());
    assert!(second > first);
    assert_eq!(world.events()[2..], ["lease.granted", "lease.released", "lease.granted"]);
}

#[test]
fn the_same_holder_gets_the_same_token_and_its_time_anew() {
    let mut world = World::founded();
    let first = token(world.ok(Command::Acquire(acquire("l"))));
    world.wait(900);
    assert_eq!(token(world.ok(Command::Acquire(acquire("l")))), first);
    world.wait(900);
    assert!(world.state.leases.get("l", world.state.clock).is_some());
    let other = Acquire { label: "other".into(), ..acquire("l") };
    assert_eq!(world.refused(Command::Acquire(other)), Kind::Locked);
}

#[test]
fn tokens_rise_within_one_entry() {
    let mut world = World::founded();
    let index = world.index + 1;
    let request = |uid, command| Request { id: None, by: user(uid), command };
    let replies = world.entry(vec![
        request(1, Command::Acquire(acquire("l"))),
        request(1, release("l", index)),
        request(2, Command::Acquire(acquire("l"))),
        request(2, release("l", index)),
        request(2, release("l", index + 1)),
    ]);
    assert_eq!(replies[0], Ok(Answer::Token(index)));
    assert_eq!(replies[2], Ok(Answer::Token(index + 1)));
    assert_eq!(refused(replies[3].clone()), Kind::Stale);
    assert_eq!(token(world.ok(Command::Acquire(acquire("l")))), index + 2);
}

#[test]
fn a_lease_expires_unless_it_is_renewed() {
    let mut world = World::founded();
    let first = token(world.ok(Command::Acquire(acquire("l"))));
    world.wait(900);
    world.ok(renew("l", first, 2_000));
    assert_eq!(world.refused(renew("l", first + 1, 2_000)), Kind::Stale);
    world.wait(1_999);
    assert!(world.state.leases.get("l", world.state.clock).is_some());
    world.wait(1);
    assert_eq!(world.last_event(), "lease.expired");
    assert_eq!(world.refused(renew("l", first, 2_000)), Kind::Stale);
    assert_eq!(world.refused(release("l", first)), Kind::NotFound);
    assert!(world.state.leases.is_empty());
}

#[test]
fn a_lease_has_a_bounded_time_or_a_run() {
    let mut world = World::founded();
    for ttl in [None, Some(Elapsed(0)), Some(Elapsed(TTL_MAX.0 + 1))] {
        let wrong = Acquire { ttl, ..acquire("l") };
        assert_eq!(world.refused(Command::Acquire(wrong)), Kind::Invalid);
    }
    let run = Some(RunId(ulid::Ulid(1)));
    let wrong = Acquire { ttl: None, run, ..acquire("l") };
    assert_eq!(world.refused(Command::Acquire(wrong)), Kind::Stale);
    assert_eq!(world.refused(Command::Acquire(acquire("a\nb"))), Kind::Invalid);
}

#[test]
fn a_runs_lease_is_its_own_on_every_node_and_ends_with_it() {
    let mut world = World::founded();
    let run = commands::begun(&mut world);
    let of_run = Acquire { ttl: None, run: Some(run), ..acquire("l") };
    let on = |number| Subject::Run { run, node: node(number) };
    let first = world.by(on(1), Command::Acquire(of_run.clone())).unwrap();
    assert_eq!(world.by(on(2), Command::Acquire(of_run)).unwrap(), first);
    world.ok(renew("l", token(first.clone()), 100));
    world.wait(5_000);
    assert!(world.state.leases.get("l", world.state.clock).is_some());
    commands::end(&mut world, run);
    assert!(world.state.leases.is_empty());
    assert!(world.events().contains(&"lease.released".into()));
}

#[test]
fn leases_are_bounded() {
    let mut world = World::founded();
    let by = Subject::Node(node(1));
    let request = |number: usize| {
        let command = Command::Acquire(acquire(&format!("l{number}")));
        Request { id: None, by: by.clone(), command }
    };
    let replies = world.entry((0..=LEASES_MAX).map(request).collect());
    assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), LEASES_MAX);
    assert_eq!(refused(replies[LEASES_MAX].clone()), Kind::Limit);
}
