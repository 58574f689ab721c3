//! What people and editors are told comes from the registry and from nothing else.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

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
