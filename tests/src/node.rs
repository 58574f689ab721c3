use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::home::Home;
use crate::power::power_off;
use crate::process::{self, Signal};
use crate::run::Run;
use crate::setup::{Place, Setup};
use crate::sloth::{Finished, Sloth};
use crate::started::Started;
use crate::stream::{self, Item};
use crate::wait::{SHORT, wait_until};

/// A node of a cluster: its home, and its process while it has one.
pub struct Node {
    setup: Setup,
    started: Option<Started>,
}

impl Node {
    pub(crate) fn start(setup: Setup) -> Self {
        let mut node = Self { setup, started: None };
        node.again();
        node
    }

    /// Starts it again, on the same directory and address.
    pub fn again(&mut self) {
        assert!(self.started.as_mut().is_none_or(|started| started.code().is_some()));
        let Setup { home, name, address, arguments, environment, input, place } = &self.setup;
        let mut sloth = home.sloth(["node", "--listen", address, "--no-mdns"]);
        if let Some(name) = name {
            sloth = sloth.arg("--name").arg(name);
        }
        for argument in arguments {
            sloth = sloth.arg(argument);
        }
        for (name, value) in environment {
            sloth = sloth.env(name, value);
        }
        if let Some(text) = input {
            sloth = sloth.input(text);
        }
        let sloth = sloth.env("SLOTH_LOG", "info");
        self.started = Some(match place {
            Some(Place { lan, machine }) => lan.machine(*machine).within(|| sloth.start()),
            None => sloth.start(),
        });
    }

    /// Pulls the plug of its machine, if it has one of its own: its commands reach it, other nodes do not.
    pub fn cut(&self) {
        let Place { lan, machine } = self.setup.place.as_ref().unwrap();
        lan.cut(*machine);
    }

    /// Puts the plug back.
    pub fn mend(&self) {
        if let Some(Place { lan, machine }) = &self.setup.place {
            lan.mend(*machine);
        }
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Started {
        self.started.as_mut().unwrap()
    }

    pub fn home(&self) -> &Home {
        &self.setup.home
    }

    pub fn name(&self) -> &str {
        self.setup.name.as_deref().unwrap()
    }

    pub fn address(&self) -> &str {
        &self.setup.address
    }

    /// A command of the user on its machine.
    pub fn sloth<I: AsRef<str>>(&self, arguments: impl IntoIterator<Item = I>) -> Sloth {
        self.sloth_or(&[], arguments)
    }

    /// As [`Self::sloth`], with other nodes to ask when this one does not answer.
    pub fn sloth_or<I: AsRef<str>>(
        &self,
        others: &[&Node],
        arguments: impl IntoIterator<Item = I>,
    ) -> Sloth {
        let nodes = [&[self], others].concat();
        // Before the command, which may end in another program's arguments.
        let flags = nodes.iter().flat_map(|node| ["--node".to_owned(), node.target()]);
        let given = arguments.into_iter().map(|argument| argument.as_ref().to_owned());
        self.setup.home.sloth(flags.chain(given).collect::<Vec<_>>())
    }

    /// The socket at which it serves people.
    pub fn socket(&self) -> PathBuf {
        self.setup.home.data().join("api.sock")
    }

    fn target(&self) -> String {
        format!("unix:{}", self.socket().display())
    }

    /// Reads a stream of its API, after a cursor, until it ends or somebody has enough.
    pub fn stream(
        &self,
        path: &str,
        from: Option<&str>,
        enough: impl FnMut(&Item) -> bool,
    ) -> Vec<Item> {
        stream::read(&self.socket(), path, from, enough)
    }

    /// Waits until it answers.
    pub fn comes_up(&mut self) -> &mut Self {
        wait_until("the node answers", SHORT, || {
            let started = self.started.as_mut().unwrap();
            if let Some(code) = started.code() {
                panic!("the node ended with {code}: {}", started.standing());
            }
            self.status().map(drop)
        });
        self
    }

    /// `cluster status`, which needs no quorum.
    pub fn status(&self) -> Result<Value, String> {
        let status = self.sloth(["cluster", "status", "--timeout", "5s"]).try_json()?;
        status["id"].is_string().then_some(()).ok_or_else(|| status.to_string())?;
        Ok(status)
    }

    /// `node list` as it sees it.
    pub fn list(&self) -> Result<Vec<Value>, String> {
        let list = self.sloth(["node", "list", "--stale", "--timeout", "5s"]).try_json()?;
        list["items"].as_array().cloned().ok_or_else(|| list.to_string())
    }

    /// Submits a workflow and leaves it to the cluster. The run's id.
    pub fn submit(&self, file: &Path) -> String {
        let path = file.display().to_string();
        self.sloth(["run", "--detach", &path]).ok().stdout.trim().to_owned()
    }

    /// Writes a workflow and submits it. The run's id.
    pub fn submit_text(&self, text: &str) -> String {
        self.submit(&self.home().write("submitted.sloth", text))
    }

    /// Runs a workflow to its end.
    pub fn run_text(&self, text: &str) -> Finished {
        let path = self.home().write("followed.sloth", text);
        self.sloth(["run", "-o", "json", &path.display().to_string()]).run()
    }

    pub fn show(&self, id: &str) -> Result<Run, String> {
        let run = self.sloth(["run", "show", id, "--timeout", "5s"]).try_json()?;
        run["status"].is_string().then_some(()).ok_or_else(|| run.to_string())?;
        Ok(Run(run))
    }

    /// Waits until a run looks as it should.
    pub fn run_until(
        &self,
        id: &str,
        what: &str,
        deadline: Duration,
        holds: impl Fn(&Run) -> bool,
    ) -> Run {
        wait_until(what, deadline, || {
            let run = self.show(id)?;
            if holds(&run) { Ok(run) } else { Err(run.to_string()) }
        })
    }

    /// Waits for the end of a run.
    pub fn run_ends(&self, id: &str, deadline: Duration) -> Run {
        self.run_until(id, "the run ends", deadline, Run::has_ended)
    }

    /// What was agreed about a run, kind by kind, oldest first.
    pub fn why(&self, id: &str) -> Vec<Value> {
        let run = self.sloth(["run", "show", id, "--why"]).json();
        run["why"].as_array().unwrap().clone()
    }

    /// `kill -9` of guard, node and all it runs, as when the machine loses its power.
    pub fn kill(&mut self) {
        let all = process::descendants(self.process().guard());
        power_off(self.process());
        wait_until("all of it is gone", SHORT, || {
            let alive: Vec<_> = all.iter().filter(|pid| process::is_alive(**pid)).collect();
            if alive.is_empty() { Ok(()) } else { Err(format!("{alive:?}")) }
        });
    }

    /// `kill -9` of guard and node: the tasks have nobody left to end them.
    pub fn kill_both(&mut self) {
        self.process().kill();
    }

    /// `kill -9` of the guard alone.
    pub fn kill_guard(&mut self) {
        process::signal(self.process().guard(), Signal::KILL);
    }

    /// `kill -9` of the node below its guard.
    pub fn kill_node(&mut self) {
        let pid = self.process().node();
        process::signal(pid, Signal::KILL);
    }

    /// Stops guard and node, as a machine that sleeps; the tasks go on.
    pub fn freeze(&mut self) {
        let started = self.process();
        for pid in [started.guard(), started.node()] {
            process::signal(pid, Signal::STOP);
        }
    }

    /// Stops the node alone; its guard stays awake.
    pub fn freeze_node(&mut self) -> u32 {
        let pid = self.process().node();
        process::signal(pid, Signal::STOP);
        pid
    }

    pub fn thaw(&mut self) {
        let guard = self.process().guard();
        for pid in [process::children(guard), vec![guard]].concat() {
            process::signal(pid, Signal::CONT);
        }
    }

    /// Asks it to end in order.
    pub fn terminate(&mut self) -> &mut Self {
        self.process().signal(Signal::TERM);
        self
    }

    /// Waits for the end of its process.
    pub fn ends(&mut self) -> Finished {
        self.started.take().unwrap().finish()
    }

    pub fn is_running(&mut self) -> bool {
        self.started.as_mut().is_some_and(|started| started.code().is_none())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(started) = &self.started
        {
            eprintln!("== node {:?}\n{}", self.setup.name, started.standing());
        }
    }
}
