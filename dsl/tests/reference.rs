//! What people and editors are told comes from the registry and from nothing else.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::collections::BTreeSet;

use dsl::registry::{self, Found, lookup, suggest};

fn entry(name: &str) -> registry::reference::Entry {
    match lookup(name) {
        Some(Found::Entry(entry)) => entry,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn names_and_aliases_are_found() {
    assert_eq!(entry("fs.copy").signature, "fs.copy(source, destination, { … })");
    assert_eq!(entry("exec.command").name, "exec.run");
    assert_eq!(entry("fs.cp()").name, "fs.copy");
    assert_eq!(entry("task:timeout").short, "timeout");
    assert_eq!(entry("config.max_parallel_tasks").name, "config.max_parallel_tasks");
    assert_eq!(entry("this.workdir").signature, "this.workdir.get()");
    assert_eq!(entry("must").name, "must");
    assert!(matches!(lookup("fs"), Some(Found::Topic(topic)) if topic.entries.len() > 10));
    assert!(matches!(lookup("task"), Some(Found::Topic(topic)) if topic.find("command").is_some()));
    assert_eq!(lookup("fs.nothing"), None);
    assert_eq!(suggest("fs.cpoy").as_deref(), Some("fs.copy"));
}

#[test]
fn every_function_is_on_the_page_and_in_the_stubs() {
    let (page, stubs) = (registry::reference(), registry::stubs());
    for module in registry::modules() {
        for function in module.functions {
            let name = format!("{}.{}", module.name, function.name);
            assert!(page.contains(&format!("\n### {name}\n")), "{name}");
            assert!(stubs.contains(&format!("\nfunction {name}(")), "{name}");
        }
    }
}

#[test]
fn the_stubs_are_lua() {
    mlua::Lua::new().load(registry::stubs()).into_function().unwrap();
}

/// Without the tool that checks them wholly: no annotation names a type that nothing declares.
#[test]
fn the_stubs_name_no_unknown_type() {
    let stubs = registry::stubs();
    let mut known: BTreeSet<&str> =
        ["any", "boolean", "false", "fun", "function", "integer", "number", "string", "table", "T"]
            .into();
    known.extend(
        stubs.lines().filter_map(|line| line.strip_prefix("---@class ")?.split([' ', ':']).next()),
    );
    for line in stubs.lines() {
        let Some((_, rest)) = ["---@param ", "---@field ", "---@return "]
            .iter()
            .find_map(|tag| Some((tag, line.strip_prefix(tag)?)))
        else {
            continue;
        };
        let annotation = rest.split(" # ").next().unwrap();
        let kinds = match line.starts_with("---@return") {
            true => annotation.rsplit_once(' ').map_or(annotation, |(kinds, _)| kinds),
            false => annotation.split_once(' ').unwrap().1,
        };
        for (at, word) in words(kinds) {
            let is_name = kinds[at + word.len()..].trim_start_matches('?').starts_with(':');
            assert!(is_name || known.contains(word), "`{word}` in {line}");
        }
    }
}

/// Names with their places.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let split = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'));
    let words = split.map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word));
    words.filter(|(_, word)| word.starts_with(|c: char| c.is_alphabetic()))
}

/// What an editor with a Lua language server sees: the definitions, and a file that uses every function.
#[test]
#[ignore = "needs emmylua_check"]
fn emmylua_check_accepts_the_stubs_and_the_examples() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in registry::stub_files() {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let examples = registry::topics().into_iter().flat_map(|topic| topic.entries);
    let examples = examples.map(|entry| match entry.example.strip_prefix(':') {
        Some(method) => format!("{}(\"x\"):{method}\n", entry.name.split(':').next().unwrap()),
        None if entry.name.starts_with("config.") => {
            format!("workflow.define(\"w\", {{ config = {{ {} }} }})\n", entry.example)
        }
        None => format!("do\n  {}\nend\n", entry.example),
    });
    let head = "---@param this sloth.This\nlocal function command(this)\n";
    let file = format!("{head}{}end\nreturn command\n", examples.collect::<String>());
    std::fs::write(folder.path().join("examples.lua"), file).unwrap();
    // Examples speak of values that their file made before.
    let settings = r#"{ "diagnostics": { "disable": ["undefined-global"] } }"#;
    std::fs::write(folder.path().join(".emmyrc.json"), settings).unwrap();
    let checked = std::process::Command::new("emmylua_check")
        .args(["--warnings-as-errors", "--severity", "warn"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{said}\n{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn help_for_a_terminal() {
    insta::assert_snapshot!("function", lookup("fs.write").unwrap().text());
    insta::assert_snapshot!("method", lookup("task:retries").unwrap().text());
    insta::assert_snapshot!("module", lookup("event").unwrap().text());
}

#[test]
fn hover_for_an_editor() {
    insta::assert_snapshot!("hover", lookup("exec.sh").unwrap().markdown());
}
