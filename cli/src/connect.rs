//! Which node to ask: the one named, else the first that serves a socket here.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::error::Error;
use crate::exit::Exit;

/// What `--node` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(pub PathBuf);

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if !path.is_empty() => Ok(Self(path.into())),
            _ => Err("expected unix:PATH, the socket of a node on this machine".into()),
        }
    }
}

/// The socket of a node that listens; none if there is no node. One that refuses permission is an error: what it
/// holds must not silently be something else. So is one that was named and is not there.
pub fn find(targets: &[Target], sockets: &[PathBuf]) -> Result<Option<PathBuf>, Error> {
    for path in candidates(targets, sockets) {
        if probe(path)? {
            return Ok(Some(path.clone()));
        }
    }
    if targets.is_empty() { Ok(None) } else { Err(unreachable(targets)) }
}

/// Every socket at which somebody listens now.
pub fn all<'a>(targets: &'a [Target], sockets: &'a [PathBuf]) -> impl Iterator<Item = &'a PathBuf> {
    candidates(targets, sockets).filter(|path| UnixStream::connect(path).is_ok())
}

/// Nobody who names a node means another.
fn candidates<'a>(
    targets: &'a [Target],
    sockets: &'a [PathBuf],
) -> impl Iterator<Item = &'a PathBuf> {
    let sockets = if targets.is_empty() { sockets } else { &[] };
    targets.iter().map(|Target(path)| path).chain(sockets)
}

/// Whether somebody listens at a socket.
fn probe(path: &Path) -> Result<bool, Error> {
    let Err(error) = UnixStream::connect(path) else { return Ok(true) };
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::NotADirectory => Ok(false),
        ErrorKind::PermissionDenied => Err(denied(path)),
        _ => Err(Error::new(
            Exit::Unreachable,
            format!("cannot connect to {}: {error}", path.display()),
        )),
    }
}

/// Whose members administer a node that root runs.
const GROUP: &str = "sloth";

fn unreachable(targets: &[Target]) -> Error {
    let paths: Vec<_> = targets.iter().map(|Target(path)| path.display().to_string()).collect();
    Error::new(Exit::Unreachable, format!("no node serves socket {}", paths.join(" or ")))
        .hint("start one with `sloth node`, or leave out --node to run here")
}

fn denied(path: &Path) -> Error {
    let group = path.metadata().ok().map(|socket| group_name(socket.gid()));
    let error = Error::new(
        Exit::Denied,
        match &group {
            Some(group) => {
                format!(
                    "no permission to open socket {}: it belongs to group {group}",
                    path.display()
                )
            }
            None => format!("no permission to reach socket {}", path.display()),
        },
    );
    let join = match group.as_deref() {
        Some(GROUP) => format!("sudo usermod -aG {GROUP} $USER, then log in again; or "),
        _ => "ask as the user who runs the node, or as root; or ".to_owned(),
    };
    error.hint(format!("{join}--data-dir DIR for a directory of your own"))
}

fn group_name(id: u32) -> String {
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let named = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn the_first_socket_that_answers_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let [absent, dead, live] = ["a", "b", "c"].map(|name| folder.path().join(name));
        drop(UnixListener::bind(&dead).unwrap());
        let _node = UnixListener::bind(&live).unwrap();
        let found = find(&[], &[absent.clone(), dead.clone(), live.clone()]).unwrap();
        assert_eq!(found, Some(live));
        assert_eq!(find(&[], &[absent, dead]).unwrap(), None);
    }

    #[test]
    fn a_named_node_that_is_not_there_is_no_reason_to_run_here() {
        let folder = tempfile::tempdir().unwrap();
        let [none, other, live] = ["none", "other", "live"].map(|name| folder.path().join(name));
        let _node = UnixListener::bind(&live).unwrap();
        let named = [Target(none), Target(other)];
        let error = find(&named, std::slice::from_ref(&live)).unwrap_err();
        assert_eq!(error.exit, Exit::Unreachable);
        let [none, _] = named;
        assert_eq!(find(&[none, Target(live.clone())], &[]).unwrap(), Some(live));
    }

    #[test]
    fn targets_are_sockets() {
        assert_eq!("unix:/run/s".parse(), Ok(Target("/run/s".into())));
        assert!("web-1".parse::<Target>().is_err());
        assert!("unix:".parse::<Target>().is_err());
    }
}
