//! From a command to a running child: what to execute, the three streams, and how a shell would put a refusal.

use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use rustix::fs::{MemfdFlags, OFlags, fcntl_setfl, memfd_create};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

use super::host::{self, Child, Fault, Image, Start, Strings};
use super::{Command, Error, Program, Tag};

/// Where programs are looked for when the environment has no `PATH`, and where bash is looked for in any case.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
const SHELL: &str = "/bin/sh";

/// A command that was started, or the code and message of the shell's refusal.
pub(super) enum Launched {
    Running { child: Child, stdout: OwnedFd, stderr: OwnedFd },
    Refused { code: i32, message: String },
}

/// Starts the command; `null` is its input when it has none.
pub(super) fn launch(command: &Command, tag: Tag, null: &OwnedFd) -> Result<Launched, Error> {
    let streams = Streams::open(command.input.as_deref(), null)?;
    let prepared = Prepared::new(command)?;
    match prepared.start(command.umask, tag, &streams) {
        Ok(child) => {
            Ok(Launched::Running { child, stdout: streams.stdout, stderr: streams.stderr })
        }
        Err(Fault::Workdir(source)) => {
            Err(Error::Workdir { path: command.workdir.clone(), source })
        }
        Err(Fault::Process(source)) => {
            Err(Error::Start { program: command.program.name(), source })
        }
        Err(Fault::Image(_, error)) => Ok(refusal(&command.program.name(), &error)),
    }
}

/// As bash tells it: 127 when there is no such file, 126 when it cannot be executed.
fn refusal(name: &str, error: &io::Error) -> Launched {
    let (code, reason) = match error.kind() {
        io::ErrorKind::NotFound if name.contains('/') => {
            (127, "No such file or directory".to_owned())
        }
        io::ErrorKind::NotFound => (127, "command not found".to_owned()),
        _ => (126, without_number(error)),
    };
    Launched::Refused { code, message: format!("{name}: {reason}") }
}

fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// A command in the form that a child needs.
struct Prepared {
    /// What to try in turn.
    choices: Vec<Choice>,
    environment: Strings,
    workdir: CString,
}

/// One argument list and the paths that it may go with.
struct Choice {
    paths: Vec<OsString>,
    arguments: Vec<CString>,
}

impl Prepared {
    fn new(command: &Command) -> Result<Self, Error> {
        let variables = command
            .environment
            .iter()
            .map(|(key, value)| [key.as_bytes(), b"=", value.as_bytes()].concat());
        Ok(Self {
            choices: choices(command)?,
            environment: Strings::new(strings("environment", variables.map(OsString::from_vec))?),
            workdir: string("working directory", command.workdir.as_os_str())?,
        })
    }

    /// A script that names no interpreter is the shell's, as it would be on a command line.
    fn start(&self, umask: Option<u32>, tag: Tag, streams: &Streams<'_>) -> Result<Child, Fault> {
        match self.try_all(&self.choices, umask, tag, streams) {
            Err(Fault::Image(path, error))
                if Errno::from_io_error(&error) == Some(Errno::NOEXEC) =>
            {
                let script = self.as_script(path).ok_or(Fault::Image(path, error))?;
                self.try_all(&[script], umask, tag, streams)
            }
            other => other,
        }
    }

    fn try_all(
        &self,
        all: &[Choice],
        umask: Option<u32>,
        tag: Tag,
        streams: &Streams<'_>,
    ) -> Result<Child, Fault> {
        let arguments: Vec<Strings> =
            all.iter().map(|choice| Strings::new(choice.arguments.clone())).collect();
        let images = all.iter().zip(&arguments).flat_map(|(choice, arguments)| {
            choice
                .paths
                .iter()
                .filter_map(move |path| Some(Image { path: c_string(path)?, arguments }))
        });
        host::start(&Start {
            images: &images.collect::<Vec<_>>(),
            environment: &self.environment,
            workdir: &self.workdir,
            streams: streams.childs(),
            umask,
            tag,
        })
    }

    fn as_script(&self, path: usize) -> Option<Choice> {
        let choice = self.choices.first()?;
        let head = [CString::from(c"sh"), c_string(choice.paths.get(path)?)?];
        let arguments = head.into_iter().chain(choice.arguments.iter().skip(1).cloned()).collect();
        Some(Choice { paths: vec![SHELL.into()], arguments })
    }
}

fn choices(command: &Command) -> Result<Vec<Choice>, Error> {
    match &command.program {
        Program::Words(words) => {
            let name = words.first().filter(|name| !name.is_empty()).ok_or(Error::NoProgram)?;
            Ok(vec![Choice {
                paths: candidates(name, &command.environment),
                arguments: strings("argument", words)?,
            }])
        }
        Program::Shell(line) => {
            let arguments = |shell: &str| strings("command", [shell, "-c", line.as_str()]);
            let mut paths = candidates(OsStr::new("bash"), &command.environment);
            paths.extend(joined(OsStr::new("bash"), OsStr::new(USUAL_PATH)));
            let bash = Choice { paths, arguments: arguments("bash")? };
            Ok(vec![bash, Choice { paths: vec![SHELL.into()], arguments: arguments("sh")? }])
        }
    }
}

/// The files that a name may mean: itself when it holds a slash, else one in each folder of `PATH`.
fn candidates(name: &OsStr, environment: &BTreeMap<OsString, OsString>) -> Vec<OsString> {
    if name.as_bytes().contains(&b'/') {
        return vec![name.to_owned()];
    }
    joined(
        name,
        environment.get(OsStr::new("PATH")).map_or(OsStr::new(USUAL_PATH), OsString::as_os_str),
    )
}

fn joined(name: &OsStr, path: &OsStr) -> Vec<OsString> {
    let folders = path.as_bytes().split(|byte| *byte == b':');
    let here = |folder: &[u8]| if folder.is_empty() { b".".to_vec() } else { folder.to_vec() };
    folders
        .map(|folder| Path::new(&OsString::from_vec(here(folder))).join(name).into_os_string())
        .collect()
}

fn strings<S: AsRef<OsStr>>(
    what: &'static str,
    all: impl IntoIterator<Item = S>,
) -> Result<Vec<CString>, Error> {
    all.into_iter().map(|text| string(what, text.as_ref())).collect()
}

fn string(what: &'static str, text: &OsStr) -> Result<CString, Error> {
    c_string(text).ok_or_else(|| Error::Nul { what, value: text.to_string_lossy().into_owned() })
}

fn c_string(text: &OsStr) -> Option<CString> {
    CString::new(text.as_bytes()).ok()
}

/// Both sides of the three streams.
struct Streams<'a> {
    stdin: Input<'a>,
    stdout: OwnedFd,
    stderr: OwnedFd,
    childs_stdout: OwnedFd,
    childs_stderr: OwnedFd,
}

enum Input<'a> {
    Null(&'a OwnedFd),
    Bytes(File),
}

impl<'a> Streams<'a> {
    fn open(input: Option<&[u8]>, null: &'a OwnedFd) -> Result<Self, Error> {
        let stdin = match input {
            None => Input::Null(null),
            Some(bytes) => {
                Input::Bytes(file_of(bytes).map_err(Error::system("prepare standard input"))?)
            }
        };
        let (stdout, childs_stdout) = pipe().map_err(Error::system("open a pipe"))?;
        let (stderr, childs_stderr) = pipe().map_err(Error::system("open a pipe"))?;
        Ok(Self { stdin, stdout, stderr, childs_stdout, childs_stderr })
    }

    fn childs(&self) -> [BorrowedFd<'_>; 3] {
        let stdin = match &self.stdin {
            Input::Null(null) => null.as_fd(),
            Input::Bytes(file) => file.as_fd(),
        };
        [stdin, self.childs_stdout.as_fd(), self.childs_stderr.as_fd()]
    }
}

/// A file in memory, so that nobody need feed a pipe that the program may never read.
fn file_of(bytes: &[u8]) -> io::Result<File> {
    let mut file = File::from(memfd_create("stdin", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Only our end does not block.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, childs) = pipe_with(PipeFlags::CLOEXEC)?;
    fcntl_setfl(&ours, OFlags::NONBLOCK)?;
    Ok((ours, childs))
}
