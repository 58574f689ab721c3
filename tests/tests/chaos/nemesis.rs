//! Whoever breaks things, and repairs them before the next blow.

use std::time::{Duration, Instant, SystemTime};

use tests::{Cluster, Dice, LONG, Node, power_off, wait_until};
use tokio::runtime::Handle;
use web::wire::{Run, RunsQuery, Status};

use crate::doors::Doors;
use crate::facts::{Fault, Faults};

/// Once a node answers again, until it is sure to be confirmed by its leader.
const RECOVERY: Duration = Duration::from_secs(1);
/// Within it the past of a node must have been buried by its next start.
const LEASE: u64 = 4_000;

pub struct Nemesis<'a> {
    pub cluster: &'a mut Cluster,
    pub doors: &'a Doors,
    pub runtime: Handle,
    pub dice: Dice,
    /// Nodes have a plug that can be pulled.
    pub cuts: bool,
}

/// What is done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blow {
    /// Everything that runs there dies, as when the power fails.
    Machine,
    /// `kill -9` of guard and node; what they ran lives on until the next start, which comes soon.
    Both,
    Guard,
    Node,
    /// The node is stopped for a while; its guard is awake.
    Freeze,
    /// Nothing comes from or goes to other nodes.
    Cut,
}

const BLOWS: [Blow; 5] = [Blow::Machine, Blow::Both, Blow::Guard, Blow::Node, Blow::Freeze];

/// Whom it hits.
#[derive(Clone, Copy, Debug)]
enum Victim {
    Leader,
    Owner,
    Executor,
    Any,
    Two,
    All,
}

const VICTIMS: [Victim; 10] = [
    Victim::Leader,
    Victim::Leader,
    Victim::Leader,
    Victim::Owner,
    Victim::Owner,
    Victim::Executor,
    Victim::Executor,
    Victim::Any,
    Victim::Two,
    Victim::All,
];

/// One node is cut off at a time.
const SINGLE: [Victim; 4] = [Victim::Leader, Victim::Owner, Victim::Executor, Victim::Any];

impl Nemesis<'_> {
    /// Blow after blow; at the end everybody is up.
    pub fn rage(&mut self, span: Duration) -> Faults {
        let started = Instant::now();
        let mut faults = Faults::default();
        while started.elapsed() < span {
            std::thread::sleep(self.dice.millis(500, 4_000));
            faults.0.push(self.strike());
        }
        self.look_after(&[]);
        faults
    }

    fn strike(&mut self) -> Fault {
        let blow = self.blow();
        let victims: &[Victim] = if blow == Blow::Cut { &SINGLE } else { &VICTIMS };
        let victim = *self.dice.pick(victims);
        let nodes = self.names(victim);
        let pause = self.pause(blow);
        let what = format!("{blow:?} of {victim:?} {nodes:?} for {pause:?}");
        println!("{:>6.1}s {what}", self.doors.now().as_secs_f64());
        let from = SystemTime::now();
        self.look_after(&[]);
        for name in &nodes {
            fall(blow, self.cluster.node_mut(name));
        }
        std::thread::sleep(pause);
        for name in &nodes {
            self.restart(name);
        }
        for name in &nodes {
            self.revive(name);
        }
        if blow == Blow::Cut {
            nodes.iter().for_each(|name| heals(self.cluster.node(name)));
        }
        self.look_after(&nodes);
        Fault { what, nodes, from, until: SystemTime::now() + RECOVERY }
    }

    /// Every other one is a cut, where there are plugs.
    fn blow(&mut self) -> Blow {
        if self.cuts && self.dice.chance(50) { Blow::Cut } else { *self.dice.pick(&BLOWS) }
    }

    /// Lets go of it, and starts it unless it is still there.
    fn restart(&mut self, name: &str) {
        let place = self.cluster.place(name);
        let node = &mut self.cluster.nodes[place];
        node.mend();
        if node.is_running() {
            node.thaw();
        } else {
            self.doors.begins(place);
            node.again();
        }
    }

    fn revive(&mut self, name: &str) {
        let place = self.cluster.place(name);
        revive(&mut self.cluster.nodes[place], || self.doors.begins(place));
    }

    /// Nobody else should have died of it.
    fn look_after(&mut self, hit: &[String]) {
        for name in self.cluster.others(&hit.iter().map(String::as_str).collect::<Vec<_>>()) {
            let node = self.cluster.node_mut(&name);
            if let Some(code) = node.process().code() {
                let said = node.process().stderr();
                let last = said.lines().last().unwrap_or_default();
                self.doors.complain(format!("{name} ended by itself with {code}: {last}"));
                self.revive(&name);
            }
        }
    }

    /// Sometimes short, sometimes long enough for attempts to be placed anew.
    fn pause(&mut self, blow: Blow) -> Duration {
        match blow {
            Blow::Both => self.dice.millis(100, LEASE / 4),
            _ if self.dice.chance(60) => self.dice.millis(100, LEASE / 2),
            _ => self.dice.millis(LEASE, 2 * LEASE),
        }
    }

    fn names(&mut self, victim: Victim) -> Vec<String> {
        let all = self.cluster.others(&[]);
        match victim {
            Victim::Leader => vec![self.cluster.leader()],
            Victim::Owner => vec![self.owner().unwrap_or_else(|| self.dice.pick(&all).clone())],
            Victim::Executor => {
                vec![self.executor().unwrap_or_else(|| self.dice.pick(&all).clone())]
            }
            Victim::Any => vec![self.dice.pick(&all).clone()],
            Victim::Two => {
                let spared = self.dice.below(all.len());
                let (first, second) = ((spared + 1) % all.len(), (spared + 2) % all.len());
                vec![all[first].clone(), all[second].clone()]
            }
            Victim::All => all,
        }
    }

    /// Of a run under way.
    fn owner(&self) -> Option<String> {
        self.active().map(|run| run.summary.owner)
    }

    /// Of a task under way.
    fn executor(&self) -> Option<String> {
        let tasks = self.active()?.tasks;
        let mut instances = tasks.into_iter().flat_map(|task| task.instances);
        instances.find(|instance| instance.status == Status::Running)?.node
    }

    fn active(&self) -> Option<Run> {
        let ask = async {
            for client in self.doors.all().iter().map(|door| &door.stale) {
                let query = RunsQuery { active: true, ..RunsQuery::default() };
                let Ok(runs) = client.runs(query).await else { continue };
                for run in runs.items {
                    if let Ok(run) = client.run(&run.id).await {
                        return Some(run);
                    }
                }
            }
            None
        };
        self.runtime.block_on(ask)
    }
}

fn fall(blow: Blow, node: &mut Node) {
    match blow {
        Blow::Machine => power_off(node.process()),
        Blow::Both => node.kill(),
        Blow::Guard => node.kill_guard(),
        Blow::Node => node.kill_node(),
        Blow::Freeze => drop(node.freeze_node()),
        Blow::Cut => node.cut(),
    }
}

/// Waits until it takes part in agreement again: connections that saw nothing for a while come back slowly.
fn heals(node: &Node) {
    wait_until(&format!("{} is heard again", node.name()), LONG, || {
        let read = node.sloth(["state", "get", "nothing", "--timeout", "5s"]).run();
        if read.code == 3 { Ok(()) } else { Err(read.to_string()) }
    });
}

/// Waits until it answers, and starts it again as often as its past has still to end; says so before each time.
pub fn revive(node: &mut Node, begins: impl Fn()) {
    let name = node.name().to_owned();
    wait_until(&format!("{name} is back"), LONG, || {
        if let Some(code) = node.process().code() {
            let said = node.process().stderr();
            println!(
                "        {name} ended with {code}: {}",
                said.lines().last().unwrap_or_default()
            );
            begins();
            node.again();
        }
        node.status().map(drop).map_err(|error| format!("{error}\n{}", node.process().standing()))
    });
}
