use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use similar::TextDiff;
use stylua_lib::{Config, IndentType, LuaVersion, OutputVerification, format_code};
use web::wire::List;

use crate::error::{Error, io};
use crate::exit::Exit;
use crate::file;
use crate::next::After;
use crate::output::Output;
use crate::output::text::count;

/// Lay out workflow files
///
/// Comments stay, and so does what the file means. Prints the names of the files
/// that were changed.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth fmt                        every *.sloth file of this folder
  sloth fmt --check                change nothing; end with 10 where something would be
  sloth fmt --diff deploy.sloth    show what would be changed
  sloth fmt - < deploy.sloth       from standard input to standard output"
)]
pub struct Fmt {
    /// Files, folders with *.sloth files, or - for standard input; this folder unless given
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing; end with 10 if a file is laid out in another way
    #[arg(long)]
    check: bool,
    /// Change nothing; show what would be changed
    #[arg(long)]
    diff: bool,
    /// The same as -
    #[arg(long, hide = true, conflicts_with = "paths")]
    stdin: bool,
}

/// Characters of a line; longer ones are broken where that is possible.
const COLUMNS: usize = 80;
/// Lines around a change.
const CONTEXT: usize = 3;

/// A file and whether its layout was another.
#[derive(Debug, Serialize)]
struct Laid {
    file: String,
    changed: bool,
}

impl Fmt {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        if self.stdin || self.paths.iter().any(|path| path.to_str() == Some("-")) {
            out.raw(&laid_out(&file::read(Path::new("-"))?)?);
            return Ok(Exit::Done);
        }
        let mut all = Vec::new();
        for path in file::all(&self.paths)? {
            all.push(self.one(&path, out)?);
        }
        let changed = all.iter().filter(|file| file.changed).count();
        self.report(all, changed, out)?;
        Ok(if self.check && changed > 0 { Exit::Changes } else { Exit::Done })
    }

    fn one(&self, path: &Path, out: &Output) -> Result<Laid, Error> {
        let source = file::read(path)?;
        let text = laid_out(&source)?;
        let changed = text != source.text;
        if changed && self.diff {
            out.raw(&difference(&source, &text));
        }
        if changed && !self.check && !self.diff {
            replace(path, &text)?;
        }
        Ok(Laid { file: source.name, changed })
    }

    fn report(&self, all: Vec<Laid>, changed: usize, out: &Output) -> Result<(), Error> {
        let kept = all.len() - changed;
        let would = if self.check || self.diff { "to be changed" } else { "changed" };
        if !out.is_text() {
            out.page(&List { items: all, cursor: None, index: 0 });
        } else if !self.diff {
            let names = all.iter().filter(|file| file.changed).map(|file| file.file.as_str());
            names.for_each(|name| out.line(name));
        }
        out.note(&format!("{} {would}, {kept} as they should be", count(changed, "file")));
        out.next(&After::LaidOut { to_do: (self.check || self.diff) && changed > 0 });
        Ok(())
    }
}

/// The text as it should be.
pub fn laid_out(source: &dsl::Source) -> Result<String, Error> {
    let config = Config {
        syntax: LuaVersion::Lua54,
        column_width: COLUMNS,
        indent_type: IndentType::Spaces,
        indent_width: 2,
        ..Config::new()
    };
    let format = |text: &str| {
        format_code(text, config, None, OutputVerification::Full).map_err(|error| {
            Error::usage(format!("{} cannot be laid out: {error}", source.name))
                .hint(format!("sloth check {}", source.name))
        })
    };
    let text = format(&source.text)?;
    let joined = joined(&text);
    // Inside a string the same words are somebody's own.
    Ok(if joined != text && format(&joined)? == text { joined } else { text })
}

/// `workflow.define` on one line: it is one word to whoever reads it.
fn joined(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let ended = joined.trim_end().len();
        let parts =
            line.trim_start().starts_with(".define(") && joined[..ended].ends_with("workflow");
        if parts {
            joined.truncate(ended);
        }
        joined += if parts { line.trim_start() } else { line };
    }
    joined
}

fn difference(source: &dsl::Source, text: &str) -> String {
    let diff = TextDiff::from_lines(source.text.as_str(), text);
    let names = (format!("a/{}", source.name), format!("b/{}", source.name));
    diff.unified_diff().context_radius(CONTEXT).header(&names.0, &names.1).to_string()
}

/// Either the old text stays or the new one is there, whole.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| io(format!("write {}", path.display()), &error);
    let path = path.canonicalize().map_err(failed)?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    let beside = folder.join(format!(".fmt.{}", std::process::id()));
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        fs::rename(&beside, &path)
    });
    written.map_err(|error| {
        // What is left of it helps nobody.
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn source(text: &str) -> dsl::Source {
        dsl::Source { name: "w.sloth".into(), text: text.into() }
    }

    const CROOKED: &str =
        "-- first\nlocal a=task('a') :command( 'true' ) -- why\nworkflow.define( 'w' ):tasks{a}\n";

    #[test]
    fn comments_stay_and_a_second_time_changes_nothing() {
        let once = laid_out(&source(CROOKED)).unwrap();
        insta::assert_snapshot!(once, @r#"
        -- first
        local a = task("a"):command("true") -- why
        workflow.define("w"):tasks({ a })
        "#);
        assert_eq!(laid_out(&source(&once)).unwrap(), once);
    }

    #[test]
    fn a_chain_stays_a_chain() {
        let text = "workflow.define(\"w\")\n  :description(\"Long enough for a chain of lines\")\n  :version(\"1\")\n  \
                    :tasks({ a })\n  :build()\n";
        assert_eq!(laid_out(&source(text)).unwrap(), text);
        let text = "local text = [[\nworkflow\n  .define(1)]]\n";
        assert_eq!(laid_out(&source(text)).unwrap(), text);
    }

    #[test]
    fn what_is_no_lua_is_left_alone() {
        let error = laid_out(&source("local = 1\n")).unwrap_err();
        assert_eq!((error.exit, error.hint.as_deref()), (Exit::Usage, Some("sloth check w.sloth")));
    }

    #[test]
    fn a_difference_is_shown_line_by_line() {
        let text = laid_out(&source(CROOKED)).unwrap();
        insta::assert_snapshot!(difference(&source(CROOKED), &text), @r#"
        --- a/w.sloth
        +++ b/w.sloth
        @@ -1,3 +1,3 @@
         -- first
        -local a=task('a') :command( 'true' ) -- why
        -workflow.define( 'w' ):tasks{a}
        +local a = task("a"):command("true") -- why
        +workflow.define("w"):tasks({ a })
        "#);
    }

    #[test]
    fn a_file_keeps_its_mode_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.sloth");
        fs::write(&path, CROOKED).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        replace(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn templates_are_laid_out_as_they_should_be() {
        for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).unwrap() {
            let source = file::read(&file.unwrap().path()).unwrap();
            assert_eq!(laid_out(&source).unwrap(), source.text, "{}", source.name);
        }
    }
}
