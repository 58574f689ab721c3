//! A follower's place as text: `SEQUENCE~TASK.SLOT.ATTEMPT.OFFSET~…`, safe in a header and in a query.

use std::fmt::Write;

use node::view::Cursor;

use super::failure::Failure;

pub(super) fn encode(cursor: &Cursor) -> String {
    let mut text = cursor.sequence.to_string();
    for ((task, slot, attempt), offset) in &cursor.offsets {
        // Writing to a string cannot fail.
        _ = write!(text, "~{task}.{slot}.{attempt}.{offset}");
    }
    text
}

pub(super) fn parse(text: &str) -> Result<Cursor, Failure> {
    let refused = || Failure::invalid(format!("cursor `{text}` is not one of a follow stream"));
    let mut parts = text.split('~');
    let sequence = parts.next().and_then(|part| part.parse().ok()).ok_or_else(refused)?;
    let offsets = parts.map(offset).collect::<Option<_>>().ok_or_else(refused)?;
    Ok(Cursor { sequence, offsets })
}

fn offset(part: &str) -> Option<((u32, u32, u32), u64)> {
    let mut numbers = part.split('.');
    let mut key = || numbers.next()?.parse().ok();
    let key = (key()?, key()?, key()?);
    let offset = numbers.next()?.parse().ok()?;
    numbers.next().is_none().then_some((key, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_cursor_reads_back(
            sequence: u64,
            offsets in prop::collection::btree_map(any::<(u32, u32, u32)>(), any::<u64>(), 0..9),
        ) {
            let cursor = Cursor { sequence, offsets };
            let text = encode(&cursor);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || b"~.".contains(&byte)));
            prop_assert_eq!(parse(&text).unwrap(), cursor);
        }

        #[test]
        fn no_text_is_misread(text: String) {
            if let Ok(cursor) = parse(&text) {
                prop_assert_eq!(parse(&encode(&cursor)).unwrap(), cursor);
            }
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "1~", "1~2.3", "1~0.0.1.5.6", "-1", "1~0.0.1.x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
