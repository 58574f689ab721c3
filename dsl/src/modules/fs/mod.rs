//! Files. Relative paths start at the task's working directory.

pub mod copy;
mod glob;
pub mod look;
pub mod owner;
pub mod path;
mod remove;
pub mod write;

use std::io;
use std::path::Path;

use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Access, Default, Kind, Parameter, named, optional, required};
use crate::registry::plan::{self, Change, Plan};
use crate::registry::{Arguments, Module, World};

/// Work on files that only looks.
macro_rules! looks {
    ($work:path) => {
        Work::Look(|world, arguments| {
            Box::pin($crate::modules::fs::looking(world, arguments, $work))
        })
    };
}

/// Work on files that looks and says what is to be done.
macro_rules! changes {
    ($work:path) => {
        Work::Change(|world, arguments| {
            Box::pin($crate::modules::fs::planning(world, arguments, $work))
        })
    };
}

pub(super) use {changes, looks};

pub const MODULE: Module = Module {
    name: "fs",
    aliases: &[],
    doc: "Files and folders. Relative paths start at the task's working directory.",
    functions: &[
        READ,
        WRITE,
        Function {
            class: Class::Change { idempotent: false },
            ..writing(
                "append",
                "Adds to the end of a file, which is made when it is not there.",
                &[TARGET, CONTENT],
                changes!(write::append),
            )
        }
        .example("fs.append(\"notes\", \"one more line\\n\")"),
        TOUCH,
        writing(
            "mkdir",
            "Makes a folder and those above it.",
            &[TARGET, Parameter { positional: true, ..MODE }],
            changes!(write::mkdir),
        )
        .example("fs.mkdir(\"build/out\")"),
        RM,
        writing("rmr", "Removes a file, or a folder and all that is in it.", &[TARGET], changes!(remove::all))
            .also(&["rm_r"])
            .example("fs.rmr(\"build\")"),
        writing(
            "copy",
            "Copies one file, with its permissions; into the destination when that is a folder.",
            &[SOURCE, DESTINATION],
            changes!(copy::copy),
        )
        .also(&["cp"])
        .example("fs.copy(\"app.conf\", \"/etc/app.conf\")"),
        writing(
            "move",
            "Renames a file or folder; done already when only the destination is there.",
            &[MOVED, DESTINATION],
            changes!(copy::rename),
        )
        .also(&["mv", "rename"])
        .example("fs.move(\"draft.txt\", \"final.txt\")"),
        writing(
            "symlink",
            "Makes a link that points to a target; a link that points elsewhere is replaced.",
            &[LINKED, required("path", Kind::Path(Access::Write), "where the link is").also(&["link"])],
            changes!(copy::link),
        )
        .also(&["ln"])
        .example("fs.symlink(\"releases/42\", \"current\")"),
        CHMOD,
        CHOWN,
        EXISTS,
        asking("is_file", "Whether there is a file at a path, links followed.", looks!(look::is_file))
            .example("assert(fs.is_file(\"app.conf\"))"),
        asking("is_dir", "Whether there is a folder at a path, links followed.", looks!(look::is_dir))
            .example("assert(fs.is_dir(\"src\"))"),
        reading(
            "ls",
            "What is in a folder.",
            &[optional("path", Kind::Path(Access::Read), "the folder").or(Default::Text("."))],
            looks!(look::list),
        )
        .also(&["list"])
        .gives("string[]", "a sorted list of names")
        .example("for _, name in ipairs(fs.ls(\"src\")) do log.info(name) end"),
        reading(
            "glob",
            "The files and folders that match a pattern such as `src/**/*.lua`.",
            &[required("pattern", Kind::Path(Access::Read), "`*`, `?`, `[…]`, `{a,b}` and `**`")],
            looks!(glob::glob),
        )
        .gives("string[]", "a sorted list of paths")
        .example("local sources = fs.glob(\"src/**/*.c\")"),
        reading("stat", "What is known about a path, links not followed.", &[PATH], looks!(look::stat))
            .gives(
                "{ type: string, size: integer, mode: string, modified: integer, uid: integer, gid: integer, target: string? }",
                "{type, size, mode, modified, uid, gid, target}",
            )
            .example("local mode = fs.stat(\"run.sh\").mode"),
        reading("size", "The size of a file.", &[PATH], looks!(look::size))
            .gives("integer", "bytes")
            .example("local bytes = fs.size(\"app.tar\")"),
        reading("abspath", "The absolute form of a path.", &[PATH], looks!(path::absolute))
            .gives("string", "a path")
            .example("local path = fs.abspath(\"../app\")"),
        reading(
            "tmpname",
            "A path in the folder for temporary files at which nothing is.",
            &[optional("prefix", Kind::Text, "how its name begins").or(Default::Text("sloth-"))],
            looks!(path::temporary),
        )
        .gives("string", "a path")
        .example("local path = fs.tmpname(\"build-\")"),
        pure(
            "join",
            "Joins parts of a path.",
            &[optional("parts", Kind::Text, "the parts; an absolute one begins anew").rest()],
            path::join,
        )
        .example("local path = fs.join(\"etc\", \"app\", \"conf\")"),
        pure("basename", "The last part of a path.", &[WORDS], path::base)
            .example("local name = fs.basename(\"/etc/hosts\")"),
        pure("dirname", "A path without its last part.", &[WORDS], path::parent)
            .example("local folder = fs.dirname(\"/etc/hosts\")"),
    ],
    constants: &[],
    call: None,
    later: &["sync", "template"],
};

/// Taken over by `file_ops`.
pub const READ: Function = reading("read", "Reads a whole file.", &[PATH], looks!(look::read))
    .gives("string", "its content")
    .example("local text = fs.read(\"/etc/hostname\")");

/// Taken over by `file_ops`.
pub const WRITE: Function = writing(
    "write",
    "Makes a file hold a content.",
    &[TARGET, CONTENT, MODE],
    changes!(write::write),
)
.also(&["write_file"])
.example("fs.write(\"motd\", \"hello\\n\", { mode = \"0644\" })");

/// Taken over by `file_ops`.
pub const TOUCH: Function = writing(
    "touch",
    "Makes an empty file where there is none.",
    &[TARGET, MODE],
    changes!(write::touch),
)
.example("fs.touch(\".done\")");

/// Taken over by `file_ops`.
pub const RM: Function = writing(
    "rm",
    "Removes a file or an empty folder; one that is not there is no failure.",
    &[TARGET],
    changes!(remove::one),
)
.also(&["remove"])
.example("fs.rm(\"build/old.log\")");

/// Taken over by `file_ops`.
pub const EXISTS: Function =
    asking("exists", "Whether there is something at a path.", looks!(look::exists))
        .example("if fs.exists(\"app.conf\") then return true end");

/// Taken over by `file_ops`.
pub const CHMOD: Function = writing(
    "chmod",
    "Sets the permissions of a file or folder.",
    &[TARGET, required("mode", Kind::Text, "permissions in octal, such as \"0644\"")],
    changes!(write::chmod),
)
.example("fs.chmod(\"run.sh\", \"0755\")");

/// Taken over by `file_ops`.
pub const CHOWN: Function = writing(
    "chown",
    "Sets the owner of a file or folder, and its group.",
    &[
        TARGET,
        optional("owner", Kind::Text, "a name or a number").also(&["user"]),
        optional("group", Kind::Text, "a name or a number"),
    ],
    changes!(owner::chown),
)
.example("fs.chown(\"/srv/app\", \"www-data\", \"www-data\")");

const PATH: Parameter = required("path", Kind::Path(Access::Read), "the path");
const TARGET: Parameter = required("path", Kind::Path(Access::Write), "the path");
const WORDS: Parameter = required("path", Kind::Text, "the path");
const CONTENT: Parameter = required("content", Kind::Bytes, "the content");
const MODE: Parameter = named("mode", Kind::Text, "permissions in octal, such as \"0644\"");
const SOURCE: Parameter =
    required("source", Kind::Path(Access::Read), "what to take").also(&["src", "from"]);
const MOVED: Parameter =
    required("source", Kind::Path(Access::Write), "what to take").also(&["src", "from"]);
const LINKED: Parameter =
    required("target", Kind::Text, "what the link points to, as the link shall say it")
        .also(&["src", "source"]);
const DESTINATION: Parameter = required("destination", Kind::Path(Access::Write), "where it goes")
    .also(&["dest", "dst", "to"]);

const fn reading(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    function(name, doc, parameters, Capability::FsRead, Class::Value, work)
}

const fn asking(name: &'static str, doc: &'static str, work: Work) -> Function {
    function(name, doc, &[PATH], Capability::FsRead, Class::Predicate, work)
}

const fn writing(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    let class = Class::Change { idempotent: true };
    function(name, doc, parameters, Capability::FsWrite, class, work)
        .returns("Result {path, diff}, message")
}

const fn pure(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: fn(Arguments) -> Outcome,
) -> Function {
    function(name, doc, parameters, Capability::Nothing, Class::Value, Work::Pure(work))
        .gives("string", "text")
}

pub async fn looking(
    world: World,
    arguments: Arguments,
    work: fn(&World, Arguments) -> Outcome,
) -> Outcome {
    plan::blocking(move || work(&world, arguments)).await
}

pub async fn planning(
    world: World,
    arguments: Arguments,
    work: fn(&World, Arguments) -> Result<Plan, Failure>,
) -> Result<Plan, Failure> {
    plan::blocking(move || work(&world, arguments)).await
}

/// A change at a path.
pub fn at(path: &Path) -> Change {
    let shown = path.to_string_lossy().into_owned();
    Change::of(shown.clone()).field("path", shown)
}

/// What the system said about a path.
pub fn failed(attempt: &str, path: &Path, error: &io::Error) -> Failure {
    let code = match error.kind() {
        io::ErrorKind::NotFound => Code::NotFound,
        io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => Code::Exists,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::Denied,
        io::ErrorKind::TimedOut => Code::Timeout,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::Unavailable,
        _ => Code::Invalid,
    };
    let reason = error.to_string();
    let reason = reason.split(" (os error").next().unwrap_or_default();
    Failure::new(code, format!("cannot {attempt} {}: {reason}", path.display()))
}
