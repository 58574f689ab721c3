use config::{ClusterId, NodeId};

use super::message::encode_conclusion;
use super::{Agreed, Answer, Conclusion, Greeting, Proof, Reason, Trust, VERSION, Verdict};
use crate::{Credential, Key, Nonce, Role, Transcript};

/// The side that was dialed.
#[derive(Debug)]
pub struct Acceptor {
    answer: Answer,
    agreed: Agreed,
    known: Option<(Key, Transcript)>,
}

impl Acceptor {
    /// Judges a greeting: `agreed` is about the dialer, `key` the one for the best of its offers.
    pub fn new(
        [dialer, me]: [NodeId; 2],
        greeting: &Greeting,
        agreed: Agreed,
        cluster: Option<ClusterId>,
        key: Option<(Credential, Key)>,
        nonce: Nonce,
    ) -> Self {
        let version =
            VERSION.clamp(greeting.versions[0], greeting.versions[1].max(greeting.versions[0]));
        let known = key.map(|(credential, key)| {
            let transcript = Transcript {
                dialer,
                acceptor: me,
                nonces: [greeting.nonce, nonce],
                clusters: [greeting.cluster, cluster],
                versions: [greeting.versions[0], greeting.versions[1], version],
                credential,
            };
            (key, transcript)
        });
        let verdict =
            verdict(greeting, agreed, known.as_ref().map(|(_, said)| said.credential), version);
        let proves = !matches!(verdict, Verdict::Refused(_));
        let mac =
            known.as_ref().filter(|_| proves).map(|(key, said)| said.mac(key, Role::Acceptor));
        Self { answer: Answer { version, nonce, cluster, verdict, mac }, agreed, known }
    }

    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Judges the dialer's proof. The bytes are the last message, to be sent in either case.
    pub fn conclude(&self, proof: &Proof) -> (Vec<u8>, Result<Trust, Reason>) {
        let trust = self.trust(proof);
        let conclusion: Conclusion = trust.map(|_| ());
        (encode_conclusion(conclusion), trust)
    }

    fn trust(&self, proof: &Proof) -> Result<Trust, Reason> {
        if let Verdict::Refused(reason) = self.answer.verdict {
            return Err(reason);
        }
        match (proof, &self.known) {
            (Proof::Refused(reason), _) => Err(*reason),
            _ if self.agreed == Agreed::Member => Ok(Trust::Member),
            (Proof::Mac(mac), Some((key, said))) => match said.verify(key, Role::Dialer, mac) {
                Ok(()) => Ok(Trust::Stranger(said.credential)),
                Err(_) => Err(wrong(said.credential)),
            },
            _ => Err(Reason::Unproven),
        }
    }
}

fn verdict(
    greeting: &Greeting,
    agreed: Agreed,
    credential: Option<Credential>,
    version: u8,
) -> Verdict {
    match (agreed, credential) {
        _ if version != VERSION => Verdict::Refused(Reason::Version),
        (Agreed::Removed, _) => Verdict::Refused(Reason::Removed),
        (Agreed::Member, _) => Verdict::Member,
        (Agreed::Unknown, Some(Credential::Secret)) => Verdict::ProveSecret,
        (Agreed::Unknown, Some(Credential::Token(_))) => Verdict::ProveToken,
        (Agreed::Unknown, None) if greeting.token.is_some() => Verdict::Refused(Reason::Token),
        (Agreed::Unknown, None) => Verdict::Refused(Reason::Unknown),
    }
}

/// The reason for a proof made with another key.
pub(super) fn wrong(credential: Credential) -> Reason {
    match credential {
        Credential::Secret => Reason::Secret,
        Credential::Token(_) => Reason::Token,
    }
}
