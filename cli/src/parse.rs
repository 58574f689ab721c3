//! The command line, read; what cannot be read is answered with what was probably meant.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use config::suggest::nearest;

use crate::args::Arguments;
use crate::commands::Here;
use crate::error::Error;
use crate::output::{Choice, Format, Output};
use crate::words;

/// What was asked for; the exit code where that has been answered already.
pub fn arguments() -> Result<Arguments, ExitCode> {
    let given: Vec<OsString> = std::env::args_os().collect();
    Arguments::try_parse_from(&given).map_err(|error| answer(&error, &given))
}

/// Prints help, or why the line makes no sense.
fn answer(error: &clap::Error, given: &[OsString]) -> ExitCode {
    let in_words = error.kind() == ErrorKind::InvalidSubcommand;
    let as_json = error.use_stderr() && wants_json(given);
    if !in_words && !as_json {
        // Where nobody reads, nothing can be said.
        let _ = error.print();
        return u8::try_from(error.exit_code()).unwrap_or(2).into();
    }
    let refusal = if in_words { unknown_command(error) } else { Error::usage(sentence(error)) };
    let exit = refusal.exit;
    Output::new(Format::Table, false, Choice::Auto).with_json_errors(as_json).fail(&refusal);
    exit.into()
}

fn unknown_command(error: &clap::Error) -> Error {
    let word = text(error, ContextKind::InvalidSubcommand);
    let path = path(&text(error, ContextKind::Usage));
    let refusal = Error::usage(format!("`{path}` has no command `{word}`"));
    let near = suggestion(error).or_else(|| nearest_command(&path, &word));
    let near = near.map(|near| format!("did you mean `{path} {near}`?"));
    let hint = match path.as_str() {
        "sloth" => meant_at_top(&word).or(near),
        _ => near,
    };
    refusal.hint(hint.unwrap_or_else(|| format!("{path} --help")))
}

/// A task or a file of this folder, or a word of another tool.
fn meant_at_top(word: &str) -> Option<String> {
    if Path::new(word).is_file() {
        return Some(format!("to run a file: sloth run {word}"));
    }
    let task = Here::look(Path::new(".")).ok().flatten().and_then(|here| here.running(word));
    task.map(|command| format!("`{word}` is a task here: {command}"))
        .or_else(|| words::explain(word))
}

fn suggestion(error: &clap::Error) -> Option<String> {
    match error.get(ContextKind::SuggestedSubcommand)? {
        ContextValue::Strings(near) => near.last().cloned(),
        ContextValue::String(near) => Some(near.clone()),
        _ => None,
    }
}

/// For what clap does not find similar enough, as with two letters swapped.
fn nearest_command(path: &str, word: &str) -> Option<String> {
    let mut at = &Arguments::command();
    for name in path.split(' ').skip(1) {
        at = at.find_subcommand(name)?;
    }
    let commands = at.get_subcommands().filter(|command| !command.is_hide_set());
    nearest(word, commands.map(clap::Command::get_name)).map(str::to_owned)
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        _ => String::new(),
    }
}

/// `sloth state` of `Usage: sloth state [OPTIONS] <COMMAND>`.
fn path(usage: &str) -> String {
    let words = usage.split_whitespace().skip_while(|word| word.ends_with(':'));
    let words: Vec<&str> = words.take_while(|word| !word.starts_with(['[', '<', '-'])).collect();
    if words.is_empty() { "sloth".to_owned() } else { words.join(" ") }
}

/// The first paragraph of what clap says, without its label.
fn sentence(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default().trim();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    first.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a line that could not be read asked for JSON.
fn wants_json(given: &[OsString]) -> bool {
    let words: Vec<&str> = given.iter().filter_map(|word| word.to_str()).collect();
    let own = words.iter().take_while(|word| **word != "--");
    let value = |(index, word): (usize, &&str)| {
        let next = || words.get(index + 1).copied();
        match *word {
            "-o" | "--output" => next().map(str::to_owned),
            word => word
                .strip_prefix("--output=")
                .or_else(|| word.strip_prefix("-o"))
                .map(str::to_owned),
        }
    };
    let flag = own.clone().enumerate().filter_map(value).last();
    let format = flag.or_else(|| std::env::var("SLOTH_OUTPUT").ok()).unwrap_or_default();
    own.clone().any(|word| *word == "--json-errors")
        || matches!(format.as_str(), "json" | "jsonl" | "yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(line: &str) -> clap::Error {
        Arguments::try_parse_from(line.split_whitespace()).unwrap_err()
    }

    #[test]
    fn an_unknown_command_is_answered_with_the_nearest_or_the_word_of_another_tool() {
        let says = |line: &str| {
            let error = unknown_command(&refusal(line));
            format!("{}\n  {}", error.message, error.hint.unwrap_or_default())
        };
        let lines = ["sloth chekc", "sloth state gte k", "sloth playbook x.yml", "sloth fnord"];
        insta::assert_snapshot!(lines.map(says).join("\n"), @r"
        `sloth` has no command `chekc`
          did you mean `sloth check`?
        `sloth state` has no command `gte`
          did you mean `sloth state get`?
        `sloth` has no command `playbook`
          you may know it from Ansible: a playbook is a workflow file: sloth run FILE.sloth
        `sloth` has no command `fnord`
          sloth --help
        ");
    }

    #[test]
    fn what_clap_says_becomes_one_sentence_for_programs() {
        let sentence = sentence(&refusal("sloth version --fnord"));
        assert_eq!(sentence, "unexpected argument '--fnord' found");
    }

    #[test]
    fn json_is_wanted_where_the_line_says_so() {
        let wants = |line: &str| {
            let given: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            wants_json(&given)
        };
        for line in ["sloth -o json x", "sloth x --output=jsonl", "sloth -oyaml", "s --json-errors"]
        {
            assert!(wants(line), "{line}");
        }
        for line in ["sloth x", "sloth x -o table", "sloth x -- -o json", "sloth -o"] {
            assert!(!wants(line), "{line}");
        }
    }
}
