//! Snapshots: the whole state as bytes, one section a kind, each with its own version, then a hash of it all.
//!
//! ```text
//! "sloth" | format: u8 | { section: u8, length: u64 le, version: u8, bincode }* | BLAKE3 of what precedes
//! ```
//! Equal states have equal bytes.

use serde::{Deserialize, Serialize};

use crate::state::Founding;
use crate::{Configuration, Hash, Moment, State, codec};

const MAGIC: &[u8] = b"sloth";
const FORMAT: u8 = 1;
const HASH_BYTES: usize = 32;
const LENGTH_BYTES: usize = 8;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("a snapshot that was cut or damaged: its hash differs")]
    Damaged,
    #[error(
        "a snapshot of format {0} where {FORMAT} is the newest known: this needs a newer sloth"
    )]
    Format(u8),
    #[error("a snapshot with the unknown section {0}: this needs a newer sloth")]
    Section(u8),
    #[error("a snapshot without its section {0}")]
    Missing(&'static str),
    #[error("a snapshot with two sections {0}")]
    Twice(u8),
    #[error("section {section} of a snapshot")]
    Content { section: u8, source: codec::Error },
}

/// What stands beside the kinds.
#[derive(Serialize, Deserialize)]
struct Base {
    applied: u64,
    clock: Moment,
    cluster: Option<Founding>,
    configuration: Configuration,
}

/// Lists the sections: number, version and the field of the state. A number is never used again.
macro_rules! sections {
    ($($number:literal, $version:literal => $field:ident,)*) => {
        fn write_sections(state: &State, out: &mut Vec<u8>) {
            $(section(out, $number, $version, &state.$field);)*
        }

        fn read_section(state: &mut State, number: u8, bytes: &[u8]) -> Result<(), Error> {
            match number {
                BASE => set_base(state, content(BASE, BASE_VERSION, bytes)?),
                $($number => state.$field = content($number, $version, bytes)?,)*
                other => return Err(Error::Section(other)),
            }
            Ok(())
        }

        /// Every section with the name of what is in it.
        pub const SECTIONS: &[(u8, &str)] = &[(BASE, "base"), $(($number, stringify!($field)),)*];
    };
}

const BASE: u8 = 1;
const BASE_VERSION: u8 = 1;

sections! {
    2, 1 => members,
    3, 1 => tombstones,
    4, 1 => tokens,
    5, 1 => kv,
    6, 1 => leases,
    7, 1 => documents,
    8, 1 => workflows,
    9, 1 => runs,
    10, 1 => events,
    11, 1 => sessions,
}

/// The whole state. Takes a clone's time and space: call it outside of what must not wait.
pub fn encode(state: &State) -> Vec<u8> {
    let mut out = [MAGIC, &[FORMAT]].concat();
    section(&mut out, BASE, BASE_VERSION, &base(state));
    write_sections(state, &mut out);
    let hash = Hash::of(&out);
    out.extend(hash.0);
    out
}

/// The state whose [`encode`] this was.
pub fn decode(bytes: &[u8]) -> Result<State, Error> {
    let mut state = State::default();
    let mut seen = [false; 256];
    for (number, content) in split(bytes)? {
        if std::mem::replace(&mut seen[usize::from(number)], true) {
            return Err(Error::Twice(number));
        }
        read_section(&mut state, number, content)?;
    }
    match SECTIONS.iter().find(|(number, _)| !seen[usize::from(*number)]) {
        Some((_, name)) => Err(Error::Missing(name)),
        None => Ok(state),
    }
}

/// The sections of a snapshot, by number, once its hash has been checked.
pub fn split(bytes: &[u8]) -> Result<Vec<(u8, &[u8])>, Error> {
    let (body, hash) = bytes
        .len()
        .checked_sub(HASH_BYTES)
        .and_then(|end| bytes.split_at_checked(end))
        .ok_or(Error::Damaged)?;
    let body_after_magic = body.strip_prefix(MAGIC).ok_or(Error::Damaged)?;
    if Hash::of(body).0 != hash {
        return Err(Error::Damaged);
    }
    let (&format, mut rest) = body_after_magic.split_first().ok_or(Error::Damaged)?;
    if format != FORMAT {
        return Err(Error::Format(format));
    }
    let mut sections = Vec::new();
    while let Some((&number, after)) = rest.split_first() {
        let (length, after) = after.split_first_chunk::<LENGTH_BYTES>().ok_or(Error::Damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| Error::Damaged)?;
        let (content, after) = after.split_at_checked(length).ok_or(Error::Damaged)?;
        sections.push((number, content));
        rest = after;
    }
    Ok(sections)
}

/// Writes a section in place, so that a large one is in memory once.
fn section(out: &mut Vec<u8>, number: u8, version: u8, value: &impl Serialize) {
    out.push(number);
    let start = out.len() + LENGTH_BYTES;
    out.extend([0; LENGTH_BYTES]);
    codec::append(out, version, value);
    let length = (out.len() - start) as u64;
    out[start - LENGTH_BYTES..start].copy_from_slice(&length.to_le_bytes());
}

fn content<T: serde::de::DeserializeOwned>(
    section: u8,
    version: u8,
    bytes: &[u8],
) -> Result<T, Error> {
    codec::decode_trusted(version, bytes).map_err(|source| Error::Content { section, source })
}

fn base(state: &State) -> Base {
    Base {
        applied: state.applied,
        clock: state.clock,
        cluster: state.cluster.clone(),
        configuration: state.configuration.clone(),
    }
}

fn set_base(state: &mut State, base: Base) {
    let Base { applied, clock, cluster, configuration } = base;
    (state.applied, state.clock) = (applied, clock);
    (state.cluster, state.configuration) = (cluster, configuration);
}
