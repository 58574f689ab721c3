use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tests::{Cluster, Dice, Effects, History, Plan};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::counters;
use crate::doors::Doors;
use crate::facts::Faults;
use crate::locks::{self, Locker, Locks};
use crate::nemesis::Nemesis;
use crate::registers::{self, Store};
use crate::runs::{Ended, Submitted, Submitter, ended};

/// A cluster, and how long it is beaten.
pub struct Storm {
    pub nodes: usize,
    pub voters: usize,
    pub span: Duration,
    /// Each node is on a machine whose plug is pulled, too. Needs root.
    pub cuts: bool,
}

/// Everybody who asks for something while it blows.
struct Crowd {
    store: Store,
    locks: Arc<Locks>,
    submitted: Arc<Submitted>,
    effects: Arc<Effects>,
}

const REGISTERS: &[&str] = &["red", "green", "blue"];
const COUNTERS: &[&str] = &["hits", "misses"];
const LOCKS: &[&str] = &["north", "south"];
/// Of each kind.
const CLIENTS: usize = 2;
/// Within it every accepted run ends once the storm is over.
const QUIET: Duration = Duration::from_secs(150);

impl Storm {
    pub fn blow(self) {
        let seed = seed();
        println!("SLOTH_CHAOS_SEED={seed}");
        let plan = if self.cuts { Plan::on_machines } else { Plan::new };
        let mut cluster = plan(self.nodes).voters(self.voters).start();
        let runtime = Runtime::new().unwrap();
        let mut dice = Dice::new(seed);
        let crowd = Crowd::new(&cluster);
        let clients = crowd.gather(&cluster, &mut dice, &runtime);
        let doors = crowd.store.doors.clone();
        let mut nemesis = Nemesis {
            cluster: &mut cluster,
            doors: &doors,
            runtime: runtime.handle().clone(),
            dice: dice.split(),
            cuts: self.cuts,
        };
        let faults = nemesis.rage(self.span);
        cluster.settles();
        doors.close();
        runtime.block_on(clients.join_all());
        let mut broken = runtime.block_on(crowd.runs_broken(&faults));
        runtime.block_on(crowd.store.read_all());
        broken.extend(crowd.broken());
        broken.extend(crowd.too_little());
        println!("{}", crowd.summary(faults.0.len()));
        let broken = broken.join("\n");
        assert!(broken.is_empty(), "SLOTH_CHAOS_SEED={seed}\n{broken}\nafter\n{}", faults.text());
    }
}

fn seed() -> u64 {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    match std::env::var("SLOTH_CHAOS_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => now() as u64,
    }
}

impl Crowd {
    fn new(cluster: &Cluster) -> Self {
        Self {
            store: Store::new(&Arc::new(Doors::new(cluster))),
            locks: Arc::default(),
            submitted: Arc::default(),
            effects: Arc::default(),
        }
    }

    fn gather(&self, cluster: &Cluster, dice: &mut Dice, runtime: &Runtime) -> JoinSet<()> {
        let mut clients = JoinSet::new();
        let on = runtime.handle();
        for number in 0..CLIENTS {
            let (store, locks) = (&self.store, &self.locks);
            let name = |kind: &str| format!("{kind}{number}");
            let register =
                registers::use_registers(store.clone(), name("r"), REGISTERS, dice.split());
            clients.spawn_on(register, on);
            let counter = counters::count(store.clone(), name("c"), COUNTERS, dice.split());
            clients.spawn_on(counter, on);
            let locker = Locker::new(store.clone(), locks.clone(), name("l"), dice.split());
            clients.spawn_on(locker.work(LOCKS), on);
            let submitter = Submitter {
                doors: store.doors.clone(),
                submitted: self.submitted.clone(),
                effects: self.effects.clone(),
                names: cluster.others(&[]),
                dice: dice.split(),
            };
            clients.spawn_on(submitter.work(), on);
        }
        clients
    }

    /// Waits for the end of every run that was accepted, and holds it against what it left behind.
    async fn runs_broken(&self, faults: &Faults) -> Vec<String> {
        let client = &self.store.doors.all()[0].client;
        let submitted = self.submitted.lock().unwrap().clone();
        let began = Instant::now();
        let mut broken = Vec::new();
        for (id, accepted) in submitted {
            let run = loop {
                match ended(client, &id, accepted).await {
                    Ok(run) => break run,
                    Err(state) if began.elapsed() > QUIET => {
                        broken.push(format!("not within {QUIET:?}: run {id} ends\n{state}"));
                        break None;
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            };
            let Some(run) = run else { continue };
            match client.why(&id).await {
                Ok(why) => {
                    let why = &why.items;
                    let ended = Ended { run: &run, why, effects: &self.effects, faults };
                    broken.extend(ended.broken());
                }
                Err(error) => broken.push(format!("why run {id} went so: {error}")),
            }
        }
        broken
    }

    /// What no single copy would have answered.
    fn broken(&self) -> Vec<String> {
        let mut broken = self.store.doors.tally().strange;
        let histories = self.store.histories.lock().unwrap();
        for (key, history) in &*histories {
            broken.extend(history.faults().into_iter().map(|fault| format!("key {key}: {fault}")));
        }
        for key in COUNTERS {
            broken.extend(histories.get(*key).into_iter().flat_map(|it| counters::faults(key, it)));
        }
        let locks = self.locks.lock().unwrap();
        for (lock, fencing) in &*locks {
            let faults = fencing.faults().into_iter();
            broken.extend(faults.map(|fault| format!("lock {lock}: {fault}")));
            let guarded = histories.get(&locks::guarded(lock));
            broken.extend(guarded.into_iter().flat_map(|it| locks::falling(&it.values())));
        }
        broken
    }

    /// A storm in which most failed has shown nothing.
    fn too_little(&self) -> Vec<String> {
        let tally = self.store.doors.tally();
        let (grants, late) = locks::lessons(&self.locks.lock().unwrap());
        let accepted = self.submitted.lock().unwrap().values().filter(|it| **it).count();
        let (stale, deleted) = self.seldom();
        let shown = [
            (tally.answered > tally.failed(), "most requests failed"),
            (grants > 0 && late > 0, "no lock was taken, or no older token was tried"),
            (accepted > 0, "no run was accepted"),
            (stale > 0 && deleted > 0, "nothing was read without agreement, or deleted"),
        ];
        let lacks = shown.iter().filter(|(shown, _)| !shown);
        lacks.map(|(_, lack)| format!("{lack}: {}", self.summary(0))).collect()
    }

    /// Reads without agreement, and versions that somebody ended.
    fn seldom(&self) -> (usize, usize) {
        let histories = self.store.histories.lock().unwrap();
        (
            histories.values().map(History::stale).sum(),
            histories.values().map(History::deleted).sum(),
        )
    }

    fn summary(&self, blows: usize) -> String {
        let tally = self.store.doors.tally();
        let (grants, late) = locks::lessons(&self.locks.lock().unwrap());
        let submitted = self.submitted.lock().unwrap();
        let accepted = submitted.values().filter(|accepted| **accepted).count();
        let (stale, deleted) = self.seldom();
        format!(
            "{blows} blows, {} requests answered, without an answer {:?}; {stale} stale reads, {deleted} versions \
             deleted; {grants} locks taken, {late} writes under older tokens; {accepted} of {} runs accepted",
            tally.answered,
            tally.unknown,
            submitted.len()
        )
    }
}
