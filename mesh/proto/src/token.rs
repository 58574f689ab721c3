use std::fmt;
use std::str::FromStr;

use config::{Address, ClusterId};
use serde::{Deserialize, Serialize};

use crate::bytes::{Reader, put_text};
use crate::{Error, Key, base32, hex};

/// What a token is counted and revoked by. Text form: 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TokenId([u8; Self::BYTES]);

impl TokenId {
    pub const BYTES: usize = 8;

    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(out, &self.0)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(out, &self.0)
    }
}

impl FromStr for TokenId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        hex::read(text).map(Self).ok_or_else(|| Error::TokenId(text.into()))
    }
}

/// A join token as people paste it: `sloth1` and base 32, with a checksum.
///
/// It pins the cluster and brings contacts. Uses and expiry are what its maker was promised; the
/// agreed record decides. `Display` prints the secret, `Debug` does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    /// 256 random bits.
    pub secret: [u8; 32],
    pub cluster: ClusterId,
    pub uses: u32,
    /// Seconds since 1970, by its maker's clock.
    pub expires: u64,
    /// At most [`Token::ADDRESSES`].
    pub addresses: Vec<Address>,
}

impl Token {
    /// More contacts would make the text too long to paste comfortably.
    pub const ADDRESSES: usize = 8;
    const PREFIX: &str = "sloth1";
    const FAMILY: &str = "sloth";
    const CHECK_BYTES: usize = 4;
    const CONTEXT: &str = "sloth 2026-11 join token, handshake key";

    /// The key that stands in the agreed state for the secret.
    pub fn key(&self) -> Key {
        let mut material = self.id.as_bytes().to_vec();
        material.extend_from_slice(&self.secret);
        Key::new(blake3::derive_key(Self::CONTEXT, &material))
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = self.id.as_bytes().to_vec();
        out.extend_from_slice(&self.secret);
        out.extend_from_slice(self.cluster.as_bytes());
        out.extend_from_slice(&self.uses.to_be_bytes());
        out.extend_from_slice(&self.expires.to_be_bytes());
        let addresses = &self.addresses[..self.addresses.len().min(Self::ADDRESSES)];
        out.push(addresses.len() as u8);
        addresses.iter().for_each(|address| put_text(&mut out, &address.to_string()));
        out
    }

    fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("join token", bytes);
        let token = Self {
            id: TokenId(reader.array()?),
            secret: reader.array()?,
            cluster: ClusterId::new(reader.array()?),
            uses: reader.u32()?,
            expires: reader.u64()?,
            addresses: {
                let count = usize::from(reader.byte()?);
                if count > Self::ADDRESSES {
                    return Err(reader.bad("it has more than 8 addresses"));
                }
                (0..count).map(|_| reader.address()).collect::<Result<_, _>>()?
            },
        };
        reader.end()?;
        Ok(token)
    }
}

fn checksum(bytes: &[u8]) -> [u8; Token::CHECK_BYTES] {
    let mut check = [0; Token::CHECK_BYTES];
    check.copy_from_slice(&blake3::hash(bytes).as_bytes()[..Token::CHECK_BYTES]);
    check
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.encode();
        let check = checksum(&bytes);
        bytes.extend_from_slice(&check);
        write!(out, "{}{}", Self::PREFIX, base32::encode(&bytes))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Token({})", self.id)
    }
}

impl FromStr for Token {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let Some(digits) = text.strip_prefix(Self::PREFIX) else {
            return Err(Error::Token(no_prefix(text)));
        };
        let bytes = base32::decode(digits)
            .map_err(|letter| Error::Token(format!("{letter:?} does not occur in tokens")))?;
        let cut = bytes.len().saturating_sub(Self::CHECK_BYTES);
        let (body, check) = bytes.split_at(cut);
        if checksum(body) != check {
            return Err(Error::Token(
                "its checksum does not fit; it was cut off or mistyped".into(),
            ));
        }
        Self::decode(body).map_err(|error| Error::Token(error.to_string()))
    }
}

/// Says what stands there instead, without repeating a secret.
fn no_prefix(text: &str) -> String {
    match text.strip_prefix(Token::FAMILY).and_then(|rest| rest.chars().next()) {
        Some(version @ '2'..='9') => {
            format!("it has format {version}, this version reads 1; update this machine")
        }
        _ if text.is_empty() => "it is empty".into(),
        _ => format!("it does not begin with {}", Token::PREFIX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOLDEN: &str = "sloth1aeaqcaibaeaqcaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcambqgaydambqgaydambqgaydamaaaaabaaaaaadljhjaaaingeyc4mbogaxdcorxga3tbdn4opia";

    fn token() -> Token {
        Token {
            id: TokenId::new([1; 8]),
            secret: [2; 32],
            cluster: ClusterId::new([3; 16]),
            uses: 1,
            expires: 1_800_000_000,
            addresses: vec!["10.0.0.1:7070".parse().unwrap()],
        }
    }

    #[test]
    fn text_is_golden_and_reads_back() {
        let text = token().to_string();
        assert_eq!(text, GOLDEN);
        assert_eq!(text.parse::<Token>().unwrap(), token());
        assert_eq!(format!(" {text}\n").parse::<Token>().unwrap(), token());
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let text = token().to_string();
        for (given, reason) in [
            ("", "empty"),
            ("K10abc", "does not begin with sloth1"),
            ("sloth2abc", "update this machine"),
            (&text[..text.len() - 3], "cut off"),
            (&text.replacen("sloth1a", "sloth1b", 1), "mistyped"),
            (&format!("{text}!"), "'!'"),
        ] {
            let error = given.parse::<Token>().unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn the_secret_is_not_printed_and_changes_the_key() {
        assert_eq!(format!("{:?}", token()), "Token(0101010101010101)");
        assert_ne!(token().key(), Token { secret: [9; 32], ..token() }.key());
        assert_ne!(token().key(), Token { id: TokenId::new([9; 8]), ..token() }.key());
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = text.parse::<Token>();
            let _ = format!("sloth1{text}").parse::<Token>();
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Token::decode(&bytes);
        }
    }
}
