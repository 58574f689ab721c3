use std::path::Path;

use super::*;

fn layer(allow: &[&str], deny: &[&str]) -> Layer {
    Layer::new(allow, deny).unwrap()
}

/// What one layer says of `CAP(OBJECT)`.
fn allowed(layer: &Layer, capability: Capability, object: &str) -> bool {
    let policy = Policy::default().and(layer);
    policy.check(&[Need::this(capability, object)], Path::new("/work")).is_ok()
}

#[test]
fn without_layers_everything_is_allowed() {
    let policy = Policy::default().and(&Layer::default());
    assert!(policy.is_open());
    let needs = [Need { capability: Capability::Exec, object: Object::Everything }];
    assert_eq!(policy.check(&needs, Path::new("/work")), Ok(()));
}

#[test]
fn what_is_denied_is_named() {
    let denied = |rules: &[&str], need: Need| {
        let policy = Policy::default().and(&layer(&[], rules));
        policy.check(&[need], Path::new("/work")).unwrap_err().to_string()
    };
    assert_eq!(
        denied(&["exec"], Need::this(Capability::Exec, "git")),
        "permission denied: exec(git)"
    );
    let everything = Need { capability: Capability::State, object: Object::Everything };
    assert_eq!(denied(&["state=a"], everything), "permission denied: state");
}

#[test]
fn with_allow_nothing_else_is_allowed() {
    let only = layer(&["exec=git,make", "env"], &[]);
    assert!(allowed(&only, Capability::Exec, "git") && allowed(&only, Capability::Exec, "make"));
    assert!(allowed(&only, Capability::Env, "HOME"));
    assert!(!allowed(&only, Capability::Exec, "bash"));
    assert!(!allowed(&only, Capability::Exec, "/usr/bin/git"));
    assert!(!allowed(&only, Capability::Net, "example.org:443"));
    assert!(!allowed(&Layer::only::<&str>(&[], &[]).unwrap(), Capability::Env, "HOME"));
}

#[test]
fn deny_wins_over_allow() {
    let both = layer(&["exec"], &["exec=rm*"]);
    assert!(allowed(&both, Capability::Exec, "ls") && !allowed(&both, Capability::Exec, "rmdir"));
}

#[test]
fn every_layer_only_narrows() {
    let policy = Policy::default().and(&layer(&["exec", "net"], &[])).and(&layer(&["exec"], &[]));
    let check = |capability, object: &str| {
        policy.check(&[Need::this(capability, object)], Path::new("/work")).is_ok()
    };
    assert!(check(Capability::Exec, "ls") && !check(Capability::Net, "a:1"));
    assert!(!check(Capability::FsRead, "/work/x"));
    let within = Policy::default().and(&layer(&["net"], &[])).within(&policy);
    assert!(within.check(&[Need::this(Capability::Exec, "ls")], Path::new("/work")).is_err());
}

#[test]
fn a_pattern_that_names_a_folder_covers_what_is_in_it() {
    let files = layer(&["fs.read=/srv/app,/etc/*.conf", "fs.write=out,./tmp/*/cache"], &[]);
    for (object, expected) in [
        ("/srv/app", true),
        ("/srv/app/a/b", true),
        ("/srv/application", false),
        ("/srv", false),
        ("/etc/x.conf", true),
        ("/etc/d/x.conf", false),
    ] {
        assert_eq!(allowed(&files, Capability::FsRead, object), expected, "{object}");
    }
    for (object, expected) in [
        ("/work/out/x", true),
        ("/work/tmp/a/cache/y", true),
        ("/work/tmp/a/b/cache", false),
        ("/elsewhere/out", false),
        ("/work", false),
    ] {
        assert_eq!(allowed(&files, Capability::FsWrite, object), expected, "{object}");
    }
    let here = layer(&["fs.read=."], &[]);
    assert!(allowed(&here, Capability::FsRead, "/work/a/b"));
    assert!(!allowed(&here, Capability::FsRead, "/etc"));
}

#[test]
fn hosts_are_allowed_with_any_port_or_one() {
    let hosts = layer(&["net=example.org,*.example.org:443,[::1]"], &[]);
    for (object, expected) in [
        ("example.org:80", true),
        ("a.example.org:443", true),
        ("a.example.org:80", false),
        ("evil-example.org:443", false),
        ("[::1]:9000", true),
        ("::1:9000", false),
    ] {
        assert_eq!(allowed(&hosts, Capability::Net, object), expected, "{object}");
    }
}

#[test]
fn what_is_known_later_is_denied_only_when_nothing_could_be_allowed() {
    let something = [Need { capability: Capability::Exec, object: Object::Something }];
    let check = |layer: Layer| Policy::default().and(&layer).check(&something, Path::new("/"));
    assert!(check(layer(&["exec=git"], &[])).is_ok());
    assert!(check(layer(&["net"], &[])).is_err() && check(layer(&[], &["exec"])).is_err());
    assert!(check(layer(&[], &["exec=git"])).is_ok());
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    for (rule, part) in [
        ("exce", "did you mean `exec`?"),
        ("everything", "there is no capability `everything`"),
        ("exec=", "needs a pattern"),
        ("fs.read=../x", "write it as an absolute path"),
        ("fs.read=[", "is not valid"),
        ("log", "there is no capability"),
    ] {
        let error = Layer::new(&[rule], &[]).unwrap_err();
        assert!(error.contains(part), "{rule}: {error}");
    }
}

#[test]
fn a_policy_travels() {
    let policy = Policy::default().and(&layer(&["fs.read=/srv/**", "exec"], &["net=*:25"]));
    let text = serde_json::to_string(&policy).unwrap();
    assert_eq!(text, r#"[{"allow":["fs.read=/srv/**","exec"],"deny":["net=*:25"]}]"#);
    assert_eq!(serde_json::from_str::<Policy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<Layer>(r#"{"alow": []}"#).is_err());
}
