//! Character classes: `%a`, `[a-z]` and single characters.

use super::{ESCAPE, Fault};

/// Where the class that starts at `item` ends.
pub fn end(pattern: &[u8], item: usize) -> Result<usize, Fault> {
    match pattern[item] {
        ESCAPE if item + 1 == pattern.len() => Err(Fault::malformed("ends with '%'")),
        ESCAPE => Ok(item + 2),
        b'[' => set_end(pattern, item + 1),
        _ => Ok(item + 1),
    }
}

/// The first character of a set is never its end: `[]]` holds a bracket.
fn set_end(pattern: &[u8], start: usize) -> Result<usize, Fault> {
    let mut at = start + usize::from(pattern.get(start) == Some(&b'^'));
    loop {
        let byte = *pattern.get(at).ok_or_else(|| Fault::malformed("missing ']'"))?;
        at += 1;
        if byte == ESCAPE && at < pattern.len() {
            at += 1;
        }
        if pattern.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
    }
}

/// Whether `byte` belongs to the class, given whole: `a`, `.`, `%a` or `[…]`.
pub fn holds(class: &[u8], byte: u8) -> bool {
    match class {
        [b'.'] => true,
        [ESCAPE, letter] => letter_holds(*letter, byte),
        [b'[', inner @ .., b']'] => set_holds(inner, byte),
        [literal, ..] => *literal == byte,
        [] => false,
    }
}

fn set_holds(inner: &[u8], byte: u8) -> bool {
    match inner {
        [b'^', rest @ ..] => !any_holds(rest, byte),
        all => any_holds(all, byte),
    }
}

fn any_holds(mut items: &[u8], byte: u8) -> bool {
    loop {
        let (found, rest) = match items {
            [] => return false,
            [ESCAPE, letter, rest @ ..] => (letter_holds(*letter, byte), rest),
            [low, b'-', high, rest @ ..] => ((*low..=*high).contains(&byte), rest),
            [literal, rest @ ..] => (*literal == byte, rest),
        };
        if found {
            return true;
        }
        items = rest;
    }
}

fn letter_holds(letter: u8, byte: u8) -> bool {
    let inside = match letter.to_ascii_lowercase() {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        b'z' => byte == 0,
        _ => return letter == byte,
    };
    inside != letter.is_ascii_uppercase()
}
