//! What text of people and programs must look like.

use config::{Name, TaskName};

use crate::{Elapsed, Refusal};

/// Text in a message is cut here, so that a refusal stays one line.
const SHOWN_BYTES: usize = 80;

/// A short word: `[A-Za-z0-9._-]`, first alphanumeric, at most 63.
pub(crate) fn name(what: &str, text: &str) -> Result<(), Refusal> {
    let refuse = |_| {
        let shown = shown(text);
        Refusal::invalid(format!("{what} `{shown}` is no name: 1 to 63 of A-Z a-z 0-9 . _ -"))
    };
    Name::new(text).map(drop).map_err(refuse)
}

/// A name that people read: one line of at most 128 bytes.
pub(crate) fn title(what: &str, text: &str) -> Result<(), Refusal> {
    let refuse = |_| {
        let shown = shown(text);
        Refusal::invalid(format!(
            "{what} `{shown}` is not 1 to 128 bytes without control characters"
        ))
    };
    TaskName::new(text).map(drop).map_err(refuse)
}

/// One line of at most `most` bytes.
pub(crate) fn line(what: &str, text: &str, most: usize) -> Result<(), Refusal> {
    if text.len() > most {
        let found = text.len();
        return Err(Refusal::limit(format!("{what} has {found} bytes, the most is {most}")));
    }
    if text.chars().any(char::is_control) {
        let shown = shown(text);
        return Err(Refusal::invalid(format!("{what} `{shown}` has control characters")));
    }
    Ok(())
}

/// A span between two others.
pub(crate) fn span(
    what: &str,
    span: Elapsed,
    least: Elapsed,
    most: Elapsed,
) -> Result<(), Refusal> {
    if (least..=most).contains(&span) {
        return Ok(());
    }
    let (span, least, most) = (span.0, least.0, most.0);
    Err(Refusal::invalid(format!("{what} of {span} ms is not between {least} and {most} ms")))
}

/// Refuses one more of what there may only be `most` of.
pub(crate) fn room(what: &str, there: usize, most: usize) -> Result<(), Refusal> {
    if there < most {
        return Ok(());
    }
    Err(Refusal::limit(format!("there are {there} {what}, the most is {most}")))
}

/// Text as a message may repeat it: cut, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let cut = &text[..text.floor_char_boundary(SHOWN_BYTES)];
    let dots = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{dots}", cut.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn shown_text_is_short_and_visible() {
        assert_eq!(shown("a\nb"), "a\\nb");
        assert_eq!(shown(&"é".repeat(100)), format!("{}…", "é".repeat(40)));
    }

    #[test]
    fn a_line_has_a_length_and_no_control_characters() {
        assert_eq!(line("key", "", 2), Ok(()));
        assert_eq!(line("key", "abc", 2).unwrap_err().kind, Kind::Limit);
        assert_eq!(line("key", "\u{7}", 2).unwrap_err().kind, Kind::Invalid);
    }

    #[test]
    fn bounds_are_inclusive() {
        let (least, most) = (Elapsed(2), Elapsed(4));
        let ok = |ms| span("ttl", Elapsed(ms), least, most).is_ok();
        assert_eq!([1, 2, 4, 5].map(ok), [false, true, true, false]);
        assert!(room("keys", 1, 2).is_ok() && room("keys", 2, 2).is_err());
    }
}
