use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::net::UnixListener as Listener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

use super::Error;
use crate::group;

/// Owner and group may connect.
const MODE: u32 = 0o660;
/// Others pass through to the socket, and see nothing.
const FOLDER_MODE: u32 = 0o711;
/// The group whose members administer the node.
const GROUP: &str = "sloth";
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1_024;
/// How long the present owner of a socket may take to accept.
const PROBE: Duration = Duration::from_secs(2);

/// A socket file that is ours, removed when dropped.
pub(super) struct File {
    path: PathBuf,
    /// Device and inode: another process may have put its own there.
    identity: Option<(u64, u64)>,
}

/// A listening socket under its final name.
pub(super) struct Bound {
    listener: UnixListener,
    file: File,
}

impl Bound {
    /// Binds beside the path and moves into place, so that the socket never exists with other permissions.
    pub(super) async fn at(path: &Path) -> Result<Bound, Error> {
        check_free(path).await?;
        let failed = |action| move |source| Error::Socket { action, path: path.into(), source };
        if let Some(folder) = path.parent() {
            let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
            made.map_err(failed("make the folder of"))?;
        }
        let draft = draft(path);
        let listener = listen(&draft).map_err(failed("listen at"))?;
        fs::rename(&draft, path).map_err(failed("put into place"))?;
        let listener = UnixListener::from_std(listener).map_err(failed("listen at"))?;
        Ok(Bound { listener, file: File { identity: identity(path), path: path.into() } })
    }

    pub(super) fn into_parts(self) -> (UnixListener, File) {
        (self.listener, self.file)
    }
}

fn draft(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Nobody can connect before the permissions are right: until `listen` connections are refused.
fn listen(path: &Path) -> io::Result<Listener> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    restrict(path)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket.into())
}

fn restrict(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(MODE))?;
    let is_root = rustix::process::geteuid().is_root();
    match group::id(GROUP).filter(|_| is_root) {
        Some(group) => chown(path, None, Some(group)),
        None => Ok(()),
    }
}

/// Only a socket that nobody answers at may be replaced.
async fn check_free(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Socket { action: "look at", path: path.into(), source };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(file) if !file.file_type().is_socket() => {
            return Err(Error::Foreign { path: path.into() });
        }
        Ok(_) => {}
    }
    match timeout(PROBE, UnixStream::connect(path)).await {
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Ok(Err(error)) => Err(failed(error)),
        Ok(Ok(_)) | Err(_) => Err(Error::Taken { path: path.into() }),
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

impl Drop for File {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // Nobody is left to be told; a file that stays is replaced at the next start.
            _ = fs::remove_file(&self.path);
        }
    }
}
