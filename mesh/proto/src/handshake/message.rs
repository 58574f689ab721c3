use super::Reason;
use crate::bytes::{Reader, put_option};
use crate::{Error, Mac, Nonce, TokenId};
use config::ClusterId;

/// The dialer's first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Versions it speaks, lowest and highest.
    pub versions: [u8; 2],
    pub nonce: Nonce,
    pub cluster: Option<ClusterId>,
    /// It has a cluster secret.
    pub secret: bool,
    pub token: Option<TokenId>,
}

/// The acceptor's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub version: u8,
    pub nonce: Nonce,
    pub cluster: Option<ClusterId>,
    pub verdict: Verdict,
    /// The acceptor's own proof, when both know a key.
    pub mac: Option<Mac>,
}

/// What the acceptor makes of a greeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The dialer is a member; the proof, if there is one, is by the token when it was offered.
    Member,
    ProveSecret,
    ProveToken,
    Refused(Reason),
}

/// The dialer's reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing to prove: it is a member.
    None,
    Mac(Mac),
    Refused(Reason),
}

/// The acceptor's last word.
pub type Conclusion = Result<(), Reason>;

impl Greeting {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.versions.to_vec();
        out.extend_from_slice(&self.nonce);
        put_option(&mut out, self.cluster.as_ref().map(|id| &id.as_bytes()[..]));
        out.push(self.secret.into());
        put_option(&mut out, self.token.as_ref().map(|id| &id.as_bytes()[..]));
        out
    }

    /// Reads what this version knows; a later version may append fields.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("handshake greeting", bytes);
        Ok(Self {
            versions: reader.array()?,
            nonce: reader.array()?,
            cluster: reader.cluster()?,
            secret: reader.byte()? != 0,
            token: reader.option(|reader| reader.array().map(TokenId::new))?,
        })
    }
}

impl Answer {
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.version];
        out.extend_from_slice(&self.nonce);
        put_option(&mut out, self.cluster.as_ref().map(|id| &id.as_bytes()[..]));
        out.extend_from_slice(&match self.verdict {
            Verdict::Member => [1, 0],
            Verdict::ProveSecret => [2, 0],
            Verdict::ProveToken => [3, 0],
            Verdict::Refused(reason) => [4, reason.code()],
        });
        put_option(&mut out, self.mac.as_ref().map(|mac| &mac.as_bytes()[..]));
        out
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("handshake answer", bytes);
        Ok(Self {
            version: reader.byte()?,
            nonce: reader.array()?,
            cluster: reader.cluster()?,
            verdict: match reader.array()? {
                [1, 0] => Verdict::Member,
                [2, 0] => Verdict::ProveSecret,
                [3, 0] => Verdict::ProveToken,
                [4, code] => Verdict::Refused(reason(&reader, code)?),
                _ => return Err(reader.bad("unknown verdict")),
            },
            mac: reader.option(|reader| reader.array().map(<Mac as From<[u8; 32]>>::from))?,
        })
    }
}

impl Proof {
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::None => vec![1],
            Self::Mac(mac) => [&[2], &mac.as_bytes()[..]].concat(),
            Self::Refused(reason) => vec![3, reason.code()],
        }
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new("handshake proof", bytes);
        match reader.byte()? {
            1 => Ok(Self::None),
            2 => reader.array::<32>().map(|bytes| Self::Mac(bytes.into())),
            3 => {
                let code = reader.byte()?;
                reason(&reader, code).map(Self::Refused)
            }
            _ => Err(reader.bad("unknown kind")),
        }
    }
}

/// One status byte: 0 for a connection that holds.
pub(super) fn encode_conclusion(conclusion: Conclusion) -> Vec<u8> {
    vec![conclusion.map_or_else(Reason::code, |()| 0)]
}

pub(super) fn decode_conclusion(bytes: &[u8]) -> Result<Conclusion, Error> {
    let mut reader = Reader::new("handshake conclusion", bytes);
    match reader.byte()? {
        0 => Ok(Ok(())),
        code => reason(&reader, code).map(Err),
    }
}

fn reason(reader: &Reader<'_>, code: u8) -> Result<Reason, Error> {
    Reason::from_code(code).ok_or_else(|| reader.bad("unknown reason"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn messages_are_golden() {
        let greeting = Greeting {
            versions: [1, 2],
            nonce: [7; 32],
            cluster: None,
            secret: true,
            token: Some(TokenId::new([5; 8])),
        };
        let golden = [&[1, 2][..], &[7; 32], &[0, 1, 1], &[5; 8]].concat();
        assert_eq!(greeting.encode(), golden);
        assert_eq!(Greeting::decode(&golden).unwrap(), greeting);
        let answer = Answer {
            version: 1,
            nonce: [6; 32],
            cluster: Some(ClusterId::new([3; 16])),
            verdict: Verdict::Refused(Reason::Token),
            mac: Some([9; 32].into()),
        };
        let golden = [&[1][..], &[6; 32], &[1], &[3; 16], &[4, 4, 1], &[9; 32]].concat();
        assert_eq!(answer.encode(), golden);
        assert_eq!(Answer::decode(&golden).unwrap(), answer);
    }

    #[test]
    fn proofs_and_conclusions_read_back() {
        for proof in [Proof::None, Proof::Mac([1; 32].into()), Proof::Refused(Reason::Unproven)] {
            assert_eq!(Proof::decode(&proof.encode()).unwrap(), proof);
        }
        for conclusion in [Ok(()), Err(Reason::Removed)] {
            assert_eq!(decode_conclusion(&encode_conclusion(conclusion)).unwrap(), conclusion);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = Greeting::decode(&bytes);
            let _ = Answer::decode(&bytes);
            let _ = Proof::decode(&bytes);
            let _ = decode_conclusion(&bytes);
        }
    }
}
