//! A lock that is kept while something is done under it, on whichever node answers.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use web::client::{Client, Error as ClientError};
use web::wire::{Kind, Renew};

use crate::error::{Error, chain};
use crate::exit::Exit;
use crate::follow::{RETRY, may_be_elsewhere};
use crate::session::{Next, Session};

/// How long a command may take to end after TERM, where the lock lasts that long.
const GRACE: Duration = Duration::from_secs(10);

/// A lock from its grant to its end. Its time is counted from before each request that was granted, so it is over
/// here before the cluster gives the lock to anybody else: at two thirds the work under it is told to stop, and a
/// quarter of the time later it is killed.
pub struct Held<'a> {
    session: &'a Session,
    client: Client,
    name: &'a str,
    token: u64,
    ttl: Duration,
    confirmed: Instant,
    /// Why no node has confirmed it since.
    fault: Option<ClientError>,
}

impl<'a> Held<'a> {
    /// A lock that was granted for a request sent at `confirmed`.
    pub fn new(
        session: &'a Session,
        name: &'a str,
        token: u64,
        ttl: Duration,
        confirmed: Instant,
    ) -> Self {
        let client = session.client.clone();
        Self { session, client, name, token, ttl, confirmed, fault: None }
    }

    pub fn token(&self) -> u64 {
        self.token
    }

    /// How long the work may take to stop once the lock is lost.
    pub fn grace(&self) -> Duration {
        GRACE.min(self.ttl / 4)
    }

    /// Renews it for ever; returns why it is lost. What a call that was dropped had learned is kept.
    pub async fn keep(&mut self) -> Error {
        loop {
            sleep_until(self.confirmed + self.ttl / 3).await;
            let lost = match timeout_at(self.until(), self.renew()).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => Error::from(error),
                Err(_) => self.unreachable(),
            };
            let message = format!("lost lock `{}`, so the command was stopped", self.name);
            return Error { message: format!("{message}: {}", lost.message), ..lost };
        }
    }

    /// Gives it back. Where no node can be told it ends by itself.
    pub async fn release(mut self) -> Result<(), Error> {
        let until = self.until();
        self.fault = None;
        let Ok(released) = timeout_at(until, self.tell_release()).await else {
            let (name, ttl) = (self.name, config::duration::format(self.ttl));
            let why = self.unreachable().message;
            self.session.out.warn(&format!(
                "lock `{name}` could not be released, and ends by itself within {ttl}: {why}"
            ));
            return Ok(());
        };
        Ok(released?)
    }

    /// Until when the work under it may go on.
    fn until(&self) -> Instant {
        self.confirmed + self.ttl * 2 / 3
    }

    /// Asks one node after the other until one decides.
    async fn renew(&mut self) -> Result<(), ClientError> {
        let renew = Renew { token: self.token, ttl: config::duration::format(self.ttl) };
        loop {
            let asked = Instant::now();
            match self.patient().renew(self.name, &renew).await {
                Ok(()) => {
                    self.confirmed = asked;
                    self.fault = None;
                    return Ok(());
                }
                Err(error) => self.elsewhere(error).await?,
            }
        }
    }

    async fn tell_release(&mut self) -> Result<(), ClientError> {
        loop {
            match self.patient().release(self.name, self.token).await {
                Ok(()) => return Ok(()),
                // The request before, whose answer was lost, has done it.
                Err(error) if self.fault.is_some() && is_gone(error.kind()) => return Ok(()),
                Err(error) => self.elsewhere(error).await?,
            }
        }
    }

    /// A client that does not spend all the time there is on one node.
    fn patient(&self) -> Client {
        self.client.clone().deadline(self.ttl / 6)
    }

    /// Finds another node to ask, or the same once more; an answer that is final is given back.
    async fn elsewhere(&mut self, error: ClientError) -> Result<(), ClientError> {
        if !may_be_elsewhere(&error) {
            return Err(error);
        }
        self.fault = Some(error);
        sleep(RETRY.min(self.ttl / 12)).await;
        if let Next::Node(client) = self.session.next().await {
            self.client = client;
        }
        Ok(())
    }

    fn unreachable(&self) -> Error {
        let within = config::duration::format(self.ttl * 2 / 3);
        let why = self.fault.as_ref().map(|fault| format!(": {}", chain(fault)));
        let why = why.unwrap_or_default();
        Error::new(Exit::Unreachable, format!("no node confirmed it within {within}{why}"))
    }
}

fn is_gone(kind: Kind) -> bool {
    matches!(kind, Kind::NotFound | Kind::StaleToken)
}
