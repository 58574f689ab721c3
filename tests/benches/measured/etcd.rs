use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Result;
use crate::cluster::free_addresses;
use crate::world::{World, cargo, root, target};

/// The peer for durable writes, and the program that loads it.
pub struct Etcd {
    server: PathBuf,
    load: PathBuf,
    version: String,
}

/// Three servers with default durability and timers, killed when dropped.
pub struct Servers {
    pub processes: Vec<Child>,
    endpoints: Vec<String>,
    load: PathBuf,
    _folder: TempDir,
}

impl Etcd {
    /// Or why it cannot be measured.
    pub fn find() -> std::result::Result<Self, String> {
        let server = server().ok_or("there is no etcd in $PATH, and $ETCD names none")?;
        let version = version(&server).ok_or(format!("{} does not run", server.display()))?;
        let manifest = root().join("tests/etcd/Cargo.toml");
        let folder = target().join("etcd");
        let (manifest, folder) = (manifest.to_string_lossy(), folder.to_string_lossy());
        cargo(&["build", "--release", "--manifest-path", &manifest, "--target-dir", &folder])
            .map_err(|error| format!("its client was not built: {error}"))?;
        let load = target().join("etcd/release/etcd-load");
        Ok(Etcd { server, load, version })
    }

    /// `etcd 3.6.14`
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Starts three servers; the first load waits until they have a leader.
    pub fn start(&self, world: &World) -> Result<Servers> {
        let folder = world.folder()?;
        let urls = |addresses: Vec<String>| -> Vec<String> {
            addresses.iter().map(|address| format!("http://{address}")).collect()
        };
        let (peers, endpoints) = (urls(free_addresses(3)?), urls(free_addresses(3)?));
        let names = ["e1", "e2", "e3"];
        let all: Vec<String> =
            names.iter().zip(&peers).map(|(name, url)| format!("{name}={url}")).collect();
        let start = |index: usize| {
            Command::new(&self.server)
                .args(["--name", names[index], "--data-dir"])
                .arg(folder.path().join(names[index]))
                .args(["--listen-peer-urls", &peers[index]])
                .args(["--initial-advertise-peer-urls", &peers[index]])
                .args(["--listen-client-urls", &endpoints[index]])
                .args(["--advertise-client-urls", &endpoints[index]])
                .args(["--initial-cluster", &all.join(","), "--log-level", "error"])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        };
        let processes = (0..3).map(start).collect::<std::io::Result<_>>()?;
        Ok(Servers { processes, endpoints, load: self.load.clone(), _folder: folder })
    }
}

impl Servers {
    /// Puts per second by that many clients, at the leader or at all servers.
    pub async fn load(&self, clients: usize, leader_only: bool) -> Result<f64> {
        let place = if leader_only { "leader" } else { "all" };
        let mut command = tokio::process::Command::new(&self.load);
        command.args([place, &clients.to_string()]).args(&self.endpoints);
        let output = command.stderr(Stdio::inherit()).output().await?;
        if !output.status.success() {
            return Err(format!("etcd-load ended with {}", output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for process in &mut self.processes {
            _ = process.kill();
            _ = process.wait();
        }
    }
}

fn server() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ETCD") {
        return Some(path.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("etcd")).find(|file| file.is_file())
}

fn version(server: &Path) -> Option<String> {
    let output = Command::new(server).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(format!("etcd {}", text.lines().next()?.rsplit(' ').next()?))
}
