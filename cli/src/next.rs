//! The one command that a person may want after each.

use web::wire::{Run, Status};

use crate::output::text::quoted;

/// What a command did, as far as that decides what may come next.
pub enum After<'a> {
    /// A run has come to its end; `again` is the command that runs the same once more.
    Ended {
        run: &'a Run,
        again: &'a str,
    },
    /// A run goes on by itself.
    Left {
        run: &'a str,
    },
    /// A plan was shown, and nothing was run.
    Planned {
        again: &'a str,
    },
    /// Runs were listed: the newest of them, and where the page after begins.
    Runs {
        newest: Option<&'a str>,
        cursor: Option<&'a str>,
    },
    Shown {
        run: &'a Run,
        why: bool,
    },
    Logs {
        run: &'a str,
    },
    Cancelling {
        run: &'a str,
    },
    /// Somebody's word about a task was taken.
    Answered {
        run: &'a str,
    },
    RunsCounted,
    RunsForgotten,
    /// Files were checked without a fault; the file, if it was one.
    Checked {
        file: Option<&'a str>,
    },
    Drawn {
        file: Option<&'a str>,
    },
    LaidOut {
        to_do: bool,
    },
    Begun {
        file: &'a str,
    },
    Templates,
    Saved {
        workflow: &'a str,
    },
    Workflows {
        first: Option<&'a str>,
    },
    /// Shown or looked for by name or file.
    WorkflowShown {
        again: &'a str,
    },
    WorkflowDeleted,
    KeySet {
        key: &'a str,
        namespace: &'a str,
    },
    KeyRead {
        key: &'a str,
        namespace: &'a str,
    },
    KeyShown {
        key: &'a str,
        namespace: &'a str,
    },
    KeysDeleted {
        namespace: &'a str,
    },
    Keys {
        first: Option<&'a str>,
        namespace: &'a str,
    },
    Namespaces {
        first: Option<&'a str>,
    },
    Locked {
        name: &'a str,
        token: u64,
    },
    Unlocked,
    Locks {
        first: Option<&'a str>,
    },
    Secrets {
        first: Option<&'a str>,
    },
    SecretsChanged,
    Nodes {
        other: Option<&'a str>,
    },
    NodeShown {
        name: &'a str,
    },
    NodeLabelled {
        name: &'a str,
    },
    NodesChanged,
    Cluster,
    Tokens {
        first: Option<&'a str>,
    },
    TokenRevoked,
    Events {
        newest: u64,
    },
    Modules,
    Functions {
        first: Option<&'a str>,
    },
    Healthy,
    Sound,
}

impl After<'_> {
    /// A line that can be typed as it is, but for words in capitals.
    pub fn command(&self) -> String {
        match *self {
            After::Ended { run, again } => ended(run, again),
            After::Planned { again } | After::WorkflowShown { again } => again.to_owned(),
            After::Left { run } | After::Cancelling { run } | After::Answered { run } => {
                format!("sloth run follow {run}")
            }
            After::Runs { cursor: Some(cursor), .. } => format!("sloth run list --cursor {cursor}"),
            After::Runs { newest: Some(run), .. } | After::Logs { run } => {
                format!("sloth run show {run}")
            }
            After::Runs { newest: None, .. } | After::Healthy => "sloth run".to_owned(),
            After::Shown { run, why } => shown(run, why),
            After::RunsCounted | After::RunsForgotten => "sloth run list".to_owned(),
            After::Checked { file } | After::Drawn { file } => with("sloth plan", file),
            After::LaidOut { to_do: true } => "sloth fmt".to_owned(),
            After::LaidOut { to_do: false } => "sloth check".to_owned(),
            After::Begun { file } => with("sloth run", Some(file)),
            After::Templates => "sloth new NAME --template basic".to_owned(),
            After::Saved { workflow } => with("sloth run --saved", Some(workflow)),
            After::Workflows { first: Some(first) } => with("sloth workflow show", Some(first)),
            After::Workflows { first: None } => "sloth new NAME".to_owned(),
            After::WorkflowDeleted => "sloth workflow list".to_owned(),
            After::KeySet { key, namespace } => of_key("get", key, namespace),
            After::KeyRead { key, namespace } => of_key("show", key, namespace),
            After::KeyShown { key, namespace } => of_key("watch", key, namespace),
            After::KeysDeleted { namespace } => in_namespace("sloth state list".into(), namespace),
            After::Keys { first: Some(first), namespace } => of_key("get", first, namespace),
            After::Keys { first: None, namespace } => {
                in_namespace("sloth state set KEY VALUE".into(), namespace)
            }
            After::Namespaces { first } => {
                in_namespace("sloth state list".into(), first.unwrap_or("default"))
            }
            After::Locked { name, token } => {
                format!("sloth state unlock {} --token {token}", quoted(name))
            }
            After::Unlocked => "sloth state locks".to_owned(),
            After::Locks { first: Some(name) } => {
                format!("sloth state lock {} --wait 5m -- COMMAND", quoted(name))
            }
            After::Locks { first: None } => "sloth state lock NAME -- COMMAND".to_owned(),
            After::Secrets { first: Some(first) } => with("sloth secrets get", Some(first)),
            After::Secrets { first: None } => "sloth secrets set NAME".to_owned(),
            After::SecretsChanged => "sloth secrets list".to_owned(),
            After::Nodes { other: Some(name) } | After::NodeLabelled { name } => {
                with("sloth node show", Some(name))
            }
            After::Nodes { other: None } | After::TokenRevoked => "sloth cluster token".to_owned(),
            After::NodeShown { name } => format!("sloth run --on {}", quoted(name)),
            After::NodesChanged | After::Cluster => "sloth node list".to_owned(),
            After::Tokens { first: Some(id) } => format!("sloth cluster token revoke {id}"),
            After::Tokens { first: None } => "sloth cluster token".to_owned(),
            After::Events { newest } => format!("sloth events watch --from {newest}"),
            After::Modules => "sloth modules show NAME".to_owned(),
            After::Functions { first } => with("sloth help", first.or(Some("topics"))),
            After::Sound => "sloth doctor".to_owned(),
        }
    }
}

fn ended(run: &Run, again: &str) -> String {
    let id = &run.summary.id;
    match run.summary.status {
        Status::Succeeded if run.check => again.to_owned(),
        Status::Succeeded => "sloth run show".to_owned(),
        Status::Cancelled => format!("sloth run rerun {id}"),
        _ => format!("sloth run rerun {id} --failed"),
    }
}

fn shown(run: &Run, why: bool) -> String {
    let (id, status) = (&run.summary.id, run.summary.status);
    match status {
        _ if run.summary.interrupted => format!("sloth run --resume {id}"),
        status if !status.is_final() => format!("sloth run follow {id}"),
        status if !status.is_bad() => format!("sloth run logs {id}"),
        _ if why => format!("sloth run rerun {id} --failed"),
        _ => format!("sloth run show {id} --why"),
    }
}

fn with(command: &str, word: Option<&str>) -> String {
    match word {
        Some(word) => format!("{command} {}", quoted(word)),
        None => command.to_owned(),
    }
}

fn of_key(verb: &str, key: &str, namespace: &str) -> String {
    in_namespace(format!("sloth state {verb} {}", quoted(key)), namespace)
}

fn in_namespace(command: String, namespace: &str) -> String {
    match namespace {
        "default" => command,
        other => format!("{command} -n {}", quoted(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Arguments;
    use crate::test_runs::{diamond, failed, hello};
    use clap::{CommandFactory, Parser};
    use std::collections::BTreeSet;

    /// Commands after which nothing is recommended, and why.
    const SILENT: [(&str, &str); 14] = [
        ("completion", "its output is read by a shell"),
        ("lsp", "it talks to an editor"),
        ("version", "somebody wanted to know"),
        ("help", "it recommends by itself"),
        ("modules reference", "its output is a file"),
        ("modules stubs", "its output is a file"),
        ("modules show", "it recommends by itself"),
        ("node start", "it says itself how the next machine joins"),
        ("node", "the same"),
        ("cluster token", "what comes next is on another machine, and it says so"),
        ("secrets get", "the screen shows what nobody should see"),
        ("state watch", "it ends when nobody wants it any more"),
        ("events watch", "the same"),
        ("node leave", "what comes next is on another machine"),
    ];

    /// What comes after each command, in the cases it distinguishes.
    fn table() -> Vec<(&'static str, Vec<(String, &'static str)>)> {
        let (good, bad, open) = (hello(), failed(), diamond());
        let (mut checked, mut cancelled, mut timed_out, mut interrupted) =
            (good.clone(), good.clone(), good.clone(), open.clone());
        checked.check = true;
        cancelled.summary.status = Status::Cancelled;
        timed_out.summary.status = Status::TimedOut;
        interrupted.summary.interrupted = true;
        let again = "sloth run ci.sloth";
        let ended = |run: &Run| After::Ended { run, again }.command();
        let shown = |run: &Run, why| After::Shown { run, why }.command();
        let one = |after: After<'_>, told| vec![(after.command(), told)];
        let run = "R1";
        let of_runs = || {
            vec![
                (ended(&good), "sloth run show"),
                (ended(&checked), again),
                (ended(&cancelled), "sloth run rerun 01K0000000000000000000000H"),
                (ended(&timed_out), "sloth run rerun 01K0000000000000000000000H --failed"),
                (ended(&bad), "sloth run rerun 01K0000000000000000000000F --failed"),
                (After::Left { run }.command(), "sloth run follow R1"),
                (After::Planned { again }.command(), again),
            ]
        };
        let key = "a b";
        let (namespace, other) = ("default", "team");
        vec![
            ("run", of_runs()),
            ("plan", of_runs()),
            ("run rerun", of_runs()),
            ("run follow", of_runs()),
            (
                "run list",
                vec![
                    (
                        After::Runs { newest: Some(run), cursor: Some("c") }.command(),
                        "sloth run list --cursor c",
                    ),
                    (
                        After::Runs { newest: Some(run), cursor: None }.command(),
                        "sloth run show R1",
                    ),
                    (After::Runs { newest: None, cursor: None }.command(), "sloth run"),
                ],
            ),
            (
                "run show",
                vec![
                    (shown(&good, false), "sloth run logs 01K0000000000000000000000H"),
                    (shown(&bad, false), "sloth run show 01K0000000000000000000000F --why"),
                    (shown(&bad, true), "sloth run rerun 01K0000000000000000000000F --failed"),
                    (shown(&open, true), "sloth run follow 01K0000000000000000000000D"),
                    (shown(&interrupted, true), "sloth run --resume 01K0000000000000000000000D"),
                ],
            ),
            ("run logs", one(After::Logs { run }, "sloth run show R1")),
            ("run cancel", one(After::Cancelling { run }, "sloth run follow R1")),
            ("run approve", one(After::Answered { run }, "sloth run follow R1")),
            ("run reject", one(After::Answered { run }, "sloth run follow R1")),
            ("run stats", one(After::RunsCounted, "sloth run list")),
            ("run prune", one(After::RunsForgotten, "sloth run list")),
            ("check", one(After::Checked { file: Some("a.sloth") }, "sloth plan a.sloth")),
            ("graph", one(After::Drawn { file: None }, "sloth plan")),
            (
                "fmt",
                vec![
                    (After::LaidOut { to_do: true }.command(), "sloth fmt"),
                    (After::LaidOut { to_do: false }.command(), "sloth check"),
                ],
            ),
            (
                "new",
                vec![
                    (After::Begun { file: "a b.sloth" }.command(), "sloth run 'a b.sloth'"),
                    (After::Templates.command(), "sloth new NAME --template basic"),
                ],
            ),
            ("workflow save", one(After::Saved { workflow: "ci" }, "sloth run --saved ci")),
            (
                "workflow list",
                vec![
                    (After::Workflows { first: Some("ci") }.command(), "sloth workflow show ci"),
                    (After::Workflows { first: None }.command(), "sloth new NAME"),
                ],
            ),
            ("workflow show", one(After::WorkflowShown { again }, again)),
            ("workflow delete", one(After::WorkflowDeleted, "sloth workflow list")),
            ("state set", one(After::KeySet { key, namespace }, "sloth state get 'a b'")),
            (
                "state cas",
                one(After::KeySet { key, namespace: other }, "sloth state get 'a b' -n team"),
            ),
            ("state incr", one(After::KeySet { key, namespace }, "sloth state get 'a b'")),
            ("state get", one(After::KeyRead { key, namespace }, "sloth state show 'a b'")),
            ("state show", one(After::KeyShown { key, namespace }, "sloth state watch 'a b'")),
            ("state delete", one(After::KeysDeleted { namespace }, "sloth state list")),
            (
                "state clear",
                one(After::KeysDeleted { namespace: other }, "sloth state list -n team"),
            ),
            (
                "state list",
                vec![
                    (After::Keys { first: Some("k"), namespace }.command(), "sloth state get k"),
                    (After::Keys { first: None, namespace }.command(), "sloth state set KEY VALUE"),
                ],
            ),
            (
                "state stats",
                one(After::Namespaces { first: Some(other) }, "sloth state list -n team"),
            ),
            (
                "state lock",
                one(After::Locked { name: "d", token: 4 }, "sloth state unlock d --token 4"),
            ),
            ("state unlock", one(After::Unlocked, "sloth state locks")),
            (
                "state locks",
                vec![
                    (
                        After::Locks { first: Some("d") }.command(),
                        "sloth state lock d --wait 5m -- COMMAND",
                    ),
                    (After::Locks { first: None }.command(), "sloth state lock NAME -- COMMAND"),
                ],
            ),
            ("secrets set", one(After::SecretsChanged, "sloth secrets list")),
            ("secrets delete", one(After::SecretsChanged, "sloth secrets list")),
            (
                "secrets list",
                vec![
                    (After::Secrets { first: Some("t") }.command(), "sloth secrets get t"),
                    (After::Secrets { first: None }.command(), "sloth secrets set NAME"),
                ],
            ),
            (
                "node list",
                vec![
                    (After::Nodes { other: Some("b") }.command(), "sloth node show b"),
                    (After::Nodes { other: None }.command(), "sloth cluster token"),
                ],
            ),
            ("node show", one(After::NodeShown { name: "b" }, "sloth run --on b")),
            ("node label", one(After::NodeLabelled { name: "b" }, "sloth node show b")),
            ("node remove", one(After::NodesChanged, "sloth node list")),
            ("cluster status", one(After::Cluster, "sloth node list")),
            (
                "cluster token list",
                vec![
                    (
                        After::Tokens { first: Some("t1") }.command(),
                        "sloth cluster token revoke t1",
                    ),
                    (After::Tokens { first: None }.command(), "sloth cluster token"),
                ],
            ),
            ("cluster token revoke", one(After::TokenRevoked, "sloth cluster token")),
            ("events list", one(After::Events { newest: 9 }, "sloth events watch --from 9")),
            (
                "modules list",
                vec![
                    (After::Modules.command(), "sloth modules show NAME"),
                    (After::Functions { first: Some("fs.copy") }.command(), "sloth help fs.copy"),
                ],
            ),
            ("modules", one(After::Modules, "sloth modules show NAME")),
            ("doctor", one(After::Healthy, "sloth run")),
            ("db check", one(After::Sound, "sloth doctor")),
        ]
    }

    #[test]
    fn each_command_recommends_one_that_can_be_typed() {
        for (command, cases) in table() {
            for (recommended, expected) in cases {
                assert_eq!(recommended, expected, "after `sloth {command}`");
                let words = expected.replace('\'', "");
                let parsed = Arguments::try_parse_from(words.replace("a b", "a").split(' '));
                assert!(parsed.is_ok(), "{expected}: {:?}", parsed.err());
            }
        }
    }

    /// Whoever adds a command says what comes after it.
    #[test]
    fn every_command_has_its_place_in_the_table() {
        let table = table();
        let placed: BTreeSet<&str> =
            table.iter().map(|(command, _)| *command).chain(SILENT.map(|(name, _)| name)).collect();
        assert_eq!(placed.len(), table.len() + SILENT.len(), "one stands there twice");
        let mut sloth = Arguments::command();
        sloth.build();
        let all = crate::commands::every(&sloth);
        for name in &all {
            assert!(placed.contains(name.as_str()), "what comes after `sloth {name}`?");
        }
        for name in placed {
            assert!(all.contains(name), "there is no command `sloth {name}`");
        }
    }
}
