//! Other processes, seen through `/proc`.

use std::fs;

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process, kill_process_group};

/// Sends a signal; a process that is gone does not mind.
pub fn signal(pid: u32, signal: Signal) {
    let _ = kill_process(id(pid), signal);
}

/// As a terminal does: to all of a process group.
pub fn signal_group(leader: u32, signal: Signal) {
    let _ = kill_process_group(id(leader), signal);
}

fn id(pid: u32) -> Pid {
    Pid::from_raw(pid.try_into().unwrap()).unwrap()
}

/// It exists, and not only as the number that its parent has not asked for yet.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|stat| stat.is_alive())
}

/// Its living children.
pub fn children(pid: u32) -> Vec<u32> {
    let alive =
        |child: &u32| stat(*child).is_some_and(|stat| stat.parent == pid && stat.is_alive());
    pids().filter(alive).collect()
}

/// Its living children, theirs, and so on.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut found = children(pid);
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        found.extend(children(*pid));
        next += 1;
    }
    found
}

/// Living processes whose command line contains a text.
pub fn with_argument(text: &str) -> Vec<u32> {
    let has = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        is_alive(*pid) && String::from_utf8_lossy(&line).contains(text)
    };
    pids().filter(has).collect()
}

/// Where a process listens: each address of TCP, each port of UDP, each path of Unix sockets.
pub fn listens(pid: u32) -> Vec<String> {
    let sockets = sockets(pid);
    let table = |name: &str| fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap();
    let mut found = Vec::new();
    for (name, is_open) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")] {
        // sl, local address, remote address, state, …, the tenth is the inode: see proc_net(5).
        for line in table(name).lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields[3] == is_open && sockets.contains(&fields[9].to_owned()) {
                found.push(format!("{name} {}", port(fields[1])));
            }
        }
    }
    for line in table("unix").lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // The flags of a socket that accepts.
        if fields[3] == "00010000" && sockets.contains(&fields[6].to_owned()) {
            found.push(format!("unix {}", fields.get(7).unwrap_or(&"unnamed")));
        }
    }
    found
}

/// The inodes of its sockets.
fn sockets(pid: u32) -> Vec<String> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let targets = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    let inode = |target: std::path::PathBuf| {
        let text = target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
        Some(text.to_owned())
    };
    targets.filter_map(inode).collect()
}

fn port(address: &str) -> u16 {
    u16::from_str_radix(address.rsplit_once(':').unwrap().1, 16).unwrap()
}

fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

struct Stat {
    state: char,
    parent: u32,
    threads: u32,
}

impl Stat {
    /// A first thread that has ended is a zombie while the others hold files and sockets.
    fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X') || self.threads > 1
    }
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in between may contain anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    // The 18th after the command: see proc(5).
    let threads = fields.nth(15)?.parse().ok()?;
    Some(Stat { state, parent, threads })
}
