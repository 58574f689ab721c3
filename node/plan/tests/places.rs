//! Where tasks go, and what becomes of those that have no place.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use config::{Labels, Name};
use plan::{Choice, Observed, Options, Round, Seen, due};
use state::member::Label;
use state::run::{Lose, Place, Prune, Strategy, Target};
use state::testing::{Cluster, ID, node, plan as graph};
use state::{Command, Elapsed};

const OPTIONS: Options =
    Options { named_wait: Elapsed(60_000), rehome_after: Elapsed(300_000), keep: 1_000 };

/// Three live nodes; n2 and n3 are tagged `web`, n3 also `zone=b`.
fn cluster() -> Cluster {
    let mut cluster = Cluster::new();
    cluster.ok(Command::Label(Label {
        node: node(3),
        set: "zone=b".parse::<Labels>().unwrap(),
        remove: Vec::new(),
    }));
    cluster
}

fn everybody() -> Observed {
    alive(&[1, 2, 3])
}

fn alive(numbers: &[u8]) -> Observed {
    let seen = |number: &u8| (node(*number), Seen { alive: true, ..Seen::default() });
    Observed { nodes: numbers.iter().map(seen).collect() }
}

/// A run whose first task has the given target.
fn submitted(target: Target) -> Cluster {
    let mut cluster = cluster();
    let mut graph = graph(&[&[]]);
    graph.tasks[0].target = target;
    cluster.begin(ID, graph);
    cluster
}

fn any(labels: Option<&str>, strategy: Strategy) -> Target {
    Target::Any { labels: labels.map(Into::into), strategy }
}

fn choose(cluster: &Cluster, observed: &Observed, target: &Target) -> Choice {
    Round::new(&cluster.state, observed).place(ID, cluster.run(), target)
}

fn places(numbers: &[u8], left_out: &[&str]) -> Choice {
    Choice::Places {
        nodes: numbers.iter().map(|number| node(*number)).collect(),
        left_out: left_out.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn names_are_all_or_nothing() {
    let names = Target::Names(vec![Name::new("n3").unwrap(), Name::new("n1").unwrap()]);
    let cluster = submitted(names.clone());
    assert_eq!(choose(&cluster, &everybody(), &names), places(&[3, 1], &[]));
    let waits = Choice::Wait("node `n3` is down".into());
    assert_eq!(choose(&cluster, &alive(&[1, 2]), &names), waits);
    let unknown = Target::Names(vec![Name::new("n9").unwrap()]);
    let never = Choice::Never("no node is called `n9`".into());
    assert_eq!(choose(&cluster, &everybody(), &unknown), never);
}

#[test]
fn labels_take_every_live_match_and_say_whom_they_left_out() {
    let web = Target::Labels("web".into());
    let cluster = submitted(web.clone());
    assert_eq!(choose(&cluster, &everybody(), &web), places(&[2, 3], &[]));
    assert_eq!(choose(&cluster, &alive(&[1, 3]), &web), places(&[3], &["node `n2` is down"]));
    assert_eq!(
        choose(&cluster, &everybody(), &Target::Labels("web, zone=b".into())),
        places(&[3], &[])
    );
    let nobody = Choice::Wait("no node matches `gpu`".into());
    assert_eq!(choose(&cluster, &everybody(), &Target::Labels("gpu".into())), nobody);
}

#[test]
fn a_node_in_doubt_is_waited_for_by_all_and_avoided_by_any() {
    let cluster = submitted(Target::All);
    let mut observed = everybody();
    observed.nodes.insert(node(1), Seen { alive: true, suspect: true, load: 0.0 });
    let waits = Choice::Wait("node `n1` does not answer just now".into());
    assert_eq!(choose(&cluster, &observed, &Target::All), waits);
    let least = any(None, Strategy::LeastLoaded);
    assert_eq!(choose(&cluster, &observed, &least), places(&[2], &[]));
}

#[test]
fn all_is_every_live_node() {
    let cluster = submitted(Target::All);
    assert_eq!(choose(&cluster, &everybody(), &Target::All), places(&[1, 2, 3], &[]));
}

#[test]
fn any_is_the_least_loaded_and_ties_go_by_name() {
    let least = any(None, Strategy::LeastLoaded);
    let mut cluster = submitted(least.clone());
    assert_eq!(choose(&cluster, &everybody(), &least), places(&[1], &[]));
    cluster.place(0, &[(0, 1)]).unwrap();
    assert_eq!(choose(&cluster, &everybody(), &least), places(&[2], &[]));
    let web = any(Some("web"), Strategy::LeastLoaded);
    assert_eq!(choose(&cluster, &alive(&[1, 3]), &web), places(&[3], &[]));
}

#[test]
fn round_robin_goes_on_with_the_next_name() {
    let round = any(None, Strategy::RoundRobin);
    let mut cluster = cluster();
    let mut graph = graph(&[&[], &[], &[], &[]]);
    graph.tasks.iter_mut().for_each(|task| task.target = round.clone());
    cluster.begin(ID, graph);
    for (task, number) in [(0, 1), (1, 2), (2, 3), (3, 1)] {
        assert_eq!(choose(&cluster, &everybody(), &round), places(&[number], &[]));
        cluster.place(task, &[(0, number)]).unwrap();
    }
}

#[test]
fn spread_prefers_nodes_that_have_nothing_of_the_run() {
    let spread = any(None, Strategy::Spread);
    let mut cluster = cluster();
    let mut graph = graph(&[&[], &[]]);
    graph.tasks.iter_mut().for_each(|task| task.target = spread.clone());
    cluster.begin(ID, graph);
    cluster.place(0, &[(0, 1)]).unwrap();
    assert_eq!(choose(&cluster, &everybody(), &spread), places(&[2], &[]));
}

#[test]
fn the_planner_places_what_waits_for_a_place() {
    let cluster = submitted(Target::All);
    let placed = Command::Place(Place {
        run: ID,
        task: 0,
        places: vec![(0, node(1)), (1, node(2)), (2, node(3))],
        left_out: Vec::new(),
    });
    assert_eq!(due(&cluster.state, &everybody(), &OPTIONS), [placed]);
}

#[test]
fn placements_of_one_look_know_of_each_other() {
    for strategy in [Strategy::LeastLoaded, Strategy::RoundRobin, Strategy::Spread] {
        let mut cluster = cluster();
        let mut graph = graph(&[&[], &[], &[], &[]]);
        graph.tasks.iter_mut().for_each(|task| task.target = any(None, strategy));
        cluster.begin(ID, graph);
        let placed: Vec<_> = due(&cluster.state, &everybody(), &OPTIONS)
            .into_iter()
            .map(|command| match command {
                Command::Place(place) => place.places[0].1,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(placed, [1, 2, 3, 1].map(node), "{strategy:?}");
    }
}

#[test]
fn a_reason_to_wait_is_agreed_once_and_then_runs_out() {
    let mut cluster = submitted(Target::Labels("web".into()));
    let observed = alive(&[1]);
    let first = due(&cluster.state, &observed, &OPTIONS);
    assert!(matches!(&first[..], [Command::Defer(it)] if it.reason.contains("is down")));
    cluster.ok(first[0].clone());
    assert_eq!(due(&cluster.state, &observed, &OPTIONS), []);
    assert_eq!(
        plan::patience(&cluster.state, &OPTIONS),
        Some(cluster.state.clock.after(OPTIONS.named_wait))
    );
    for _ in 0..6 {
        cluster.tick(10_000);
    }
    let last = due(&cluster.state, &observed, &OPTIONS);
    assert!(matches!(&last[..], [Command::Refuse(_)]), "{last:?}");
}

#[test]
fn a_lost_instance_goes_to_a_node_that_has_none() {
    let mut cluster = submitted(Target::Labels("web".into()));
    cluster.place(0, &[(0, 2)]).unwrap();
    lose(&mut cluster, 2);
    let again = due(&cluster.state, &alive(&[1, 3]), &OPTIONS);
    let expected = Place { run: ID, task: 0, places: vec![(0, node(3))], left_out: Vec::new() };
    assert_eq!(again, [Command::Place(expected)]);
}

#[test]
fn a_lost_instance_with_a_name_waits_for_that_node() {
    let mut cluster = submitted(Target::Names(vec![Name::new("n2").unwrap()]));
    cluster.place(0, &[(0, 2)]).unwrap();
    lose(&mut cluster, 2);
    let waits = due(&cluster.state, &alive(&[1, 3]), &OPTIONS);
    assert!(matches!(&waits[..], [Command::Defer(it)] if it.slot == Some(0)), "{waits:?}");
    cluster.up(2, true);
    let again = due(&cluster.state, &everybody(), &OPTIONS);
    assert!(matches!(&again[..], [Command::Place(it)] if it.places == [(0, node(2))]));
}

#[test]
fn a_run_without_files_on_its_owner_moves_at_once() {
    let mut cluster = submitted(Target::All);
    cluster.place(0, &[(0, 2)]).unwrap();
    lose(&mut cluster, 1);
    let moved = due(&cluster.state, &alive(&[2, 3]), &OPTIONS);
    assert!(matches!(&moved[..], [Command::Rehome(it)] if it.owner == node(3)), "{moved:?}");
}

#[test]
fn a_pinned_run_is_given_up_after_a_while() {
    let mut cluster = submitted(Target::Owner);
    lose(&mut cluster, 1);
    assert_eq!(due(&cluster.state, &alive(&[2, 3]), &OPTIONS), []);
    for _ in 0..30 {
        cluster.tick(10_000);
    }
    let given_up = due(&cluster.state, &alive(&[2, 3]), &OPTIONS);
    assert!(matches!(&given_up[..], [Command::Abandon(_)]), "{given_up:?}");
    cluster.ok(given_up[0].clone());
    assert_eq!(due(&cluster.state, &alive(&[2, 3]), &OPTIONS), []);
}

#[test]
fn old_finished_runs_go() {
    let mut cluster = submitted(Target::Owner);
    cluster.succeed(0);
    let options = Options { keep: 0, ..OPTIONS };
    let pruned = [Command::Prune(Prune { runs: vec![ID] })];
    assert_eq!(due(&cluster.state, &everybody(), &options), pruned);
}

fn lose(cluster: &mut Cluster, number: u8) {
    let incarnation = cluster.state.members[&node(number)].incarnation;
    let lose = Lose { node: node(number), incarnation, reason: "test".into() };
    cluster.ok(Command::Lose(lose));
}
