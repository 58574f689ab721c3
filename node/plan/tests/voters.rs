//! Who votes, and whose attempts are lost.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::time::Duration;

use plan::{Change, Ledger, Observed, Replica, Replicas, Seen, voters};
use state::member::{Grow, Label, Leave};
use state::testing::{Cluster, node};
use state::{Answer, Command, Configuration, ReplicaId};

const REPLACE_AFTER: Duration = Duration::from_secs(300);

fn alive(numbers: &[u8]) -> Observed {
    let seen = |number: &u8| (node(*number), Seen { alive: true, ..Seen::default() });
    Observed { nodes: numbers.iter().map(seen).collect() }
}

/// A cluster whose configuration the test changes as the changes say.
struct Board {
    cluster: Cluster,
    replicas: Replicas,
    leader: u8,
    most: usize,
}

impl Board {
    fn new() -> Board {
        let (cluster, replicas) = (Cluster::new(), Replicas::new());
        let mut board = Board { cluster, replicas, leader: 1, most: 5 };
        board.configure([replica(1, 0)], []);
        board
    }

    fn configure<const V: usize, const L: usize>(
        &mut self,
        voters: [ReplicaId; V],
        learners: [ReplicaId; L],
    ) {
        self.cluster.index += 1;
        let configuration = Configuration { voters: voters.into(), learners: learners.into() };
        self.cluster.state.configure(self.cluster.index, configuration);
    }

    fn grow(&mut self, number: u8) -> ReplicaId {
        let answer = self.cluster.ok(Command::Grow(Grow { node: node(number) }));
        let Answer::Generation(generation) = answer else { panic!("{answer:?}") };
        replica(number, generation)
    }

    fn caught_up(&mut self, replica: ReplicaId) {
        self.replicas.insert(replica, Replica { caught_up: true, silent: Duration::ZERO });
    }

    fn silent(&mut self, replica: ReplicaId) {
        self.replicas.insert(replica, Replica { caught_up: false, silent: REPLACE_AFTER });
    }

    fn next(&self, observed: &Observed) -> Option<Change> {
        let (state, leader) = (&self.cluster.state, node(self.leader));
        voters(state, observed, &self.replicas, leader, self.most, REPLACE_AFTER)
    }
}

fn replica(number: u8, generation: u64) -> ReplicaId {
    ReplicaId { node: node(number), generation }
}

fn set<const N: usize>(replicas: [ReplicaId; N]) -> BTreeSet<ReplicaId> {
    replicas.into()
}

#[test]
fn one_grows_to_three_through_learners_in_one_joint_change() {
    let mut board = Board::new();
    let all = alive(&[1, 2, 3]);
    assert_eq!(board.next(&all), Some(Change::Grow(node(2))));
    let second = board.grow(2);
    board.configure([replica(1, 0)], [second]);
    assert_eq!(board.next(&all), Some(Change::Grow(node(3))));
    let third = board.grow(3);
    board.configure([replica(1, 0)], [second, third]);
    assert_eq!(board.next(&all), None);
    board.caught_up(second);
    assert_eq!(board.next(&all), None, "two voters would tolerate less than one");
    board.caught_up(third);
    assert_eq!(board.next(&all), Some(Change::Voters(set([replica(1, 0), second, third]))));
}

#[test]
fn two_nodes_are_a_voter_and_a_learner() {
    let mut board = Board::new();
    board.cluster.ok(Command::Leave(Leave { node: node(3), gone: true }));
    let both = alive(&[1, 2]);
    assert_eq!(board.next(&both), Some(Change::Grow(node(2))));
    let second = board.grow(2);
    board.configure([replica(1, 0)], [second]);
    board.caught_up(second);
    assert_eq!(board.next(&both), None);
}

#[test]
fn two_that_are_left_of_three_are_a_voter_and_a_learner_again() {
    let mut board = Board::new();
    let (second, third) = (board.grow(2), board.grow(3));
    board.configure([replica(1, 0), second, third], []);
    board.caught_up(second);
    board.caught_up(third);
    board.cluster.ok(Command::Leave(Leave { node: node(3), gone: false }));
    let all = alive(&[1, 2, 3]);
    assert_eq!(board.next(&all), Some(Change::Voters(set([replica(1, 0)]))));
    board.configure([replica(1, 0)], []);
    assert_eq!(board.next(&all), Some(Change::Grow(node(2))));
}

#[test]
fn a_sole_voter_grows_no_copies_beyond_what_is_asked() {
    let mut board = Board::new();
    board.most = 1;
    let all = alive(&[1, 2, 3]);
    let second = board.grow(2);
    board.configure([replica(1, 0)], [second]);
    board.caught_up(second);
    assert_eq!(board.next(&all), None);
}

#[test]
fn a_sole_voter_that_is_leaving_votes_beside_its_heir_until_that_leads() {
    let mut board = Board::new();
    board.cluster.ok(Command::Leave(Leave { node: node(3), gone: true }));
    let both = alive(&[1, 2]);
    let second = board.grow(2);
    board.configure([replica(1, 0)], [second]);
    board.cluster.ok(Command::Leave(Leave { node: node(1), gone: false }));
    assert_eq!(board.next(&both), None, "its heir has not caught up");
    board.caught_up(second);
    assert_eq!(board.next(&both), Some(Change::Voters(set([replica(1, 0), second]))));
    board.configure([replica(1, 0), second], []);
    assert_eq!(board.next(&both), Some(Change::Voters(set([second]))));
    board.leader = 2;
    assert_eq!(board.next(&both), Some(Change::Voters(set([second]))));
}

#[test]
fn a_sole_voter_that_is_never_to_vote_gives_way_to_three() {
    let mut board = Board::new();
    let never = "voter=never".parse().unwrap();
    let label = Label { node: node(1), set: never, remove: Vec::new() };
    board.cluster.ok(Command::Label(label));
    board.cluster.admit(4);
    let all = alive(&[1, 2, 3, 4]);
    let [second, third, fourth] = [2, 3, 4].map(|number| board.grow(number));
    board.configure([replica(1, 0)], [second, third, fourth]);
    board.caught_up(second);
    assert_eq!(board.next(&all), None, "two voters would tolerate less than one");
    board.caught_up(third);
    let three = set([replica(1, 0), second, third]);
    assert_eq!(board.next(&all), Some(Change::Voters(three)));
    board.configure([replica(1, 0), second, third], [fourth]);
    board.leader = 2;
    board.caught_up(fourth);
    assert_eq!(board.next(&all), Some(Change::Voters(set([second, third, fourth]))));
}

#[test]
fn a_voter_that_stays_dead_is_replaced_never_just_dropped() {
    let mut board = Board::new();
    let (second, third) = (board.grow(2), board.grow(3));
    board.configure([replica(1, 0), second, third], []);
    board.caught_up(second);
    board.silent(third);
    assert_eq!(board.next(&alive(&[1, 2])), None, "there is nobody to take its place");
    board.cluster.admit(4);
    let four = alive(&[1, 2, 4]);
    assert_eq!(board.next(&four), Some(Change::Grow(node(4))));
    let fourth = board.grow(4);
    board.configure([replica(1, 0), second, third], [fourth]);
    board.caught_up(fourth);
    assert_eq!(board.next(&four), Some(Change::Voters(set([replica(1, 0), second, fourth]))));
}

#[test]
fn a_learner_with_a_newer_replica_is_dropped() {
    let mut board = Board::new();
    let old = board.grow(2);
    board.grow(2);
    board.configure([replica(1, 0)], [old]);
    assert_eq!(board.next(&alive(&[1, 2, 3])), Some(Change::Drop(old)));
}

/// A book, and how many it calls lost at a second.
struct Book(Ledger);

impl Book {
    fn lost(&mut self, cluster: &Cluster, second: u64) -> usize {
        let (now, after) = (Duration::from_secs(second), Duration::from_secs(16));
        self.0.lost(&cluster.state, node(1), now, after).len()
    }

    fn renew(&mut self, number: u8, incarnation: u64, second: u64) {
        self.0.renew(node(number), incarnation, Duration::from_secs(second));
    }
}

#[test]
fn a_new_leader_waits_a_whole_lease_before_it_calls_anybody_lost() {
    let cluster = Cluster::new();
    let mut book = Book(Ledger::default());
    assert_eq!(book.lost(&cluster, 100), 0);
    assert_eq!(book.lost(&cluster, 116), 0);
    assert_eq!(book.lost(&cluster, 117), 2);
    book.renew(2, 1, 110);
    assert_eq!(book.lost(&cluster, 117), 1);
}

#[test]
fn a_life_that_has_just_begun_is_not_lost_for_the_silence_of_the_one_before() {
    let mut cluster = Cluster::new();
    let mut book = Book(Ledger::default());
    assert_eq!(book.lost(&cluster, 0), 0);
    for second in (0..3_600).step_by(2) {
        book.renew(2, 1, second);
        book.renew(3, 1, second);
    }
    cluster.up(2, true);
    assert_eq!(book.lost(&cluster, 3_600), 0);
    // A late word of the life before neither extends nor shortens the new one.
    book.renew(2, 1, 3_610);
    book.renew(3, 1, 3_610);
    assert_eq!(book.lost(&cluster, 3_616), 0);
    assert_eq!(book.lost(&cluster, 3_617), 1);
}
