use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::editor::Editor;
use crate::home::Home;
use crate::started::Started;
use crate::terminal::Terminal;

/// Beyond this a command hangs.
const DEADLINE: Duration = Duration::from_secs(120);

static STARTED: AtomicU64 = AtomicU64::new(0);

/// One call of the binary, in the environment of its home and no other.
pub struct Sloth {
    home: Home,
    command: Command,
    shown: String,
    deadline: Duration,
}

/// How a call ended.
#[derive(Debug)]
pub struct Finished {
    pub command: String,
    /// The exit code; minus the signal if one ended it.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Sloth {
    pub(crate) fn new<I: AsRef<str>>(
        home: Home,
        program: &Path,
        arguments: impl IntoIterator<Item = I>,
    ) -> Self {
        let mut command = Command::new(program);
        let root = home.root().to_owned();
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", &root)
            .env("XDG_CONFIG_HOME", root.join("config"))
            .env("XDG_DATA_HOME", root.join("share"))
            .env("XDG_RUNTIME_DIR", root.join("runtime"))
            .env("TMPDIR", root.join("tmp"))
            .env("LANG", "C.UTF-8")
            .env("RUST_BACKTRACE", "1")
            .env("SLOTH_DATA_DIR", home.data())
            .current_dir(home.work())
            .stdin(Stdio::null())
            .process_group(0);
        let mut shown = String::from("sloth");
        for argument in arguments {
            shown += &format!(" {}", argument.as_ref());
            command.arg(argument.as_ref());
        }
        Self { home, command, shown, deadline: DEADLINE }
    }

    pub fn arg(mut self, argument: impl AsRef<str>) -> Self {
        self.shown += &format!(" {}", argument.as_ref());
        self.command.arg(argument.as_ref());
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// As another user, of one group. Needs root.
    pub(crate) fn user(mut self, uid: u32, gid: u32) -> Self {
        self.command.uid(uid).gid(gid);
        self
    }

    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.command.current_dir(folder.into());
        self
    }

    /// What it reads from standard input.
    pub fn input(mut self, text: &str) -> Self {
        let path = self.home.root().join(format!("tmp/{}.in", number()));
        std::fs::write(&path, text).unwrap();
        self.command.stdin(File::open(path).unwrap());
        self
    }

    /// It is hung when it takes longer.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Starts it and leaves it running.
    pub fn start(mut self) -> Started {
        let base = self.home.root().join(format!("tmp/{}", number()));
        let (stdout, stderr) = (base.with_extension("out"), base.with_extension("err"));
        self.command.stdout(File::create(&stdout).unwrap());
        self.command.stderr(File::create(&stderr).unwrap());
        let child = self.command.spawn().unwrap();
        Started::new(self.home, child, self.shown, self.deadline, stdout, stderr)
    }

    /// Starts it before a person.
    pub fn on_terminal(self) -> Terminal {
        Terminal::start(self.home, self.command)
    }

    /// Starts it for an editor.
    pub fn editor(self) -> Editor {
        Editor::start(self.home, self.command)
    }

    /// Runs it to its end, whatever that is.
    pub fn run(self) -> Finished {
        self.start().finish()
    }

    /// Runs it; it must end with 0.
    pub fn ok(self) -> Finished {
        self.exits(0)
    }

    /// Runs it; it must end with this exit code.
    pub fn exits(self, code: i32) -> Finished {
        self.run().exits(code)
    }

    /// Runs it with `-o json`; it must end with 0.
    pub fn json(self) -> Value {
        self.arg("-o").arg("json").ok().json()
    }

    /// As [`Self::json`], or what went wrong in words.
    pub fn try_json(self) -> Result<Value, String> {
        let finished = self.arg("-o").arg("json").run();
        serde_json::from_str(&finished.stdout).map_err(|_| finished.to_string())
    }
}

fn number() -> u64 {
    STARTED.fetch_add(1, Ordering::Relaxed)
}

impl Finished {
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Standard output as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// Standard output as one JSON value a line.
    pub fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line);
        self.stdout.lines().map(|line| parse(line).unwrap_or_else(|_| panic!("{self}"))).collect()
    }

    /// Standard error contains a text.
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "does not say {text:?}: {self}");
        self
    }

    /// Standard output contains a text.
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "does not print {text:?}: {self}");
        self
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "`{command}` ended with {code}\n-- stdout\n{stdout}\n-- stderr\n{stderr}")
    }
}
