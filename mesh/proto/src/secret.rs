use std::collections::BTreeSet;
use std::fmt;

use crate::{Error, Key};

/// The secret that every machine of a cluster may be given. Never printed.
///
/// Whoever dials a node can try guesses offline, so at least 128 bits are asked for. The estimate is
/// length × log2(alphabet), where the alphabet is the classes of characters that occur (hexadecimal
/// digits 16, digits 10, lower and upper case 26 each, all else 33) and a text that repeats itself
/// counts once. Fewer than eight different characters are never enough.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterSecret(String);

impl ClusterSecret {
    pub const BITS: u32 = 128;
    const DISTINCT: usize = 8;
    const CONTEXT: &str = "sloth 2026-11 cluster secret, handshake key";

    /// Refuses what could be guessed.
    pub fn new(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let bits = estimate(text);
        if bits < Self::BITS {
            return Err(Error::WeakSecret { bits });
        }
        Ok(Self(text.to_owned()))
    }

    pub fn key(&self) -> Key {
        Key::new(blake3::derive_key(Self::CONTEXT, self.0.as_bytes()))
    }
}

impl fmt::Debug for ClusterSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClusterSecret(hidden)")
    }
}

fn estimate(text: &str) -> u32 {
    let letters: Vec<char> = text.chars().collect();
    let bits = period(&letters) as f64 * alphabet(&letters).log2();
    let distinct = letters.iter().collect::<BTreeSet<_>>().len();
    let bits = if distinct < ClusterSecret::DISTINCT { bits.min(32.0) } else { bits };
    bits as u32
}

/// The length of the shortest piece that repeated gives the text.
fn period(letters: &[char]) -> usize {
    (1..letters.len())
        .find(|period| letters[*period..] == letters[..letters.len() - period])
        .unwrap_or(letters.len())
}

fn alphabet(letters: &[char]) -> f64 {
    let any = |class: fn(&char) -> bool| letters.iter().any(class);
    let lower_hex = |letter: &char| matches!(letter, '0'..='9' | 'a'..='f');
    let upper_hex = |letter: &char| matches!(letter, '0'..='9' | 'A'..='F');
    if any(char::is_ascii_digit) && (letters.iter().all(lower_hex) || letters.iter().all(upper_hex))
    {
        return if letters.iter().all(char::is_ascii_digit) { 10.0 } else { 16.0 };
    }
    let classes = [
        (any(char::is_ascii_digit), 10.0),
        (any(char::is_ascii_lowercase), 26.0),
        (any(char::is_ascii_uppercase), 26.0),
        (any(|letter| !letter.is_ascii_alphanumeric()), 33.0),
    ];
    classes.iter().filter(|(occurs, _)| *occurs).map(|(_, size)| size).sum::<f64>().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_128_bits_in_hexadecimal_is_enough() {
        assert!(ClusterSecret::new("0f8fad5bd9cb469fa16570867728950e").is_ok());
        assert!(ClusterSecret::new(" dGhpcyBpcyBub3QgYSBzZWNyZXQh\n").is_ok());
    }

    #[test]
    fn guessable_secrets_are_refused_with_their_strength() {
        for weak in [
            "",
            "hunter2",
            "0f8fad5bd9cb469fa16570867728950",
            &"a".repeat(100),
            &"abab".repeat(30),
            &"abcdefghij".repeat(10),
            &"12345678".repeat(4),
        ] {
            assert!(
                matches!(ClusterSecret::new(weak), Err(Error::WeakSecret { bits }) if bits < 128),
                "{weak}"
            );
        }
    }

    #[test]
    fn the_secret_is_not_printed_and_its_key_is_derived() {
        let secret = ClusterSecret::new("0f8fad5bd9cb469fa16570867728950e").unwrap();
        assert_eq!(format!("{secret:?}"), "ClusterSecret(hidden)");
        let other = ClusterSecret::new("1f8fad5bd9cb469fa16570867728950e").unwrap();
        assert_ne!(secret.key(), other.key());
    }
}
