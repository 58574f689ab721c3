/// What the mesh refuses to read, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not a join token: {0}")]
    Token(String),
    #[error("invalid token id {0:?}: expected 16 hexadecimal digits")]
    TokenId(String),
    #[error(
        "cluster secret is too easy to guess: about {bits} of 128 bits; make one with `openssl rand -hex 32`"
    )]
    WeakSecret { bits: u32 },
    #[error("malformed {what}: {reason}")]
    Malformed { what: &'static str, reason: &'static str },
    #[error("{what} has format {found}, this version reads {known}; update the older node")]
    Format { what: &'static str, found: u8, known: u8 },
}
