//! All commands there are, for tests that hold for each.

use std::collections::BTreeSet;

use clap::Command;

/// The names of all that can be typed and does something: `run`, `run list`, ….
pub fn every(sloth: &Command) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    add(sloth, "", &mut names);
    names
}

fn add(command: &Command, above: &str, names: &mut BTreeSet<String>) {
    // Below the top, `help` is made by the parser.
    let shown = |it: &&Command| !it.is_hide_set() && (above.is_empty() || it.get_name() != "help");
    for below in command.get_subcommands().filter(shown) {
        let name = format!("{above}{}", below.get_name());
        if !below.is_subcommand_required_set() {
            names.insert(name.clone());
        }
        add(below, &format!("{name} "), names);
    }
}
