use std::time::Duration;

use serde_json::Value;

use crate::home::Home;
use crate::netns::Lan;
use crate::power::power_off;
use crate::run::Run;
use crate::setup::{SECRET, TIMERS};
use crate::sloth::Sloth;
use crate::started::Started;
use crate::wait::{LONG, wait_until};

/// A machine of a [`Lan`] with a home and a node, which knows nothing but its name, its tags and the secret.
pub struct Machine<'a> {
    lan: &'a Lan,
    place: usize,
    name: String,
    tags: Vec<String>,
    home: Home,
    started: Option<Started>,
}

impl<'a> Machine<'a> {
    pub fn new(lan: &'a Lan, place: usize, name: &str, tags: &[&str]) -> Self {
        let home = Home::new();
        home.configure(TIMERS);
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Self { lan, place, name: name.into(), tags, home, started: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// `sloth node`; the secret is all that it is told of others.
    pub fn start(&mut self) {
        let mut sloth = self.home.sloth(["node", "--name", &self.name]);
        for tag in &self.tags {
            sloth = sloth.arg("--tag").arg(tag);
        }
        let sloth = sloth.env("SLOTH_CLUSTER_SECRET", SECRET).env("SLOTH_LOG", "info");
        self.started = Some(self.lan.machine(self.place).within(|| sloth.start()));
    }

    /// Its node.
    pub fn process(&mut self) -> &mut Started {
        self.started.as_mut().unwrap()
    }

    pub fn cut(&self) {
        self.lan.cut(self.place);
    }

    pub fn mend(&self) {
        self.lan.mend(self.place);
    }

    /// Everything on it ends at once.
    pub fn power_off(&mut self) {
        power_off(self.process());
    }

    /// A command of the user there.
    pub fn sloth<I: AsRef<str>>(&self, arguments: impl IntoIterator<Item = I>) -> Sloth {
        let socket = format!("unix:{}", self.home.data().join("api.sock").display());
        self.home.sloth(arguments).arg("--node").arg(socket)
    }

    /// `cluster status` as its node knows it.
    pub fn status(&self) -> Result<Value, String> {
        let status = self.sloth(["cluster", "status", "--timeout", "5s"]).try_json()?;
        status["id"].is_string().then_some(()).ok_or_else(|| status.to_string())?;
        Ok(status)
    }

    /// The states of all nodes as its node sees them: names and words, sorted.
    pub fn sees(&self) -> Result<Vec<(String, String)>, String> {
        let list = self.sloth(["node", "list", "--stale", "--timeout", "5s"]).try_json()?;
        let items = list["items"].as_array().ok_or_else(|| list.to_string())?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut nodes: Vec<_> =
            items.iter().map(|node| (text(&node["name"]), text(&node["state"]))).collect();
        nodes.sort_unstable();
        Ok(nodes)
    }

    /// Writes a workflow and submits it. The run's id.
    pub fn submit(&self, text: &str) -> String {
        let path = self.home.write("submitted.sloth", text).display().to_string();
        self.sloth(["run", "--detach", &path]).ok().stdout.trim().to_owned()
    }

    /// Writes a workflow and follows its run.
    pub fn follow(&self, text: &str) -> Started {
        let path = self.home.write("followed.sloth", text).display().to_string();
        self.sloth(["run", &path]).start()
    }

    pub fn show(&self, id: &str) -> Result<Run, String> {
        let run = self.sloth(["run", "show", id, "--timeout", "5s"]).try_json()?;
        run["status"].is_string().then_some(()).ok_or_else(|| run.to_string())?;
        Ok(Run(run))
    }

    pub fn run_ends(&self, id: &str, deadline: Duration) -> Run {
        wait_until("the run ends", deadline, || {
            let run = self.show(id)?;
            if run.has_ended() { Ok(run) } else { Err(run.to_string()) }
        })
    }
}

/// Waits until these are one cluster: each sees each alive and the same voters, and one leads. Its id and leader.
pub fn are_one(machines: &[&Machine<'_>], voters: usize) -> (String, String) {
    wait_until("they are one cluster", LONG, || {
        let mut told = Vec::new();
        for machine in machines {
            let (status, sees) = (machine.status()?, machine.sees()?);
            let alive = sees.iter().filter(|(_, state)| state == "alive").count();
            let whole = alive == machines.len()
                && sees.len() == alive
                && status["voters"].as_array().is_some_and(|all| all.len() == voters);
            match (status["id"].as_str(), status["leader"].as_str()) {
                (Some(id), Some(leader)) if whole => told.push((id.into(), leader.into())),
                _ => return Err(format!("{} sees {sees:?} and {status:#}", machine.name)),
            }
        }
        told.dedup();
        if told.len() == 1 { Ok(told.remove(0)) } else { Err(format!("{told:?}")) }
    })
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(started) = &self.started
        {
            eprintln!("== machine {}\n{}", self.name, started.standing());
        }
    }
}
