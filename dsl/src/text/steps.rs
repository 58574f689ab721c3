use super::pattern::Fault;

/// Steps every search may take, whatever its subject.
const STEPS_BASE: u64 = 10_000_000;
/// Further steps per byte of the subject, so that an honest search of a large text ends.
const STEPS_PER_BYTE: u64 = 64;
/// About a second's work: as long as a call may delay the end of an attempt.
const STEPS_MAX: u64 = 600_000_000;

/// What is left of the work one call may do; Lua's own hook never fires inside it.
pub struct Steps {
    left: u64,
    limit: u64,
}

impl Steps {
    pub fn new(subject_length: usize) -> Self {
        let limit = (STEPS_BASE + STEPS_PER_BYTE * subject_length as u64).min(STEPS_MAX);
        Self { left: limit, limit }
    }

    pub fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        match self.left.checked_sub(steps as u64) {
            Some(left) => self.left = left,
            None => return Err(Fault::TooComplex { steps: self.limit }),
        }
        Ok(())
    }
}
