/// What a call does to the world, and so what check mode makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Only computes; it may be called while a file is loaded.
    Computes,
    /// Looks at the world and leaves it as it is.
    Observes,
    /// Writes lines of the log.
    Tells,
    /// Compares first and acts only on a difference: a second identical call changes nothing.
    Ensures,
    /// Acts at every call.
    Acts,
    /// Runs functions of the file, which mind check mode themselves.
    Runs,
}

impl Effect {
    /// Whether the world may be another one afterwards.
    pub fn changes(self) -> bool {
        matches!(self, Effect::Ensures | Effect::Acts)
    }

    /// The sentence of a reference page.
    pub fn describe(self) -> &'static str {
        match self {
            Effect::Computes => "Only computes; may be used while the file is loaded.",
            Effect::Observes => "Only looks; check mode runs it.",
            Effect::Tells => "Only writes to the log; check mode runs it.",
            Effect::Ensures => {
                "A second identical call changes nothing; check mode compares and says what would change."
            }
            Effect::Acts => "Acts at every call; check mode does not do it.",
            Effect::Runs => "Runs functions of the file; check mode runs it.",
        }
    }
}
