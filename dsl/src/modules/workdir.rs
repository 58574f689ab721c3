use super::fs::{self, at, changes, failed, looks};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Access, Default, Kind, Parameter, optional, required};
use crate::registry::plan::Plan;
use crate::registry::{Arguments, Module, World};

pub const MODULE: Module = Module {
    name: "workdir",
    aliases: &[],
    doc: "The folder the task works in; `this.workdir` is the same for the running task.",
    functions: &[
        function("get", "The folder.", &[], Capability::Nothing, Class::Value, looks!(get))
            .gives("string", "a path")
            .example("local folder = workdir.get()"),
        Function {
            parameters: &[ANY],
            example: "local there = workdir.exists(\"build\")",
            ..fs::EXISTS
        },
        change("create", "Makes a folder and those above it.", &[FOLDER], changes!(create))
            .example("workdir.create(\"build\")"),
        change(
            "cleanup",
            "Removes what is in a folder, and keeps the folder.",
            &[CLEANED],
            changes!(cleanup),
        )
        .example("workdir.cleanup(\"build\")"),
    ],
    constants: &[],
    call: None,
    later: &[],
};

const ANY: Parameter =
    optional("path", Kind::Path(Access::Read), "a path in it").or(Default::Text("."));
const FOLDER: Parameter = required("path", Kind::Path(Access::Write), "the folder");
const CLEANED: Parameter =
    optional("path", Kind::Path(Access::Write), "the folder").or(Default::Text("."));

const fn change(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    let class = Class::Change { idempotent: true };
    function(name, doc, parameters, Capability::FsWrite, class, work)
        .returns("Result {path}, message")
}

fn get(world: &World, _: Arguments) -> Outcome {
    Answer::value(world.context.workdir.to_string_lossy().into_owned())
}

fn create(world: &World, arguments: Arguments) -> Result<Plan, Failure> {
    fs::write::mkdir(world, arguments)
}

fn cleanup(world: &World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let path = std::fs::canonicalize(&path).map_err(|error| failed("clean", &path, &error))?;
    if path.parent().is_none() {
        let message = format!("{} is the root of the file system", path.display());
        return Err(Failure::raised(Code::Invalid, message));
    }
    let inside = std::fs::read_dir(&path).map_err(|error| failed("clean", &path, &error))?;
    let inside: Vec<_> = inside.flatten().map(|entry| entry.path()).collect();
    if inside.is_empty() {
        return Ok(at(&path).kept("is empty"));
    }
    Ok(at(&path).blocking("emptied", move || {
        inside.iter().try_for_each(|entry| {
            let folder = std::fs::symlink_metadata(entry).is_ok_and(|metadata| metadata.is_dir());
            let removed =
                if folder { std::fs::remove_dir_all(entry) } else { std::fs::remove_file(entry) };
            removed.map_err(|error| failed("remove", entry, &error))
        })
    }))
}
