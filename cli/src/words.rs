//! Words that people bring along from other tools, and what they are here.

/// What somebody who types one of `words` is after.
struct Word {
    words: &'static [&'static str],
    /// Whose words they are.
    tool: &'static str,
    /// What it is here, and the command.
    here: &'static str,
}

const fn word(tool: &'static str, words: &'static [&'static str], here: &'static str) -> Word {
    Word { words, tool, here }
}

const WORDS: &[Word] = &[
    word(
        "Ansible",
        &["playbook", "ansible-playbook", "play", "role", "runbook", "pull"],
        "a playbook is a workflow file: sloth run FILE.sloth",
    ),
    word(
        "Ansible",
        &["inventory", "hosts", "ansible-inventory"],
        "an inventory is the nodes that joined: sloth node list",
    ),
    word(
        "Ansible",
        &["ansible", "adhoc", "ad-hoc", "command", "shell", "console"],
        "one command on many nodes is a task with a string: sloth new NAME, then sloth run --on all",
    ),
    word(
        "Ansible",
        &["galaxy", "ansible-galaxy", "collection"],
        "what tasks can use is built in: sloth modules",
    ),
    word("Ansible", &["vault", "ansible-vault"], "secrets are kept by sloth secrets set NAME"),
    word("Ansible", &["facts", "setup", "gather"], "what is known of a node: sloth node show NAME"),
    word("Ansible", &["ansible-lint", "ansible-doc"], "sloth check, and sloth help MODULE"),
    word(
        "Salt",
        &["ping", "test.ping", "presence", "manage.status", "manage.up", "manage.down"],
        "who is there: sloth node list",
    ),
    word(
        "Salt",
        &["highstate", "state.apply", "state.highstate", "state.sls", "sls", "orchestrate"],
        "a state file is a workflow: sloth run FILE.sloth --on all",
    ),
    word(
        "Salt",
        &["cmd", "cmd.run", "salt", "salt-call", "salt-run"],
        "one command on many nodes is a task with a string: sloth new NAME, then sloth run --on all",
    ),
    word(
        "Salt",
        &["grains", "grains.items", "mine"],
        "labels choose nodes: sloth node label NAME K=V",
    ),
    word(
        "Salt",
        &["pillar", "pillar.items"],
        "values come with the run: sloth run -v values.yaml, or --var K=V",
    ),
    word(
        "Salt",
        &["minion", "salt-minion", "key", "salt-key", "accept"],
        "a machine joins with a token: sloth cluster token, then sloth node --join TOKEN",
    ),
    word("Salt", &["syndic", "proxy"], "every node is the same: sloth node"),
    word("Terraform", &["apply", "up", "deploy"], "to apply is to run: sloth run"),
    word("Terraform", &["destroy", "down", "taint"], "stacks are not there yet"),
    word("Terraform", &["init", "create", "scaffold"], "to begin: sloth new NAME"),
    word("Terraform", &["validate", "lint"], "sloth check"),
    word("Terraform", &["output", "outputs"], "what tasks returned: sloth run show"),
    word("Terraform", &["show"], "the last run: sloth run show"),
    word(
        "Terraform",
        &["workspace", "import", "provider", "providers", "force-unlock"],
        "stacks are not there yet",
    ),
    word(
        "make",
        &["all", "default", "target", "targets", "recipe", "recipes", "make", "just"],
        "targets are tasks: sloth lists those of this folder, sloth run -t TASK runs one",
    ),
    word(
        "just",
        &["choose", "summary", "evaluate", "dump"],
        "sloth lists the tasks of this folder",
    ),
    word(
        "docker",
        &["exec", "attach", "top", "stats", "kill", "stop"],
        "for a run: sloth run follow, sloth run logs, sloth run cancel",
    ),
    word(
        "kubectl",
        &["get", "describe", "jobs", "job", "nodes", "rollout", "drain", "scale"],
        "sloth run list, sloth run show ID, sloth node list, sloth node show NAME",
    ),
    word("Nomad", &["alloc", "eval", "server", "monitor"], "every node is the same: sloth node"),
    word(
        "git",
        &["log", "status"],
        "what ran: sloth run list; how the cluster is: sloth cluster status",
    ),
    word(
        "cron",
        &["cron", "crontab", "schedule", "schedules", "timer"],
        "schedules are not there yet",
    ),
    word(
        "sloth-runner",
        &[
            "stack",
            "stacks",
            "hook",
            "hooks",
            "scheduler",
            "group",
            "watcher",
            "watchers",
            "sysadmin",
            "ssh",
            "ui",
            "repl",
        ],
        "it is not there yet; sloth --help shows what is",
    ),
    word(
        "sloth-runner",
        &["master", "start", "join"],
        "there is no master, any node does: sloth node",
    ),
    word("sloth-runner", &["docs", "man"], "sloth help TOPIC"),
    word("sloth-runner", &["sloth"], "saved files: sloth workflow list"),
];

/// What to say to somebody who used a word of another tool.
pub fn explain(given: &str) -> Option<String> {
    let given = given.to_lowercase();
    let found = WORDS.iter().find(|entry| entry.words.contains(&given.as_str()))?;
    Some(format!("you may know it from {}: {}", found.tool, found.here))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Arguments;
    use clap::CommandFactory;
    use std::collections::BTreeSet;

    #[test]
    fn words_of_other_tools_lead_to_the_right_command() {
        let says = |word| explain(word).unwrap();
        insta::assert_snapshot!(
            ["playbook", "PING", "highstate", "apply", "all"].map(says).join("\n"), @r"
        you may know it from Ansible: a playbook is a workflow file: sloth run FILE.sloth
        you may know it from Salt: who is there: sloth node list
        you may know it from Salt: a state file is a workflow: sloth run FILE.sloth --on all
        you may know it from Terraform: to apply is to run: sloth run
        you may know it from make: targets are tasks: sloth lists those of this folder, sloth run -t TASK runs one
        ");
        assert_eq!(explain("fnord"), None);
    }

    #[test]
    fn a_word_is_explained_once_and_is_no_command() {
        let mut seen = BTreeSet::new();
        let sloth = Arguments::command();
        for word in WORDS.iter().flat_map(|entry| entry.words) {
            assert!(seen.insert(word), "{word} stands there twice");
            let is_command = sloth.find_subcommand(word).is_some();
            assert!(!is_command, "{word} is a command: its entry is never seen");
        }
    }

    /// Every `sloth …` in an explanation is a command that is there, with flags that it has.
    #[test]
    fn what_is_recommended_can_be_typed() {
        let mut sloth = Arguments::command();
        sloth.build();
        for entry in WORDS {
            for command in format!(" {}", entry.here).split(" sloth ").skip(1) {
                let mut at = &sloth;
                for word in command.split([' ', ',', ';']).filter(|word| !word.is_empty()) {
                    match at.find_subcommand(word) {
                        Some(found) => at = found,
                        None => break,
                    }
                }
                let flags = command.split([' ', ',', ';']).filter(|word| word.starts_with('-'));
                for flag in flags {
                    let known = at.get_arguments().any(|argument| {
                        argument.get_long().is_some_and(|long| flag == format!("--{long}"))
                            || argument.get_short().is_some_and(|short| flag == format!("-{short}"))
                    });
                    assert!(known || flag == "--help", "`sloth {command}`: no flag {flag}");
                }
                let named = command.split([' ', ',', ';', ':']).next().unwrap_or_default();
                let is_word = named.chars().all(|c| c.is_ascii_lowercase()) && !named.is_empty();
                let says_list = named == "lists";
                assert!(
                    !is_word || says_list || at.get_name() != "sloth",
                    "`sloth {command}`: no such command"
                );
            }
        }
    }
}
