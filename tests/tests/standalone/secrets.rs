use std::fs;
use std::path::{Path, PathBuf};

use tests::{Finished, Home, Terminal};

/// With characters that every encoding writes in its own way.
const TOKEN: &str = "correct/horse \"battery\"+stäple-9x7";
const KEY: &str =
    "-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34GkxFhD9\n0vcNLYLInFEX6Ppy1tPf9Cnz\n-----END KEY-----\n";

/// The forms in which neither may be found anywhere.
fn clear_forms() -> Vec<String> {
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    let lines = KEY.lines().map(str::to_owned);
    [
        TOKEN.to_owned(),
        "correct/horse \\\"battery\\\"+stäple-9x7".to_owned(),
        "correct%2Fhorse%20%22battery%22%2Bst%C3%A4ple-9x7".to_owned(),
        "Y29ycmVjdC9ob3JzZSAiYmF0dGVyeSIrc3TDpHBsZS05eD".to_owned(),
        hex,
    ]
    .into_iter()
    .chain(lines)
    .collect()
}

fn assert_nowhere_in(what: &str, bytes: &[u8]) {
    for form in clear_forms() {
        let found = bytes.windows(form.len()).position(|part| part == form.as_bytes());
        if let Some(at) = found {
            let around = &bytes[at.saturating_sub(60)..(at + 80).min(bytes.len())];
            panic!("{what} holds {form:?}: {}", String::from_utf8_lossy(around));
        }
    }
}

fn assert_clean(finished: &Finished) {
    assert_nowhere_in(&format!("stdout of {}", finished.command), finished.stdout.as_bytes());
    assert_nowhere_in(&format!("stderr of {}", finished.command), finished.stderr.as_bytes());
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match fs::symlink_metadata(&path).unwrap() {
            it if it.is_dir() => files(&path, found),
            it if it.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// Types once it is asked for.
fn answer(terminal: &mut Terminal, question: &str, keys: &str) {
    terminal.shows(question);
    terminal.types(keys);
}

fn keep(home: &Home) {
    home.sloth(["secrets", "set", "token", "-f", "-"]).input(&format!("{TOKEN}\n")).ok();
    let file = home.write("key.pem", KEY);
    home.sloth(["secrets", "set", "key", "--from-file", &file.display().to_string()]).ok();
    fs::remove_file(file).unwrap();
}

/// Tells both secrets in every way a file has.
const TELLING: &str = r#"
local tells = task("tells"):command(function()
  local token, key = secrets.token, secrets.get("key")
  log.info(token)
  print("in a line: " .. token .. "!")
  log.warn(data.json_encode({ token = token, key = key }))
  log.table({ token = token })
  log.info(key)
  local env = { T = token, K = key }
  exec.run([[printf '%s\n' "$T"; printf '%s\n' "$T" >&2; printf '%s' "$K"]], { env = env })
  exec.run([[printf '%s' "$T" | base64 -w0; echo; printf 'user:%s' "$T" | base64 -w0; echo]], { env = env })
  exec.run([[printf '%s' "$T" | od -An -v -tx1 | tr -d ' \n'; echo]], { env = env })
  exec.run([[head -c 65520 /dev/zero | tr '\0' x; printf '%s' "$T"; head -c 70000 /dev/zero | tr '\0' y; echo]], { env = env })
  exec.run("cat", { stdin = "read: " .. token .. "\n" })
  local _, error_text = exec.run([[printf '%s' "$T" >&2; exit 7]], { env = env })
  log.error(error_text)
  event.dispatch("deploy.done", { token = token, list = { { key } }, [token] = 1 })
  local kept, why = pcall(state.set, "kept", "a " .. token)
  log.info(tostring(kept) .. " " .. tostring(why))
  pcall(state.set, "at " .. token, 1)
  local seen = exec.run([[grep -lFaf - /proc/[0-9]*/cmdline 2>/dev/null]], { stdin = token .. "\n", log = false, expect = { 0, 1, 2 } })
  if seen.stdout ~= "" then error("a command line shows it: " .. seen.stdout) end
  return true, "done with " .. token, { token = token, list = { "x" .. token, key }, [token] = token }
end):build()
local fails = task("fails"):command(function() error("cannot use " .. secrets.token) end)
  :on_failure(function(this, params, err) log.error("failed: " .. err) end):build()
local says_no = task("says-no"):command(function() return false, secrets.key, { why = secrets.token } end):build()
local file = task("file"):artifacts("*.txt"):command(function()
  fs.write("out.txt", "a file with " .. secrets.token)
  return true
end):build()
local later = task("later"):depends_on(tells):command([[echo "$SLOTH_TASK: later"; cat "$LEFT" 2>/dev/null || true]]):build()
workflow.define("telling"):tasks({ tells, fails, says_no, file, later })
  :config({ continue_on_error = true })
  :on_complete(function(success, results)
    for _, result in ipairs(results) do print(result.name, result.message) end
  end):build()
"#;

#[test]
fn a_secret_is_in_clear_nowhere() {
    let home = Home::new();
    keep(&home);
    let path = home.write("telling.sloth", TELLING);
    let run = home.sloth(["run", &path.display().to_string()]).run();
    assert_eq!(run.code, 1, "{run}");
    assert_clean(&run);
    assert!(run.stdout.contains("***") || run.stderr.contains("***"), "{run}");
    let shown = home.sloth(["run", "show", "latest", "-o", "json"]).ok();
    let tasks = shown.json()["tasks"].to_string();
    for words in ["done with ***", "cannot use ***", "the file "] {
        assert!(tasks.contains(words), "{words}: {tasks}");
    }
    for line in [
        "run show latest",
        "run show latest -o json",
        "run show latest --why",
        "run logs latest tells",
        "run logs latest tells -o json",
        "run logs latest fails",
        "run logs latest says-no",
        "run list -o json",
        "events list -o json",
        "state list --values -o json",
        "secrets list -o json",
    ] {
        assert_clean(&home.sloth(line.split(' ')).ok());
    }
    let events = home.sloth(["events", "list", "-o", "json"]).ok().stdout;
    assert!(events.contains("secret.accessed") && events.contains("secret_name"), "{events}");
    let mut all = Vec::new();
    files(&home.data(), &mut all);
    assert!(all.iter().any(|path| path.extension().is_some_and(|it| it == "log")), "{all:?}");
    for path in all.iter().filter(|path| !path.starts_with(home.data().join("work"))) {
        assert_nowhere_in(&path.display().to_string(), &fs::read(path).unwrap());
    }
}

#[test]
fn a_command_line_with_a_secret_is_told() {
    let home = Home::new();
    keep(&home);
    let text = "task('t'):command(function() exec.run({ 'true', secrets.token }) return true end)";
    let path = home.write("w.sloth", text);
    let run = home.sloth(["run", &path.display().to_string()]).ok();
    assert_clean(&run);
    let logs = home.sloth(["run", "logs", "latest", "t"]).ok();
    assert!(logs.stdout.contains("a command line holds the secret `token`"), "{logs}");
}

#[test]
fn only_who_means_it_sees_a_value() {
    let home = Home::new();
    keep(&home);
    home.sloth(["secrets", "get", "token"]).exits(2).says("--reveal");
    assert_eq!(home.sloth(["secrets", "get", "token", "--reveal"]).ok().stdout, TOKEN);
    let value = home.sloth(["secrets", "get", "key", "--reveal"]).json();
    assert_eq!((value["value"].as_str(), value["version"].as_u64()), (Some(KEY), Some(1)));
    home.sloth(["secrets", "get", "tokn", "--reveal"]).exits(3).says("`tokn` does not exist");
    let mut asked = home.sloth(["secrets", "get", "token"]).on_terminal();
    answer(&mut asked, "Show secret `token` on this screen? [y/N]", "n\n");
    let (code, screen) = asked.finish();
    assert_eq!((code, screen.contains(TOKEN)), (8, false), "{screen}");
    let mut asked = home.sloth(["secrets", "get", "token"]).on_terminal();
    answer(&mut asked, "[y/N]", "y\n");
    assert!(asked.finish().1.contains(TOKEN));
}

#[test]
fn a_value_is_typed_unseen_and_twice() {
    let home = Home::new();
    home.sloth(["secrets", "set", "typed"]).exits(2).says("nobody can be asked here");
    let mut typing = home.sloth(["secrets", "set", "typed"]).on_terminal();
    answer(&mut typing, "Value of secret `typed`:", "hunter2\r");
    answer(&mut typing, "The same again:", "hunter2\r");
    let (code, screen) = typing.finish();
    assert_eq!((code, screen.contains("hunter")), (0, false), "{screen}");
    let value = home.sloth(["secrets", "get", "typed", "--reveal"]).ok();
    assert_eq!(value.stdout, "hunter2");
    let mut typing = home.sloth(["secrets", "set", "typed"]).on_terminal();
    answer(&mut typing, "Value of secret", "one\r");
    answer(&mut typing, "again", "two\r");
    assert_eq!(typing.finish().0, 2);
    let mut typing = home.sloth(["secrets", "set", "typed"]).on_terminal();
    answer(&mut typing, "Value of secret", "one\u{3}");
    assert_eq!(typing.finish().0, 8);
    assert_eq!(home.sloth(["secrets", "get", "typed", "--reveal"]).ok().stdout, "hunter2");
}

#[test]
fn secrets_are_set_listed_and_deleted() {
    let home = Home::new();
    home.sloth(["secrets", "set", "a", "--from-env", "MINE"]).env("MINE", "first").ok();
    home.sloth(["secrets", "set", "a", "--from-env", "MINE"])
        .env("MINE", "second")
        .ok()
        .says("secret a version 2");
    home.sloth(["secrets", "set", "b", "--from-env", "NONE"]).exits(2).says("NONE is not set");
    home.sloth(["secrets", "set", "bad name", "--from-env", "MINE"])
        .env("MINE", "x")
        .exits(2)
        .says("secret name");
    home.sloth(["secrets", "set", "short", "--from-env", "MINE"])
        .env("MINE", "x")
        .ok()
        .says("too short to be masked");
    home.sloth(["secrets", "set", "a", "value"]).exits(2);
    let list = home.sloth(["secrets", "list"]).json();
    let names: Vec<&str> =
        list["items"].as_array().unwrap().iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["a", "short"]);
    home.sloth(["secrets", "delete", "a"]).exits(2);
    home.sloth(["secrets", "delete", "a", "-y"]).ok();
    home.sloth(["secrets", "delete", "a", "-y"]).exits(3).says("secret `a` does not exist");
    home.sloth(["secrets", "get", "a", "--reveal"]).exits(3);
}

#[test]
fn a_missing_secret_says_what_to_do() {
    let home = Home::new();
    let path = home.write("w.sloth", "task('t'):command(function() return true, secrets.tokn end)");
    let run = home.sloth(["run", &path.display().to_string()]).exits(1);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(said.contains("there is no secret `tokn`: `sloth secrets set tokn` makes it"), "{run}");
}
