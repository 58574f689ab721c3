//! Managed edits of files: a pure function makes the new text, one place compares and replaces.

mod archive;
mod attributes;
mod block;
mod copy;
mod fresh;
mod line;
mod managed;
mod place;
mod replace;
mod stat;
mod template;
mod unpack;

use super::fs::{self, changes, looks};
use crate::registry::Module;
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::parameter::{Access, Default, Kind, Parameter, named, optional, required};

pub const MODULE: Module = Module {
    name: "file_ops",
    aliases: &["file"],
    doc: "Managed edits of files: each compares first, replaces the file whole, and can keep a backup.",
    functions: &[
        change(
            "lineinfile",
            "Sees to it that a line is in a file, or is not. Lines that match `regexp` become the line.",
            &[
                PATH,
                optional("line", Kind::Text, "the line").also(&["text"]),
                optional("regexp", Kind::Text, "which lines are meant").also(&["pattern"]),
                STATE,
                INSERT_AFTER,
                INSERT_BEFORE,
                CREATE,
                MODE,
                OWNER,
                GROUP,
                BACKUP,
                VALIDATE,
            ],
            Work::Change(|world, arguments| Box::pin(line::edit(world, arguments))),
        )
        .also(&["line_in_file"])
        .example("file_ops.lineinfile({ path = \"app.conf\", line = \"port = 80\", regexp = \"^port\" })"),
        change(
            "blockinfile",
            "Sees to it that lines stand between two markers in a file, or that neither is there.",
            &[
                PATH,
                optional("block", Kind::Text, "the lines").also(&["content", "text"]),
                STATE,
                named("marker_begin", Kind::Text, "the line before them")
                    .or(Default::Text("# BEGIN MANAGED BLOCK")),
                named("marker_end", Kind::Text, "the line after them")
                    .or(Default::Text("# END MANAGED BLOCK")),
                INSERT_AFTER,
                INSERT_BEFORE,
                CREATE,
                MODE,
                OWNER,
                GROUP,
                BACKUP,
                VALIDATE,
            ],
            Work::Change(|world, arguments| Box::pin(block::edit(world, arguments))),
        )
        .also(&["block_in_file"])
        .example("file_ops.blockinfile({ path = \"/etc/hosts\", block = \"10.0.0.1 db\" })"),
        change(
            "replace",
            "Replaces whatever matches a regular expression in a file; `$1` is its first group.",
            &[
                PATH,
                required("pattern", Kind::Text, "a regular expression").also(&["regexp"]),
                required("replacement", Kind::Text, "what comes in its place").also(&["replace"]),
                MODE,
                OWNER,
                GROUP,
                BACKUP,
                VALIDATE,
            ],
            Work::Change(|world, arguments| Box::pin(replace::edit(world, arguments))),
        )
        .example("file_ops.replace(\"app.conf\", \"debug = \\\\w+\", \"debug = false\")"),
        change(
            "copy",
            "Makes one file hold what another one holds; into the destination when that is a folder.",
            &[SOURCE, DESTINATION, MODE, OWNER, GROUP, BACKUP, VALIDATE],
            Work::Change(|world, arguments| Box::pin(copy::copy(world, arguments))),
        )
        .returns("Result {src, dest, size, diff}, message")
        .example("file_ops.copy(\"app.conf\", \"/etc/app.conf\", { mode = \"0644\" })"),
        change(
            "fetch",
            "Brings a file here from the node the task runs on, which is this one: a copy.",
            &[SOURCE, DESTINATION, MODE, OWNER, GROUP, BACKUP],
            Work::Change(|world, arguments| Box::pin(copy::copy(world, arguments))),
        )
        .returns("Result {src, dest, size, diff}, message")
        .example("file_ops.fetch(\"/var/log/app.log\", \"logs/app.log\")"),
        change(
            "template",
            "Fills in a template file, in the notation of Go templates such as `{{ .name }}`.",
            &[
                SOURCE,
                DESTINATION,
                optional("vars", Kind::Object, "the values to fill in").also(&["variables"]),
                MODE,
                OWNER,
                GROUP,
                BACKUP,
                VALIDATE,
            ],
            Work::Change(|world, arguments| Box::pin(template::fill(world, arguments))),
        )
        .returns("Result {src, dest, size, diff}, message")
        .example("file_ops.template(\"app.conf.tmpl\", \"/etc/app.conf\", { port = 80 })"),
        change(
            "unarchive",
            "Unpacks a zip, tar, tar.gz or tgz file into a folder; what is there already is kept.",
            &[
                SOURCE,
                required("dest", Kind::Path(Access::Write), "the folder, made when it is missing")
                    .also(&["destination", "to"]),
            ],
            changes!(unpack::unpack),
        )
        .returns("Result {src, dest, files}, message")
        .example("file_ops.unarchive(\"app.tar.gz\", \"/srv/app\")"),
        change(
            "mkdir",
            "Makes a folder and those above it, with permissions and owner.",
            &[PATH, Parameter { positional: true, ..MODE }, OWNER, GROUP],
            changes!(attributes::mkdir),
        )
        .example("file_ops.mkdir({ path = \"/srv/app\", mode = \"0755\" })"),
        change(
            "set_attributes",
            "Sets permissions, owner and group of what is there.",
            &[PATH, MODE, OWNER, GROUP],
            changes!(attributes::set),
        )
        .example("file_ops.set_attributes({ path = \"run.sh\", mode = \"0755\" })"),
        look(
            "stat",
            "What is known about a path, links followed.",
            &[READ],
            looks!(stat::stat),
        )
        .gives(
            "{ exists: boolean, path: string?, size: integer?, mode: string?, is_dir: boolean?, is_file: boolean?, mtime: integer?, checksum: string?, uid: integer?, gid: integer? }",
            "{exists, path, size, mode, is_dir, is_file, mtime, checksum, uid, gid}; only `exists` when nothing is there",
        )
        .example("if not file_ops.stat(\"app.conf\").exists then return false end"),
        look("hash", "The SHA-256 of a file.", &[READ], looks!(stat::hash))
            .also(&["checksum"])
            .gives("string", "hexadecimal text")
            .example("local sum = file_ops.hash(\"app.tar\")"),
        Function { example: "local text = file_ops.read(\"app.conf\")", ..fs::READ },
        Function { example: "file_ops.write(\"motd\", \"hello\\n\")", ..fs::WRITE },
        Function { name: "create", example: "file_ops.create(\"empty\")", ..fs::TOUCH },
        Function { name: "remove", aliases: &["rm"], example: "file_ops.remove(\"old.log\")", ..fs::RM },
        Function { example: "local there = file_ops.exists(\"app.conf\")", ..fs::EXISTS },
        Function { example: "file_ops.chmod(\"run.sh\", \"0755\")", ..fs::CHMOD },
        Function { example: "file_ops.chown(\"/srv/app\", \"www-data\")", ..fs::CHOWN },
    ],
    constants: &[],
    call: None,
    later: &[],
};

const PATH: Parameter = required("path", Kind::Path(Access::Write), "the file").also(&["dest"]);
const READ: Parameter = required("path", Kind::Path(Access::Read), "the file");
const SOURCE: Parameter =
    required("src", Kind::Path(Access::Read), "what to take").also(&["source", "from"]);
const DESTINATION: Parameter =
    required("dest", Kind::Path(Access::Write), "where it goes").also(&["destination", "to"]);
const STATE: Parameter =
    named("state", Kind::Text, "`present` or `absent`").or(Default::Text("present"));
const INSERT_AFTER: Parameter = named(
    "insertafter",
    Kind::Text,
    "a new one goes after the last line that matches this, or `EOF`",
)
.also(&["insert_after"]);
const INSERT_BEFORE: Parameter = named(
    "insertbefore",
    Kind::Text,
    "a new one goes before the first line that matches this, or `BOF`",
)
.also(&["insert_before"]);
const CREATE: Parameter =
    named("create", Kind::Boolean, "whether a missing file is made").or(Default::Boolean(true));
const MODE: Parameter = named("mode", Kind::Text, "permissions in octal, such as \"0644\"");
const OWNER: Parameter = named("owner", Kind::Text, "whose it is, a name or a number");
const GROUP: Parameter = named("group", Kind::Text, "its group, a name or a number");
const BACKUP: Parameter =
    named("backup", Kind::Boolean, "keep what was there beside it, under a name with the time")
        .or(Default::Boolean(false));
const VALIDATE: Parameter = named(
    "validate",
    Kind::Text,
    "a line that must succeed before the file is replaced; `%s` is the new file",
);

const fn change(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    let class = Class::Change { idempotent: true };
    function(name, doc, parameters, Capability::FsWrite, class, work)
        .returns("Result {path, diff}, message")
}

const fn look(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: Work,
) -> Function {
    function(name, doc, parameters, Capability::FsRead, Class::Value, work)
}
