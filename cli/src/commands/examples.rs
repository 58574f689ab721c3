//! Every help has examples, and every example can be typed.

use clap::{Command, CommandFactory, Parser};

use super::every;
use crate::args::Arguments;

/// Every command with its help, `sloth` itself included.
fn helps() -> Vec<(String, String)> {
    let mut sloth = Arguments::command();
    sloth.build();
    let mut helps = vec![("sloth".to_owned(), sloth.clone().render_long_help().to_string())];
    for name in every(&sloth) {
        let help = find(&mut sloth, &name).render_long_help().to_string();
        helps.push((format!("sloth {name}"), help));
    }
    helps
}

fn find<'a>(sloth: &'a mut Command, name: &str) -> &'a mut Command {
    name.split(' ').fold(sloth, |at, word| at.find_subcommand_mut(word).unwrap())
}

/// The lines of the examples that call the program.
fn examples(help: &str) -> Vec<String> {
    let Some((_, below)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let lines = below.lines().take_while(|line| line.starts_with("  "));
    lines.flat_map(|line| line.split(" | ")).filter_map(called).collect()
}

/// The call alone: without what its environment, its output and the remark are.
fn called(line: &str) -> Option<String> {
    let call = &line[line.find("sloth")?..];
    let before = line[..line.find("sloth")?].trim();
    // Only variables may stand before it.
    if !before.split_whitespace().all(|word| word.contains('=')) {
        return None;
    }
    let ends = ["  ", " > ", " < "].iter().filter_map(|end| call.find(end));
    Some(call[..ends.min().unwrap_or(call.len())].trim().to_owned())
}

/// As a shell splits it; quotes are all that is known here.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, ' ') => words.push(std::mem::take(&mut word)),
            (_, c) => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn every_help_has_an_example_that_can_be_typed() {
    for (name, help) in helps() {
        let examples = examples(&help);
        assert!(!examples.is_empty(), "`{name} --help` has no example:\n{help}");
        for example in examples {
            let parsed = Arguments::try_parse_from(words(&example));
            assert!(parsed.is_ok(), "`{name} --help`: {example}: {:?}", parsed.err());
        }
        assert!(help.contains(name.split(' ').next_back().unwrap_or_default()), "{name}");
    }
}

/// One of the examples is of the command itself.
#[test]
fn every_help_shows_its_own_command() {
    for (name, help) in helps() {
        let own = |example: &String| *example == name || example.starts_with(&format!("{name} "));
        assert!(examples(&help).iter().any(own), "`{name} --help` shows no `{name}`:\n{help}");
    }
}

/// The codes beyond 0, 1 and 2 that a command has for itself stand in its help.
#[test]
fn codes_of_their_own_are_told() {
    let helps = helps();
    let help = |name: &str| &helps.iter().find(|(known, _)| known == name).unwrap().1;
    for (name, codes) in [
        ("sloth", "sloth help exit-codes"),
        ("sloth run", "1 when"),
        ("sloth run", "8 when"),
        ("sloth run", "7 when"),
        ("sloth run", "10 when"),
        ("sloth plan", "10 when"),
        ("sloth run follow", "with 8 when"),
        ("sloth run cancel", "with 4 when"),
        ("sloth check", "with 1 when"),
        ("sloth fmt", "with 10 where"),
        ("sloth state lock", "with 4 when"),
        ("sloth state cas", "with 4 when"),
        ("sloth state set", "with 4 when"),
        ("sloth cluster status", "with 6 without"),
        ("sloth doctor", "with 1 when"),
        ("sloth db check", "with 70"),
    ] {
        assert!(
            help(name).contains(codes),
            "`{name} --help` does not say {codes:?}:\n{}",
            help(name)
        );
    }
}
