use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Result;
use crate::etcd::Etcd;

/// What all rows share: the program, its peers, and room on the disk that is measured.
pub struct World {
    pub sloth: PathBuf,
    /// Or why there is none.
    pub etcd: std::result::Result<Etcd, String>,
    /// `just` is in `$PATH`.
    pub just: bool,
}

impl World {
    /// Builds the program and finds its peers.
    pub fn prepare() -> Result<Self> {
        cargo(&["build", "--release", "--package", "sloth"])?;
        let etcd = Etcd::find();
        if let Err(reason) = &etcd {
            eprintln!("nothing is measured beside etcd: {reason}");
        }
        let just = version("just").is_some();
        if !just {
            eprintln!("nothing is measured beside just: it is not in $PATH");
        }
        Ok(World { sloth: target().join("release/sloth"), etcd, just })
    }

    /// An empty folder on the disk of the target folder.
    pub fn folder(&self) -> Result<TempDir> {
        Ok(tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?)
    }

    /// The program, without anything of the caller's configuration.
    pub fn command(&self, home: &Path) -> Command {
        let mut command = Command::new(&self.sloth);
        let foreign = |name: &OsString| name.to_string_lossy().starts_with("SLOTH_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| foreign(name)) {
            command.env_remove(name);
        }
        command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        command.current_dir(home).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    pub fn conditions(&self, load_before: &str) -> String {
        let etcd = self.etcd.as_ref().ok().map(Etcd::version);
        let peers = [version("make"), version("just"), etcd.map(str::to_owned)];
        let peers = peers.into_iter().flatten().collect::<Vec<_>>().join(", ");
        format!(
            "{} processors, Linux {}, load {load_before} before and {} after; beside {peers}. \
             Medians (least to most).",
            std::thread::available_parallelism().map_or(0, usize::from),
            first_line("/proc/sys/kernel/osrelease"),
            load(),
        )
    }
}

/// The load average of the last minute.
pub fn load() -> String {
    first_line("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned()
}

fn first_line(path: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

/// What a program says of itself, if it is there.
fn version(program: &str) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// Runs cargo at the root of the workspace. What the outer cargo told about this package would make
/// build scripts that look at it run again, here and in the next outer build.
pub fn cargo(arguments: &[&str]) -> Result<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| told(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let status = command.args(arguments).current_dir(root()).status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("cargo {} ended with {status}", arguments.join(" ")).into()),
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder that cargo builds in.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}
