//! Files. Relative paths start at the task's working directory.

mod copy;
mod glob;
mod look;
mod path;
mod remove;
mod write;

use std::io;
use std::path::Path;

use futures::future::BoxFuture;

use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work};
use crate::registry::parameter::{Default, Kind, Parameter, named, optional, required};
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "fs",
    aliases: &[],
    doc: "Files and folders. Relative paths start at the task's working directory.",
    functions: &[
        reading(
            "read",
            &[],
            "Reads a whole file.",
            &[PATH],
            Class::Value,
            "its content",
            |world, arguments| Box::pin(blocking(world, arguments, look::read)),
        ),
        writing(
            "write",
            &["write_file"],
            "Makes a file hold a content.",
            &[PATH, CONTENT, MODE],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, write::write)),
        ),
        writing(
            "append",
            &[],
            "Adds to the end of a file, which is made when it is not there.",
            &[PATH, CONTENT],
            Class::Change { idempotent: false },
            |world, arguments| Box::pin(blocking(world, arguments, write::append)),
        ),
        writing(
            "mkdir",
            &[],
            "Makes a folder and those above it.",
            &[PATH, Parameter { positional: true, ..MODE }],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, write::mkdir)),
        ),
        writing(
            "rm",
            &["remove"],
            "Removes a file or an empty folder; one that is not there is no failure.",
            &[PATH],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, remove::one)),
        ),
        writing(
            "rmr",
            &["rm_r"],
            "Removes a file, or a folder and all that is in it.",
            &[PATH],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, remove::all)),
        ),
        writing(
            "copy",
            &["cp"],
            "Copies one file, with its permissions; into the destination when that is a folder.",
            &[SOURCE, DESTINATION],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, copy::copy)),
        ),
        writing(
            "move",
            &["mv", "rename"],
            "Renames a file or folder; done already when only the destination is there.",
            &[SOURCE, DESTINATION],
            CHANGE,
            |world, arguments| Box::pin(blocking(world, arguments, copy::rename)),
        ),
        reading(
            "exists",
            &[],
            "Whether there is something at a path.",
            &[PATH],
            Class::Predicate,
            "true or false",
            |world, arguments| Box::pin(blocking(world, arguments, look::exists)),
        ),
        reading(
            "is_file",
            &[],
            "Whether there is a file at a path, links followed.",
            &[PATH],
            Class::Predicate,
            "true or false",
            |world, arguments| Box::pin(blocking(world, arguments, look::is_file)),
        ),
        reading(
            "is_dir",
            &[],
            "Whether there is a folder at a path, links followed.",
            &[PATH],
            Class::Predicate,
            "true or false",
            |world, arguments| Box::pin(blocking(world, arguments, look::is_dir)),
        ),
        reading(
            "ls",
            &["list"],
            "What is in a folder.",
            &[optional("path", Kind::Text, "the folder").or(Default::Text("."))],
            Class::Value,
            "a sorted list of names",
            |world, arguments| Box::pin(blocking(world, arguments, look::list)),
        ),
        reading(
            "glob",
            &[],
            "The files and folders that match a pattern such as `src/**/*.lua`.",
            &[required("pattern", Kind::Text, "`*`, `?`, `[…]`, `{a,b}` and `**`")],
            Class::Value,
            "a sorted list of paths",
            |world, arguments| Box::pin(blocking(world, arguments, glob::glob)),
        ),
        reading(
            "stat",
            &[],
            "What is known about a path, links not followed.",
            &[PATH],
            Class::Value,
            "{type, size, mode, modified, uid, gid}",
            |world, arguments| Box::pin(blocking(world, arguments, look::stat)),
        ),
        reading(
            "size",
            &[],
            "The size of a file.",
            &[PATH],
            Class::Value,
            "bytes",
            |world, arguments| Box::pin(blocking(world, arguments, look::size)),
        ),
        reading(
            "abspath",
            &[],
            "The absolute form of a path.",
            &[PATH],
            Class::Value,
            "a path",
            |world, arguments| Box::pin(blocking(world, arguments, path::absolute)),
        ),
        reading(
            "tmpname",
            &[],
            "A path in the folder for temporary files at which nothing is.",
            &[optional("prefix", Kind::Text, "how its name begins").or(Default::Text("sloth-"))],
            Class::Value,
            "a path",
            |world, arguments| Box::pin(blocking(world, arguments, path::temporary)),
        ),
        pure(
            "join",
            "Joins parts of a path.",
            &[optional("parts", Kind::Text, "the parts; an absolute one begins anew").rest()],
            path::join,
        ),
        pure("basename", "The last part of a path.", &[PATH], path::base),
        pure("dirname", "A path without its last part.", &[PATH], path::parent),
    ],
    constants: &[],
    call: None,
    later: &["chmod", "chown", "symlink", "sync", "template", "touch"],
};

const CHANGE: Class = Class::Change { idempotent: true };
const PATH: Parameter = required("path", Kind::Text, "the path");
const CONTENT: Parameter = required("content", Kind::Bytes, "the content");
const MODE: Parameter = named("mode", Kind::Text, "permissions in octal, such as \"0644\"");
const SOURCE: Parameter = required("source", Kind::Text, "what to take").also(&["src", "from"]);
const DESTINATION: Parameter =
    required("destination", Kind::Text, "where it goes").also(&["dest", "dst", "to"]);

type Asynchronous = fn(World, Arguments) -> BoxFuture<'static, Outcome>;

const fn reading(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    parameters: &'static [Parameter],
    class: Class,
    returns: &'static str,
    work: Asynchronous,
) -> Function {
    Function {
        name,
        aliases,
        doc,
        parameters,
        capability: Capability::FsRead,
        class,
        returns,
        work: Work::World(work),
    }
}

const fn writing(
    name: &'static str,
    aliases: &'static [&'static str],
    doc: &'static str,
    parameters: &'static [Parameter],
    class: Class,
    work: Asynchronous,
) -> Function {
    let returns = "Result {path}, message";
    Function {
        name,
        aliases,
        doc,
        parameters,
        capability: Capability::FsWrite,
        class,
        returns,
        work: Work::World(work),
    }
}

const fn pure(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: fn(Arguments) -> Outcome,
) -> Function {
    let (capability, class) = (Capability::Nothing, Class::Value);
    Function {
        name,
        aliases: &[],
        doc,
        parameters,
        capability,
        class,
        returns: "text",
        work: Work::Pure(work),
    }
}

/// Runs file work on a thread that may block; a cancelled attempt stops waiting for it.
async fn blocking(
    world: World,
    arguments: Arguments,
    work: fn(&World, Arguments) -> Outcome,
) -> Outcome {
    let done = tokio::task::spawn_blocking(move || work(&world, arguments)).await;
    done.unwrap_or_else(|error| {
        Err(Failure::new(Code::Unavailable, format!("file work ended early: {error}")))
    })
}

/// What the system said about a path.
fn failed(attempt: &str, path: &Path, error: &io::Error) -> Failure {
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
