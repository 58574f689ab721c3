//! The forms in which a secret appears in outputs.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Shorter values are not looked for: masking them would tear every text apart.
pub const VALUE_MIN: usize = 4;
/// A shorter piece of an encoded text is too likely to be there by chance.
const PIECE_MIN: usize = 8;
/// Characters at which programs break lines of base64.
const WRAPS: [usize; 2] = [64, 76];

/// Everything to look for when this value must not be seen; nothing when it is too short.
pub fn of(value: &str) -> BTreeSet<Vec<u8>> {
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= VALUE_MIN);
    let parts: BTreeSet<&str> = lines.chain([value, value.trim()]).collect();
    let parts = parts.into_iter().filter(|part| part.len() >= VALUE_MIN);
    parts.flat_map(encodings).collect()
}

fn encodings(value: &str) -> Vec<Vec<u8>> {
    let mut all = vec![value.to_owned()];
    all.extend(json(value));
    all.extend([hex(value, false), hex(value, true)]);
    all.extend(url(value));
    all.extend(base64(value.as_bytes(), &STANDARD));
    all.extend(base64(value.as_bytes(), &URL_SAFE));
    all.into_iter().map(String::into_bytes).collect()
}

/// As JSON writers escape it: as little as possible, slashes too, everything but ASCII.
fn json(value: &str) -> [String; 3] {
    let quoted = serde_json::Value::from(value).to_string();
    let least = quoted[1..quoted.len() - 1].to_owned();
    let mut ascii = String::new();
    for unit in least.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => ascii.push(byte.into()),
            // Writing to a string cannot fail.
            _ => _ = write!(ascii, "\\u{unit:04x}"),
        }
    }
    [least.replace('/', "\\/"), least, ascii]
}

fn hex(value: &str, capitals: bool) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        _ = if capitals { write!(text, "{byte:02X}") } else { write!(text, "{byte:02x}") };
        text
    })
}

/// In percent form: everything but unreserved characters, what forms and what scripts of pages leave as it is.
fn url(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for kept in ["-_.~", "-_.!~*'()", "*-._", "-_.~!$&'()*+,;=:@/?"] {
        let strict = percent(value, kept);
        all.push(lower_escapes(&strict));
        all.push(strict.replace("%20", "+"));
        all.push(strict);
    }
    all
}

fn percent(value: &str, kept: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) {
            text.push(byte.into());
        } else {
            // Writing to a string cannot fail.
            _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn lower_escapes(text: &str) -> String {
    let mut left = 0;
    text.chars()
        .map(|letter| {
            let inside = left > 0;
            left = if letter == '%' { 2 } else { usize::saturating_sub(left, 1) };
            if inside { letter.to_ascii_lowercase() } else { letter }
        })
        .collect()
}

/// Alone, with and without padding; broken into lines; and what of it is the same wherever it stands in a longer text.
fn base64(value: &[u8], engine: &GeneralPurpose) -> Vec<String> {
    let alone = engine.encode(value);
    let bare = alone.trim_end_matches('=').to_owned();
    let mut all = Vec::new();
    for wrap in WRAPS.into_iter().filter(|wrap| alone.len() > *wrap) {
        let pieces = alone.as_bytes().chunks(wrap);
        all.extend(pieces.map(|piece| String::from_utf8_lossy(piece).into_owned()));
    }
    for before in 0..3 {
        let shifted = [&vec![0; before][..], value].concat();
        let text = engine.encode(&shifted[..shifted.len() / 3 * 3]);
        let own = text.get((before * 8).div_ceil(6)..).unwrap_or_default().to_owned();
        all.push(own);
    }
    all.retain(|piece| piece.len() >= PIECE_MIN);
    all.extend([alone, bare]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(value: &str) -> BTreeSet<String> {
        of(value).into_iter().map(|form| String::from_utf8(form).unwrap()).collect()
    }

    #[test]
    fn short_values_are_not_looked_for() {
        assert!(of("abc").is_empty());
        assert!(of("a\nbc\n").is_empty() || !of("a\nbc\n").contains(b"bc".as_slice()));
    }

    #[test]
    fn every_encoding_is_there() {
        let forms = forms("p\"ä/ 1+");
        for form in [
            "p\"ä/ 1+",
            "p\\\"ä/ 1+",
            "p\\\"ä\\/ 1+",
            "p\\\"\\u00e4/ 1+",
            "7022c3a42f20312b",
            "7022C3A42F20312B",
            "p%22%C3%A4%2F%201%2B",
            "p%22%c3%a4%2f%201%2b",
            "p%22%C3%A4%2F+1%2B",
            "p%22%C3%A4/%201+",
            "cCLDpC8gMSs=",
            "cCLDpC8gMSs",
        ] {
            assert!(forms.contains(form), "{form} is missing in {forms:?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_it_stands() {
        let value = "correct horse";
        let forms = forms(value);
        for prefix in ["", "u", "us", "usr", "user:"] {
            for suffix in ["", "\n", "!!", "???"] {
                let text = STANDARD.encode(format!("{prefix}{value}{suffix}"));
                assert!(
                    forms.iter().any(|form| text.contains(form.as_str())),
                    "{prefix}{suffix}: {text}"
                );
            }
        }
    }

    #[test]
    fn a_value_of_several_lines_is_found_line_by_line() {
        let forms = forms("first line\n  second line\nx\n");
        for form in ["first line", "second line", "first line\n  second line\nx"] {
            assert!(forms.contains(form), "{form}");
        }
        assert!(!forms.contains("x"));
    }

    #[test]
    fn long_base64_is_found_in_the_lines_that_programs_break_it_into() {
        let value = "k".repeat(200);
        let (forms, text) = (forms(&value), STANDARD.encode(&value));
        assert!(
            text.as_bytes()
                .chunks(76)
                .all(|line| forms.contains(std::str::from_utf8(line).unwrap()))
        );
    }
}
