/// What a function may touch. A policy allows or denies these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    Nothing,
    Log,
    Exec,
    FsRead,
    FsWrite,
    Net,
    State,
    Event,
    Secrets,
    Env,
    Agent,
}

impl Capability {
    /// Those that can be allowed and denied.
    pub const ALL: &[Capability] = &[
        Capability::FsRead,
        Capability::FsWrite,
        Capability::Exec,
        Capability::Net,
        Capability::State,
        Capability::Event,
        Capability::Secrets,
        Capability::Env,
        Capability::Agent,
    ];

    /// The capability of that word.
    pub fn parse(word: &str) -> Option<Capability> {
        Capability::ALL.iter().copied().find(|capability| capability.word() == word)
    }

    /// As policies and refusals write it.
    pub fn word(self) -> &'static str {
        match self {
            Capability::Nothing => "nothing",
            Capability::Log => "log",
            Capability::Exec => "exec",
            Capability::FsRead => "fs.read",
            Capability::FsWrite => "fs.write",
            Capability::Net => "net",
            Capability::State => "state",
            Capability::Event => "event",
            Capability::Secrets => "secrets",
            Capability::Env => "env",
            Capability::Agent => "agent",
        }
    }
}
