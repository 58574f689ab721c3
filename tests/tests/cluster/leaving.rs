use tests::{Cluster, Effects, LONG, Plan, SHORT, wait_until};

fn slow(effects: &Effects, target: &str, beats: u32) -> String {
    let command = effects.command("slow", beats);
    format!(
        "local t = task('slow'):delegate_to('{target}'):command([[{command}]]):build()\n\
         workflow.define('slow'):tasks({{ t }}):build()"
    )
}

fn begins(effects: &Effects) {
    wait_until("the task runs", SHORT, || match effects.begun("slow") {
        0 => Err("no trace".into()),
        _ => Ok(()),
    });
}

#[test]
fn a_node_that_leaves_is_gone_and_the_rest_goes_on() {
    let mut cluster = Cluster::start(3);
    cluster.nodes[0].sloth(["state", "set", "k", "v"]).ok();
    cluster.nodes[0].sloth(["node", "leave", "n3", "--yes"]).ok();
    let ended = cluster.nodes[2].ends();
    assert_eq!(ended.code, 0, "{ended}");
    wait_until("two are left", LONG, || {
        let list = cluster.nodes[0].list()?;
        if list.len() == 2 { Ok(()) } else { Err(format!("{list:#?}")) }
    });
    cluster.nodes[1].sloth(["state", "set", "k", "w"]).ok();
    assert_eq!(cluster.nodes[0].sloth(["state", "get", "k"]).ok().stdout, "w\n");
}

#[test]
fn the_leader_can_leave() {
    let mut cluster = Cluster::start(3);
    let leader = cluster.leader();
    cluster.node(&leader).sloth(["node", "leave", "--yes"]).ok();
    assert_eq!(cluster.node_mut(&leader).ends().code, 0);
    let other = cluster.others(&[&leader])[0].clone();
    wait_until("a write succeeds", LONG, || {
        let set = cluster.node(&other).sloth(["state", "set", "k", "v"]).run();
        if set.code == 0 { Ok(()) } else { Err(set.to_string()) }
    });
}

#[test]
fn the_only_voter_of_two_can_leave_and_the_copy_goes_on() {
    let mut cluster = Cluster::start(2);
    let leader = cluster.leader();
    let other = cluster.others(&[&leader])[0].clone();
    cluster.node(&leader).sloth(["state", "set", "k", "v"]).ok();
    cluster.node(&leader).sloth(["node", "leave", "--yes"]).ok();
    assert_eq!(cluster.node_mut(&leader).ends().code, 0);
    wait_until("the other one is alone", LONG, || {
        let (list, status) = (cluster.node(&other).list()?, cluster.node(&other).status()?);
        match list.len() == 1 && status["voters"][0]["node"] == other.as_str() {
            true => Ok(()),
            false => Err(format!("{list:#?} {status}")),
        }
    });
    assert_eq!(cluster.node(&other).sloth(["state", "get", "k"]).ok().stdout, "v\n");
    cluster.node(&other).sloth(["state", "set", "k", "w"]).ok();
}

#[test]
fn a_removed_node_gets_nothing_and_does_not_come_back() {
    let mut cluster = Cluster::start(3);
    let leader = cluster.leader();
    let names = cluster.others(&[&leader]);
    let (gone, stays) = (&names[0], &names[1]);
    cluster.node_mut(gone).kill();
    cluster.misses(stays, gone);
    cluster.node(stays).sloth(["node", "remove", gone, "--reason", "stolen", "--yes"]).ok();
    cluster.node(stays).sloth(["state", "set", "secret", "canary"]).ok();
    cluster.node_mut(gone).again();
    let ended = cluster.node_mut(gone).ends();
    assert!(ended.stderr.contains("does not belong") || ended.code != 0, "{ended}");
    let list = cluster.node(stays).list().unwrap();
    assert!(!list.iter().any(|node| node["name"] == gone.as_str()), "{list:#?}");
    let got = cluster.node(gone).home().sloth(["state", "get", "secret"]).run();
    assert_ne!(got.code, 0, "{got}");
}

#[test]
fn a_living_node_is_removed_only_by_force_and_its_attempts_are_placed_anew() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let names = cluster.others(&[&leader]);
    let id = cluster.node(&leader).submit_text(&slow(&effects, "any", 40));
    begins(&effects);
    let run = cluster.node(&leader).show(&id).unwrap();
    let executor = run.nodes("slow")[0].to_owned();
    let asked = names.iter().find(|name| **name != executor).unwrap();
    cluster.node(asked).sloth(["node", "remove", &executor, "--yes"]).exits(4);
    if executor == leader {
        return;
    }
    cluster.node(asked).sloth(["node", "remove", &executor, "--force", "--yes"]).ok();
    let run = cluster.run_ends(asked, &id, LONG);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_eq!(run.endings("slow"), ["lost", "succeeded"], "{run}");
    assert_eq!(effects.ended("slow"), 1);
}

#[test]
fn a_node_that_is_stopped_hands_over_and_what_it_runs_is_placed_anew() {
    let mut cluster = Cluster::start(3);
    let effects = Effects::new();
    let leader = cluster.leader();
    let id = cluster.node(&leader).submit_text(&slow(&effects, "any", 100));
    begins(&effects);
    let run = cluster.node(&leader).show(&id).unwrap();
    let executor = run.nodes("slow")[0].to_owned();
    let asked = cluster.others(&[&executor])[0].clone();
    let ended = cluster.node_mut(&executor).terminate().ends();
    assert_eq!(ended.code, 0, "{ended}");
    let run = cluster.run_ends(&asked, &id, LONG);
    assert_eq!(run.status(), "succeeded", "{run}");
    assert_eq!(run.endings("slow"), ["lost", "succeeded"], "{run}");
    effects.assert_apart("slow");
    assert_eq!(effects.ended("slow"), 1);
}

#[test]
fn a_leader_that_is_stopped_gives_its_office_away_first() {
    let mut cluster = Cluster::start(3);
    let leader = cluster.leader();
    let others = cluster.others(&[&leader]);
    let before = cluster.node(&others[0]).status().unwrap()["term"].as_u64().unwrap();
    assert_eq!(cluster.node_mut(&leader).terminate().ends().code, 0);
    cluster.node(&others[0]).sloth(["state", "set", "k", "v"]).ok();
    let after = cluster.node(&others[0]).status().unwrap();
    assert_eq!(after["term"], before + 1, "more than one election: {after}");
    cluster.node_mut(&leader).again();
    cluster.settles();
}

#[test]
fn a_node_that_is_stopped_waits_for_what_ends_within_its_grace() {
    let mut cluster = Plan::new(3).set("run.grace", "30s").start();
    let effects = Effects::new();
    let id = cluster.nodes[0].submit_text(&slow(&effects, "n2", 40));
    begins(&effects);
    assert_eq!(cluster.nodes[1].terminate().ends().code, 0);
    let run = cluster.run_ends("n1", &id, SHORT);
    assert_eq!(run.endings("slow"), ["succeeded"], "{run}");
}
