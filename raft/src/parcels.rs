use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use config::limits::CHUNK_BYTES;

use crate::forward::{Failure, Outcome};

/// An answer larger than this is fetched in pieces, so that it fits into a frame beside its envelope.
pub(crate) const WHOLE_BYTES: usize = 512 << 10;
/// Answers kept for fetching …
const KEPT: usize = 32;
/// … and their bytes; the oldest go first.
const KEPT_BYTES: usize = 128 << 20;
/// Nobody pauses longer than this between two pieces.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Answers that were too large for one frame, until they are fetched.
#[derive(Default)]
pub(crate) struct Parcels {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    next: u64,
    bytes: usize,
    parcels: VecDeque<Parcel>,
}

struct Parcel {
    ticket: u64,
    bytes: Arc<[u8]>,
    since: Instant,
}

impl Parcels {
    /// Keeps an answer; returns what to answer instead.
    pub fn keep(&self, bytes: &[u8]) -> Outcome {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.next += 1;
        let ticket = kept.next;
        kept.bytes += bytes.len();
        kept.parcels.push_back(Parcel { ticket, bytes: bytes.into(), since: Instant::now() });
        kept.trim();
        Outcome::Parcel { ticket, length: bytes.len() as u64 }
    }

    pub fn piece(&self, ticket: u64, offset: u64) -> Result<Outcome, Failure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.trim();
        let parcel = kept.parcels.iter().find(|parcel| parcel.ticket == ticket);
        let gone = || Failure::Failed("the answer was not fetched in time".into());
        let bytes = Arc::clone(&parcel.ok_or_else(gone)?.bytes);
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = start.saturating_add(CHUNK_BYTES).min(bytes.len());
        Ok(Outcome::Piece(bytes[start..end].to_vec()))
    }
}

impl Kept {
    fn trim(&mut self) {
        while let Some(first) = self.parcels.front() {
            let late = first.since.elapsed() > KEPT_FOR;
            if !late && self.parcels.len() <= KEPT && self.bytes <= KEPT_BYTES {
                return;
            }
            self.bytes -= first.bytes.len();
            self.parcels.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_answer_comes_back_in_pieces() {
        let parcels = Parcels::default();
        let sent: Vec<u8> = (0..WHOLE_BYTES + 9).map(|at| (at % 251) as u8).collect();
        let Outcome::Parcel { ticket, length } = parcels.keep(&sent) else { panic!() };
        let mut fetched = Vec::new();
        while (fetched.len() as u64) < length {
            let Ok(Outcome::Piece(piece)) = parcels.piece(ticket, fetched.len() as u64) else {
                panic!()
            };
            fetched.extend(piece);
        }
        assert!(fetched == sent);
    }

    #[test]
    fn only_so_many_are_kept() {
        let parcels = Parcels::default();
        for _ in 0..=KEPT {
            parcels.keep(&vec![0; WHOLE_BYTES + 1]);
        }
        assert!(parcels.piece(1, 0).is_err());
        assert!(parcels.piece(2, 0).is_ok());
        assert!(parcels.piece(2, u64::MAX).is_ok());
    }
}
