use config::{ClusterId, NodeId};

use super::acceptor::wrong;
use super::message::decode_conclusion;
use super::{Agreed, Answer, Conclusion, Greeting, Proof, Reason, Trust, VERSION, Verdict};
use crate::{Credential, Error, Key, Nonce, Role, TokenId, Transcript};

/// What a dialer can prove to those who do not know it.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    pub secret: Option<Key>,
    pub token: Option<(TokenId, Key)>,
}

/// The side that dials.
#[derive(Debug)]
pub struct Dialer {
    nodes: [NodeId; 2],
    agreed: Agreed,
    offers: Offers,
    greeting: Greeting,
}

impl Dialer {
    /// `agreed` is about the acceptor.
    pub fn new(
        [me, acceptor]: [NodeId; 2],
        agreed: Agreed,
        cluster: Option<ClusterId>,
        offers: Offers,
        nonce: Nonce,
    ) -> Self {
        let greeting = Greeting {
            versions: [VERSION, VERSION],
            nonce,
            cluster,
            secret: offers.secret.is_some(),
            token: offers.token.as_ref().map(|(id, _)| *id),
        };
        Self { nodes: [me, acceptor], agreed, offers, greeting }
    }

    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// Judges the acceptor's answer. The proof is to be sent in either case.
    pub fn prove(&self, answer: &Answer) -> (Proof, Result<Trust, Reason>) {
        match self.judge(answer) {
            Ok((proof, trust)) => (proof, Ok(trust)),
            Err(reason) => (Proof::Refused(reason), Err(reason)),
        }
    }

    fn judge(&self, answer: &Answer) -> Result<(Proof, Trust), Reason> {
        if let Verdict::Refused(reason) = answer.verdict {
            return Err(reason);
        }
        if answer.version != VERSION {
            return Err(Reason::Version);
        }
        let said = self.said(answer);
        let trust = self.trust(answer, said.as_ref())?;
        let proof = match (answer.verdict, said) {
            (Verdict::Member, _) => Proof::None,
            (_, Some((key, said))) => Proof::Mac(said.mac(&key, Role::Dialer)),
            (_, None) => return Err(Reason::Unproven),
        };
        Ok((proof, trust))
    }

    fn trust(&self, answer: &Answer, said: Option<&(Key, Transcript)>) -> Result<Trust, Reason> {
        match (self.agreed, said, &answer.mac) {
            (Agreed::Removed, ..) => Err(Reason::Removed),
            (Agreed::Member, ..) => Ok(Trust::Member),
            (Agreed::Unknown, Some((key, said)), Some(mac)) => {
                said.verify(key, Role::Acceptor, mac).map_err(|_| wrong(said.credential))?;
                Ok(Trust::Stranger(said.credential))
            }
            (Agreed::Unknown, ..) => Err(Reason::Unproven),
        }
    }

    /// The key the acceptor speaks of and all that was said.
    fn said(&self, answer: &Answer) -> Option<(Key, Transcript)> {
        let token = self.offers.token.clone().map(|(id, key)| (Credential::Token(id), key));
        let secret = self.offers.secret.clone().map(|key| (Credential::Secret, key));
        let (credential, key) = match answer.verdict {
            Verdict::ProveSecret => secret,
            Verdict::ProveToken => token,
            Verdict::Member => token.or(secret),
            Verdict::Refused(_) => None,
        }?;
        let [low, high] = self.greeting.versions;
        let transcript = Transcript {
            dialer: self.nodes[0],
            acceptor: self.nodes[1],
            nonces: [self.greeting.nonce, answer.nonce],
            clusters: [self.greeting.cluster, answer.cluster],
            versions: [low, high, answer.version],
            credential,
        };
        Some((key, transcript))
    }

    /// Reads the acceptor's last word.
    pub fn conclude(&self, bytes: &[u8]) -> Result<Conclusion, Error> {
        decode_conclusion(bytes)
    }
}
