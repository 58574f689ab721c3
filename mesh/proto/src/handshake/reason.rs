/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// Perhaps it lags behind: worth asking again.
    #[error("it is no member here and offered nothing that is accepted")]
    Unknown,
    #[error("it was removed from the cluster")]
    Removed,
    #[error("the cluster secret differs")]
    Secret,
    #[error("the join token is expired, used up or revoked")]
    Token,
    #[error("it did not prove that it belongs to the cluster")]
    Unproven,
    #[error("no common version of the mesh; update the older node")]
    Version,
}

impl Reason {
    const ALL: [Self; 6] =
        [Self::Unknown, Self::Removed, Self::Secret, Self::Token, Self::Unproven, Self::Version];

    pub(super) fn code(self) -> u8 {
        match self {
            Self::Unknown => 1,
            Self::Removed => 2,
            Self::Secret => 3,
            Self::Token => 4,
            Self::Unproven => 5,
            Self::Version => 6,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}
