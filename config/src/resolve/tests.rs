use super::*;
use std::time::Duration;

fn files(texts: &[&str]) -> Vec<(PathBuf, String)> {
    let name = |position| PathBuf::from(format!("/etc/{position}.toml"));
    texts.iter().enumerate().map(|(n, text)| (name(n), (*text).to_owned())).collect()
}

fn resolve(texts: &[&str], variables: &[(&str, &str)]) -> Result<Resolved, Error> {
    resolve_with(texts, variables, &Overrides::default())
}

fn resolve_with(
    texts: &[&str],
    variables: &[(&str, &str)],
    overrides: &Overrides,
) -> Result<Resolved, Error> {
    let all = [("HOME", "/home/u")].iter().chain(variables).copied();
    Resolved::resolve(&files(texts), &Environment::new(all), overrides)
}

fn refusal(texts: &[&str], variables: &[(&str, &str)]) -> String {
    resolve(texts, variables).unwrap_err().to_string()
}

#[test]
fn defaults_are_the_products() {
    let resolved = resolve(&[], &[]).unwrap();
    let timers = resolved.config.timers();
    assert_eq!(timers.renew(), Duration::from_secs(2));
    assert_eq!(timers.lost_after(), Duration::from_secs(16));
    assert_eq!(resolved.config.raft.voters, 5);
    assert_eq!(resolved.config.node.max_tasks, 2);
    assert_eq!(resolved.config.mesh.listen[0].to_string(), "0.0.0.0:7181");
    assert_eq!(resolved.config.node.data_dir, Path::new("/home/u/.local/share/sloth"));
    assert!(resolved.list().all(|(_, _, origin)| *origin == Origin::Default));
}

#[test]
fn flags_win_over_environment_over_files_over_defaults() {
    let low = "[raft]\nvoters = 1\nsnapshot_every = 7\nreplace_after = '1m'\n[node]\nname = 'a'";
    let high = "[raft]\nvoters = 3\nreplace_after = '2m'";
    let mut overrides = Overrides::default();
    overrides.set("raft.voters", Some(5)).set("run.keep", None::<u32>);
    let resolved =
        resolve_with(&[low, high], &[("SLOTH_RAFT_REPLACE_AFTER", "3m")], &overrides).unwrap();
    let raft = &resolved.config.raft;
    assert_eq!((raft.voters, raft.snapshot_every), (5, 7));
    assert_eq!(raft.replace_after, Duration::from_secs(180));
    assert_eq!(*resolved.origin("raft.voters"), Origin::Flag);
    assert_eq!(resolved.origin("raft.replace_after").to_string(), "SLOTH_RAFT_REPLACE_AFTER");
    assert_eq!(resolved.origin("raft.snapshot_every").to_string(), "/etc/0.toml");
    assert_eq!(*resolved.origin("run.keep"), Origin::Default);
}

#[test]
fn every_key_can_be_set_in_file_and_environment() {
    let text = r#"
        [node]
        name = "n1"
        labels = { role = "web", rack = 7, ssd = true }
        tags = ["gpu"]
        data_dir = "/d"
        max_tasks = 3
        [mesh]
        listen = ["127.0.0.1:0"]
        advertise = ["a.example"]
        seeds = ["10.0.0.1:9"]
        mdns = false
        [cluster]
        secret = "hunter2"
        [raft]
        voters = 3
        replace_after = "1m"
        snapshot_every = 10
        log = "sled"
        heartbeat = "20ms"
        election_min = "100ms"
        election_max = "200ms"
        [run]
        grace = "1s"
        keep = 2
        lease = "4s"
        kill_grace = "1s"
        lease_margin = "500ms"
        rehome_after = "6s"
        named_wait = "7s"
    "#;
    let from_file = resolve(&[text], &[]).unwrap();
    let untouched: Vec<_> =
        from_file.list().filter(|(_, _, from)| **from == Origin::Default).collect();
    assert_eq!(untouched, [("cluster.secret_file", String::new(), &Origin::Default)]);
    assert_eq!(from_file.config.node.all_labels().unwrap().to_string(), "gpu,rack=7,role=web,ssd");

    let shown = from_file.list().filter(|(key, ..)| !SECRETS.contains(key));
    let variables: Vec<_> =
        shown.map(|(key, value, _)| (Key::find(key).unwrap().variable(), value)).collect();
    let pairs: Vec<_> = variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let again = resolve(&[], &pairs).unwrap();
    for ((key, one, _), (_, other, _)) in from_file.list().zip(again.list()) {
        assert!(one == other || SECRETS.contains(&key), "{key}: {one} {other}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    assert_eq!(
        refusal(&["[raft]\nvotres = 3"], &[]),
        "unknown setting \"raft.votres\" (from /etc/0.toml); did you mean raft.voters?"
    );
    assert_eq!(refusal(&["colour = 1"], &[]), "unknown setting \"colour\" (from /etc/0.toml)");
    assert!(resolve(&["[brush]\nwidth = 3"], &[]).is_err());
}

#[test]
fn a_bad_value_names_key_origin_and_reason() {
    assert_eq!(
        refusal(&["[raft]\nvoters = 4"], &[]),
        "invalid raft.voters (from /etc/0.toml): expected 1, 3 or 5"
    );
    assert_eq!(
        refusal(&[], &[("SLOTH_NODE_MAX_TASKS", "many")]),
        "invalid node.max_tasks (from SLOTH_NODE_MAX_TASKS): expected a whole number, found \"many\""
    );
    for text in [
        "[raft]\nheartbeat = 50",
        "[raft]\nheartbeat = '0'",
        "[raft]\nelection_min = '10ms'",
        "[raft]\nelection_min = '30s'",
        "[run]\nlease = '1s'",
        "[run]\nlease_margin = '0s'",
        "[run]\nkeep = 0",
        "[mesh]\nlisten = []",
        "[mesh]\nlisten = ['localhost']",
        "[mesh]\nseeds = ['a:0']",
        "[node]\nlabels = { name = 'a' }",
        "[node]\nlabels = { a = false }",
        "[node]\ntags = ['name']",
        "[node]\nmax_tasks = 1.5",
        "[node\n",
    ] {
        assert!(resolve(&[text], &[]).is_err(), "{text}");
    }
}

#[test]
fn the_secret_is_shown_nowhere() {
    let resolved = resolve(&["[cluster]\nsecret = 'hunter2'"], &[]).unwrap();
    let shown: String = resolved.list().map(|(_, value, _)| value).collect();
    assert!(!format!("{resolved:?}{shown}").contains("hunter2"));
    let secret = resolved.config.cluster.read_secret().unwrap().unwrap();
    assert_eq!(secret.reveal(), "hunter2");
}

#[test]
fn a_higher_layer_replaces_the_secret_whatever_its_form() {
    let file = "[cluster]\nsecret_file = '/nowhere'";
    let resolved = resolve(&[file], &[("SLOTH_CLUSTER_SECRET", "s")]).unwrap();
    assert_eq!(resolved.config.cluster.secret_file, None);
    assert_eq!(*resolved.origin("cluster.secret_file"), Origin::Default);
    assert_eq!(resolved.config.cluster.read_secret().unwrap().unwrap().reveal(), "s");
    let both = "[cluster]\nsecret = 's'\nsecret_file = '/nowhere'";
    assert!(refusal(&[both], &[]).contains("cluster.secret is set too"));
}

#[test]
fn a_secret_file_is_read_without_its_line_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let text = format!("[cluster]\nsecret_file = {path:?}");
    let cluster = resolve(&[&text], &[]).unwrap().config.cluster;
    assert!(matches!(cluster.read_secret(), Err(Error::NoSecret { .. })));
    std::fs::write(&path, "hunter2\n").unwrap();
    assert_eq!(cluster.read_secret().unwrap().unwrap().reveal(), "hunter2");
}

#[test]
fn misspelt_variables_are_mentioned_and_foreign_ones_are_not() {
    let variables = [
        ("SLOTH_RAFT_VOTRES", "3"),
        ("SLOTH_RUN_ID", "x"),
        ("SLOTH_NODE_SERVICE_HOST", "x"),
        ("SLOTH_OUTPUT", "json"),
    ];
    let warnings = resolve(&[], &variables).unwrap().warnings;
    assert_eq!(warnings, ["SLOTH_RAFT_VOTRES sets nothing; did you mean SLOTH_RAFT_VOTERS?"]);
}

#[test]
fn an_empty_variable_sets_nothing() {
    assert!(resolve(&[], &[("SLOTH_RAFT_VOTERS", "")]).is_ok());
}

#[test]
fn a_named_data_directory_is_the_only_place_for_a_socket() {
    let named = resolve(&[], &[("SLOTH_DATA_DIR", "/d")]).unwrap();
    assert_eq!(named.sockets().unwrap(), [Path::new("/d/api.sock")]);
    let places = resolve(&[], &[]).unwrap().sockets().unwrap();
    let wanted = ["/home/u/.local/share/sloth/api.sock", "/var/lib/sloth/api.sock"];
    assert_eq!(places, wanted.map(PathBuf::from));
}

#[test]
fn without_home_a_data_directory_must_be_named() {
    let bare = Environment::new::<&str, &str>([]);
    let resolved = Resolved::resolve(&[], &bare, &Overrides::default());
    assert!(matches!(resolved, Err(Error::NoDataDir)));
}
