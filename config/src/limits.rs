//! Bounds that more than one crate must agree on, each with its reason.

/// Fits a DNS label, a file name and a table column.
pub const NAME_BYTES: usize = 63;
/// A task's name is one line on a terminal.
pub const TASK_NAME_BYTES: usize = 128;
/// Every member's labels are in memory on every voter.
pub const LABELS: usize = 64;
/// As above; also keeps a label within one line.
pub const LABEL_VALUE_BYTES: usize = 256;
/// A selector is stored with every instance it places.
pub const SELECTOR_BYTES: usize = 1024;
/// A workflow is written by people; larger is data and belongs into a file it reads.
pub const SCRIPT_BYTES: usize = 1 << 20;
/// All values of a run together; they are agreed with it.
pub const VALUES_BYTES: usize = 256 << 10;
/// One raft entry: small enough that replicating it never delays a heartbeat noticeably.
pub const ENTRY_BYTES: usize = 256 << 10;
/// One part of a submitted bundle or plan: several fit into an entry beside other commands.
pub const PART_BYTES: usize = 64 << 10;
/// An output table kept in the agreed state; a larger one becomes a blob.
pub const OUTPUT_INLINE_BYTES: usize = 8 << 10;
/// The end of the log kept with a successful report: a glance.
pub const TAIL_SUCCESS_BYTES: usize = 1 << 10;
/// The end of the log kept with a failed report: usually enough to see why.
pub const TAIL_FAILURE_BYTES: usize = 8 << 10;
/// A value of the key-value store; it is replicated and held in memory on every voter.
pub const VALUE_BYTES: usize = 64 << 10;
/// A key of the key-value store.
pub const KEY_BYTES: usize = 512;
/// One line of a task's log; a longer one is cut, so that a stream without line ends stays bounded.
pub const LOG_LINE_BYTES: usize = 64 << 10;
/// One chunk of a blob or snapshot on the wire: well below a stream's window.
pub const CHUNK_BYTES: usize = 256 << 10;
/// One frame between nodes: an entry, a chunk or a batch of log lines with its envelope.
pub const FRAME_BYTES: usize = 1 << 20;
/// Finished runs kept unless `run.keep` says otherwise.
pub const RUNS_KEPT: u32 = 1000;
