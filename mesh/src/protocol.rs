use config::limits::FRAME_BYTES;

/// One kind of conversation between nodes. There is none without a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    name: &'static str,
    permission: Permission,
    ordered: bool,
    frame_bytes: usize,
    in_flight: usize,
}

/// Who may use a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Members whom the gate allows this action.
    Members(&'static str),
    /// The same, and those who only proved a secret or token.
    Strangers(&'static str),
}

impl Protocol {
    /// Requests of one peer under way at once; more wait at the caller.
    const IN_FLIGHT: usize = 256;

    /// `name` is lower-case words joined by dots, the same on every node.
    pub const fn new(name: &'static str, permission: Permission) -> Self {
        let (frame_bytes, in_flight) = (FRAME_BYTES, Self::IN_FLIGHT);
        Self { name, permission, ordered: false, frame_bytes, in_flight }
    }

    /// Requests of one stream are handled one after the other, in the order they were sent.
    pub const fn ordered(self) -> Self {
        Self { ordered: true, ..self }
    }

    /// The largest body in bytes, of requests and of answers.
    pub const fn frame_bytes(self, most: usize) -> Self {
        Self { frame_bytes: most, ..self }
    }

    /// Requests of one peer under way at once.
    pub const fn in_flight(self, most: usize) -> Self {
        Self { in_flight: most, ..self }
    }

    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub const fn permission(&self) -> Permission {
        self.permission
    }

    pub(crate) const fn is_ordered(&self) -> bool {
        self.ordered
    }

    pub(crate) const fn largest(&self) -> usize {
        self.frame_bytes
    }

    pub(crate) const fn at_once(&self) -> usize {
        self.in_flight
    }
}

impl Permission {
    /// What the gate is asked to allow.
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Members(action) | Self::Strangers(action) => action,
        }
    }

    pub const fn admits_strangers(&self) -> bool {
        matches!(self, Self::Strangers(_))
    }
}
