use std::fs::File;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::slots::Slot;

/// A network namespace of its own name, gone with this value.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

/// Machines on one switch: a namespace each, and one for the switch.
pub struct Lan {
    switch: Namespace,
    machines: Vec<Namespace>,
    _slot: Slot,
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl Namespace {
    fn add() -> Self {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("sloth-{}-{number}", std::process::id());
        ip(&["netns", "add", &name]);
        Self { name }
    }

    /// Calls `ip` within it.
    fn ip(&self, arguments: &str) {
        let arguments = arguments.split_whitespace();
        let within: Vec<&str> = ["-n", &self.name].into_iter().chain(arguments).collect();
        ip(&within);
    }

    /// Does something within it: in a thread that has moved there, so that what it starts stays there.
    pub fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.name)).unwrap();
        let moved = || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            act()
        };
        std::thread::scope(|scope| scope.spawn(moved).join().unwrap())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

impl Lan {
    pub fn new(machines: usize) -> Self {
        let _slot = Slot::take();
        let switch = Namespace::add();
        switch.ip("link add bridge type bridge mcast_snooping 0");
        switch.ip("link set bridge up");
        let machines = (0..machines).map(|machine| connect(&switch, machine)).collect();
        Self { switch, machines, _slot }
    }

    /// Where a node of a machine listens for others.
    pub(crate) fn address(&self, machine: usize) -> String {
        format!("{}:7181", host(machine))
    }

    pub fn machine(&self, machine: usize) -> &Namespace {
        &self.machines[machine]
    }

    /// Pulls the plug of a machine.
    pub fn cut(&self, machine: usize) {
        self.switch.ip(&format!("link set port{machine} down"));
    }

    pub fn mend(&self, machine: usize) {
        self.switch.ip(&format!("link set port{machine} up"));
    }
}

/// A machine at a port of the switch.
fn connect(switch: &Namespace, number: usize) -> Namespace {
    let machine = Namespace::add();
    let name = &machine.name;
    switch.ip(&format!("link add port{number} type veth peer name eth0 netns {name}"));
    switch.ip(&format!("link set port{number} master bridge up"));
    machine.ip("link set lo up");
    machine.ip(&format!("addr add {}/24 dev eth0", host(number)));
    machine.ip("link set eth0 up");
    machine.ip("route add 224.0.0.0/4 dev eth0");
    machine
}

fn host(machine: usize) -> String {
    format!("10.71.81.{}", machine + 1)
}

fn ip(arguments: &[&str]) {
    let done = Command::new("ip").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "ip {}: {said}", arguments.join(" "));
}
