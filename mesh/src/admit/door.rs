use std::io;
use std::sync::Arc;

use config::NodeId;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use proto::handshake::{
    Acceptor, Answer, Dialer, Greeting, MESSAGE_BYTES, Offers, Proof, Reason, Trust, Verdict,
};
use proto::{Credential, Key};

use super::{Error, Rejection, Trusts};
use crate::Gate;
use crate::identity::random;

/// Speaks the handshake over an encrypted stream whose other end has proven its key.
pub struct Door {
    pub me: NodeId,
    pub gate: Arc<dyn Gate>,
    pub trusts: Arc<Trusts>,
}

impl Door {
    /// The side that dialed.
    pub async fn dial<S>(&self, node: NodeId, stream: &mut S) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let offers = Offers { secret: self.gate.secret(), token: self.gate.token() };
        let (agreed, cluster) = (self.gate.agreed(&node), self.gate.presence().cluster);
        let dialer = Dialer::new([self.me, node], agreed, cluster, offers, random()?);
        write(stream, &dialer.greeting().encode()).await?;
        let answer = Answer::decode(&read(stream).await?)?;
        let (proof, trust) = dialer.prove(&answer);
        if !matches!(answer.verdict, Verdict::Refused(_)) {
            write(stream, &proof.encode()).await?;
        }
        let trust = trust.map_err(|reason| Rejection { node, reason })?;
        let conclusion = dialer.conclude(&read(stream).await?)?;
        self.admit(node, conclusion.map(|()| trust))
    }

    /// The side that was dialed; it proves itself first.
    pub async fn accept<S>(&self, node: NodeId, stream: &mut S) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let greeting = Greeting::decode(&read(stream).await?)?;
        let key = self.key(&greeting).await;
        let (agreed, cluster) = (self.gate.agreed(&node), self.gate.presence().cluster);
        let acceptor = Acceptor::new([node, self.me], &greeting, agreed, cluster, key, random()?);
        write(stream, &acceptor.answer().encode()).await?;
        if let Verdict::Refused(reason) = acceptor.answer().verdict {
            return self.admit(node, Err(reason));
        }
        let (last, trust) = acceptor.conclude(&Proof::decode(&read(stream).await?)?);
        // Known before the dialer may send anything.
        let admitted = self.admit(node, trust);
        write(stream, &last).await?;
        admitted
    }

    /// The key for the best offer of a dialer.
    async fn key(&self, greeting: &Greeting) -> Option<(Credential, Key)> {
        if let Some(token) = greeting.token
            && let Some(key) = self.gate.token_key(token).await
        {
            return Some((Credential::Token(token), key));
        }
        let secret = self.gate.secret().filter(|_| greeting.secret);
        secret.map(|key| (Credential::Secret, key))
    }

    fn admit(&self, node: NodeId, trust: Result<Trust, Reason>) -> Result<(), Error> {
        let trust = trust.map_err(|reason| Rejection { node, reason })?;
        self.trusts.set(node, trust);
        Ok(())
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let count = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&count.to_be_bytes(), message].concat()).await?;
    stream.flush().await
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut count = [0; 2];
    stream.read_exact(&mut count).await?;
    let count = usize::from(u16::from_be_bytes(count));
    if count > MESSAGE_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "handshake message is too long"));
    }
    let mut message = vec![0; count];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
