//! The house keeps its walls: which crate may know which, and what lies at the top.

#![allow(clippy::unwrap_used, reason = "a test may; its helpers stand outside #[test]")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What one crate may use of the workspace, and of the world.
struct Rule {
    name: &'static str,
    uses: &'static [&'static str],
    world: World,
}

enum World {
    /// Nothing but these, so that a pure crate stays one.
    Only(&'static [&'static str]),
    /// Anything but these, which another crate wraps.
    Never(&'static [&'static str]),
}

/// Libraries without clock, thread, socket or file.
const PURE: &[&str] = &["serde", "bincode", "blake3", "imbl", "serde_json", "thiserror", "ulid"];

const RULES: &[Rule] = &[
    Rule {
        name: "config",
        uses: &[],
        world: World::Only(&["serde", "toml", "thiserror", "rustix"]),
    },
    Rule { name: "state", uses: &["config"], world: World::Only(PURE) },
    Rule { name: "proto", uses: &["config"], world: World::Only(PURE) },
    Rule { name: "plan", uses: &["config", "state"], world: World::Only(PURE) },
    // Stands in for a crate of openraft's, so nothing of the workspace uses it.
    Rule { name: "base2histogram", uses: &[], world: World::Only(&[]) },
    Rule {
        name: "raft",
        uses: &["config", "state"],
        world: World::Never(&["libp2p", "libp2p-stream", "mlua", "axum", "hyper", "clap"]),
    },
    Rule {
        name: "mesh",
        uses: &["config", "proto"],
        world: World::Never(&["openraft", "sled", "mlua", "axum", "hyper", "clap"]),
    },
    Rule {
        name: "dsl",
        uses: &["config"],
        world: World::Never(&["openraft", "sled", "libp2p", "axum", "hyper", "clap"]),
    },
    Rule {
        name: "node",
        uses: &["config", "state", "raft", "proto", "mesh", "plan", "dsl"],
        world: World::Never(&["openraft", "sled", "libp2p", "mlua", "axum", "hyper", "clap"]),
    },
    Rule {
        name: "web",
        uses: &["config", "node"],
        world: World::Never(&["openraft", "sled", "libp2p", "mlua", "clap"]),
    },
    Rule {
        name: "cli",
        uses: &["config", "dsl", "node", "web"],
        world: World::Never(&["openraft", "sled", "libp2p", "mlua", "axum", "hyper"]),
    },
    Rule {
        name: "tests",
        uses: &["config", "state", "raft", "proto", "mesh", "plan", "dsl", "node", "web", "cli"],
        world: World::Never(&[]),
    },
];

const TOP: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "cli",
    "config",
    "dsl",
    "mesh",
    "node",
    "raft",
    "target",
    "tests",
    "web",
];

#[test]
fn every_crate_has_a_rule() {
    let members: BTreeSet<String> = members().into_iter().map(|member| member.name).collect();
    let ruled: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(members, ruled);
}

#[test]
fn crates_use_only_what_they_may_know() {
    let faults: Vec<String> = members().iter().flat_map(Member::faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn deciding_crates_reach_for_no_clock_thread_or_file() {
    let forbidden = [
        "SystemTime",
        "Instant::now",
        "std::fs",
        "std::thread",
        "std::process",
        "std::env",
        "HashMap",
    ];
    for pure in members().iter().filter(|member| member.is_pure()) {
        for file in sources(&pure.folder.join("src")) {
            let text = fs::read_to_string(&file).unwrap();
            for word in forbidden {
                assert!(!text.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}

#[test]
fn nothing_else_lies_at_the_top() {
    let entries = fs::read_dir(root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strange: Vec<_> =
        names.filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str())).collect();
    assert!(strange.is_empty(), "not agreed upon: {strange:?}");
}

/// One package of the workspace and the packages it depends on, by short name.
struct Member {
    name: String,
    folder: PathBuf,
    uses: BTreeSet<String>,
    tested_with: BTreeSet<String>,
}

impl Member {
    fn rule(&self) -> &'static Rule {
        let rule = RULES.iter().find(|rule| rule.name == self.name);
        rule.unwrap_or_else(|| panic!("crate {} has no rule", self.name))
    }

    fn is_pure(&self) -> bool {
        self.name != "config" && matches!(self.rule().world, World::Only(_))
    }

    /// Tests, too, keep to the arrows inside; outside they may use what they like.
    fn faults(&self) -> Vec<String> {
        let tested_with = self.tested_with.iter().filter(|used| is_ours(used));
        let used = self.uses.iter().chain(tested_with).filter(|used| !self.allows(used));
        used.map(|used| format!("{} must not know {used}", self.name)).collect()
    }

    fn allows(&self, used: &str) -> bool {
        let rule = self.rule();
        match rule.world {
            _ if is_ours(used) => rule.uses.contains(&used) || used == self.name,
            World::Only(libraries) => libraries.contains(&used),
            World::Never(libraries) => !libraries.contains(&used),
        }
    }
}

fn is_ours(name: &str) -> bool {
    RULES.iter().any(|rule| rule.name == name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn members() -> Vec<Member> {
    let workspace = manifest(&root());
    let folders = workspace["workspace"]["members"].as_array().unwrap();
    let folder = |folder: &Value| root().join(folder.as_str().unwrap());
    let shared = workspace["workspace"]["dependencies"].as_table().unwrap();
    folders.iter().map(|path| member(folder(path), shared)).collect()
}

fn member(folder: PathBuf, shared: &Table) -> Member {
    let manifest = manifest(&folder);
    let named = |kinds: &[&str]| {
        let tables = tables(&manifest, kinds);
        let all = tables.iter().flat_map(|table| table.iter());
        all.map(|(key, entry)| package(key, entry, shared)).collect()
    };
    Member {
        name: short(manifest["package"]["name"].as_str().unwrap()),
        uses: named(&["dependencies", "build-dependencies"]),
        tested_with: named(&["dev-dependencies"]),
        folder,
    }
}

fn manifest(folder: &Path) -> Table {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    text.parse().unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The dependency tables of these kinds, those for single platforms included.
fn tables<'a>(manifest: &'a Table, kinds: &[&str]) -> Vec<&'a Table> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let platforms = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let places: Vec<&Table> = std::iter::once(manifest).chain(platforms).collect();
    let table = |place: &'a Table, kind: &&str| place.get(*kind).and_then(Value::as_table);
    places
        .iter()
        .flat_map(|place| kinds.iter().filter_map(move |kind| table(place, kind)))
        .collect()
}

/// The package behind a dependency, whatever name it is given here.
fn package(key: &str, entry: &Value, shared: &Table) -> String {
    let inherited = entry.get("workspace").is_some().then(|| shared.get(key)).flatten();
    let renamed = inherited.unwrap_or(entry).get("package").and_then(Value::as_str);
    short(renamed.unwrap_or(key))
}

fn short(package: &str) -> String {
    match package {
        "sloth" => "cli".into(),
        package => package.strip_prefix("sloth-").unwrap_or(package).into(),
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
