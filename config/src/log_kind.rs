use crate::value::Setting;

/// What a replica keeps its log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// Files of our own, written ahead and filled one after the other.
    File,
    /// A database of sled.
    Sled,
}

impl LogKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Sled => "sled",
        }
    }
}

impl Setting for LogKind {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "file" => Ok(Self::File),
            "sled" => Ok(Self::Sled),
            _ => Err(format!("expected file or sled, found {text:?}")),
        }
    }

    fn show(&self) -> String {
        self.word().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_shown() {
        for kind in [LogKind::File, LogKind::Sled] {
            assert_eq!(LogKind::parse(&kind.show()), Ok(kind));
        }
        assert_eq!(LogKind::parse("wal").unwrap_err(), "expected file or sled, found \"wal\"");
    }
}
