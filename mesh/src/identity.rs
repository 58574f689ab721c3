use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use config::NodeId;
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p::multihash::Multihash;

use crate::Error;

/// A node's private key.
#[derive(Clone)]
pub struct Identity {
    keypair: Keypair,
    node: NodeId,
}

impl Identity {
    const SEED_BYTES: usize = 32;
    /// Readable and writable for the owner alone.
    const MODE: u32 = 0o600;

    /// Reads the key at `path`; makes a new one when there is none.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let broken = |source| Error::Identity { path: path.into(), source };
        let seed = match fs::read(path) {
            Ok(bytes) => {
                check_mode(path).map_err(broken)?;
                bytes.try_into().map_err(|_| broken(invalid("it is not 32 bytes long")))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path).map_err(broken)?
            }
            Err(error) => return Err(broken(error)),
        };
        Self::from_seed(seed).map_err(broken)
    }

    /// The key that belongs to 32 secret bytes.
    pub fn from_seed(seed: [u8; Self::SEED_BYTES]) -> io::Result<Self> {
        let keypair = Keypair::ed25519_from_bytes(seed).map_err(io::Error::other)?;
        let public = keypair.public().try_into_ed25519().map_err(io::Error::other)?;
        Ok(Self { node: NodeId::new(public.to_bytes()), keypair })
    }

    pub fn node(&self) -> NodeId {
        self.node
    }

    pub(crate) fn keypair(&self) -> &Keypair {
        &self.keypair
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// Writes a new seed so that the file appears whole or not at all.
fn create(path: &Path) -> io::Result<[u8; Identity::SEED_BYTES]> {
    let seed = random()?;
    let fresh = path.with_extension("new");
    let _ = fs::remove_file(&fresh);
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(Identity::MODE).open(&fresh)?;
    file.write_all(&seed)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(seed)
}

fn check_mode(path: &Path) -> io::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(invalid(&format!("others may read it (mode {mode:o}); run chmod 600 on it")))
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// How libp2p spells an ed25519 key: the identity hash of a protobuf with type and bytes.
const KEY_HEADER: [u8; 4] = [0x08, 0x01, 0x12, 0x20];
const IDENTITY_HASH: u64 = 0;

/// None when the key is not ed25519.
pub(crate) fn node_of(peer: &PeerId) -> Option<NodeId> {
    let hash: &Multihash<64> = peer.as_ref();
    let key = hash.digest().strip_prefix(&KEY_HEADER)?;
    (hash.code() == IDENTITY_HASH).then(|| key.try_into().ok().map(NodeId::new))?
}

/// None never happens for a node that exists; the bytes may be no point of the curve.
pub(crate) fn peer_of(node: &NodeId) -> Option<PeerId> {
    let bytes = [&KEY_HEADER, &node.as_bytes()[..]].concat();
    PeerId::from_multihash(Multihash::wrap(IDENTITY_HASH, &bytes).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::*;

    #[test]
    fn a_new_key_is_kept_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.key");
        let made = Identity::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Identity::open(&path).unwrap().node(), made.node());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.key");
        Identity::open(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let Err(Error::Identity { source, .. }) = Identity::open(&path) else { panic!() };
        assert!(source.to_string().contains("chmod 600"));
    }

    #[test]
    fn a_damaged_key_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.key");
        Identity::open(&path).unwrap();
        fs::write(&path, [1; 31]).unwrap();
        assert!(matches!(Identity::open(&path), Err(Error::Identity { .. })));
        assert_eq!(fs::read(&path).unwrap(), [1; 31]);
    }

    #[test]
    fn node_and_peer_are_one_key() {
        let identity = Identity::from_seed([7; 32]).unwrap();
        let peer = identity.keypair().public().to_peer_id();
        assert_eq!(node_of(&peer), Some(identity.node()));
        assert_eq!(peer_of(&identity.node()), Some(peer));
    }
}
