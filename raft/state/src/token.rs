//! Join tokens: counted, expiring credentials. Only the derived key is kept, never listed or exported.

use std::sync::Arc;

use config::Labels;
use serde::{Deserialize, Serialize};

use crate::due::{self, Due};
use crate::event::Draft;
use crate::state::Context;
use crate::{Answer, Elapsed, Kind, Map, Moment, Refusal, Reply, State, Wall, check};

/// Tokens at once.
pub const TOKENS_MAX: usize = 1_000;
/// Nodes that one token may let in.
pub const USES_MAX: u32 = 10_000;
/// A token is a credential: it does not outlive a month.
pub const TTL_MAX: Elapsed = Elapsed(31 * 24 * 3_600_000);
const TTL_MIN: Elapsed = Elapsed(1_000);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    pub key: Key,
    pub uses_left: u32,
    pub expires: Moment,
    pub labels: Labels,
    pub made_at: Wall,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mint {
    pub id: String,
    pub key: Key,
    pub uses: u32,
    pub ttl: Elapsed,
    pub labels: Labels,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revoke {
    pub id: String,
}

/// The key derived from a token's secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key(pub [u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Key(hidden)")
    }
}

/// The tokens that may still be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Map<Arc<str>, Token>", into = "Map<Arc<str>, Token>")]
pub struct Table {
    tokens: Map<Arc<str>, Token>,
    due: Due<Arc<str>>,
}

impl Table {
    /// A token that admits a node now.
    pub fn get(&self, id: &str, now: Moment) -> Option<&Token> {
        self.tokens.get(id).filter(|token| token.expires > now)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Token)> {
        self.tokens.iter()
    }

    /// Uses a token once; the labels it gives.
    pub(crate) fn spend(&mut self, id: &str, now: Moment) -> Result<Labels, Refusal> {
        let Some(mut token) = self.get(id, now).cloned() else {
            let id = check::shown(id);
            return Err(Refusal::new(
                Kind::Denied,
                format!("token `{id}` admits nobody: it has expired, been used up or been revoked"),
            ));
        };
        token.uses_left = token.uses_left.saturating_sub(1);
        let labels = token.labels.clone();
        match token.uses_left {
            0 => drop(self.remove(id)),
            _ => self.insert(id.into(), token),
        }
        Ok(labels)
    }

    pub(crate) fn next(&self) -> Option<Moment> {
        self.due.next()
    }

    pub(crate) fn expire(&mut self, now: Moment) {
        for id in self.due.ripe(now) {
            self.remove(&id);
        }
    }

    fn insert(&mut self, id: Arc<str>, token: Token) {
        self.due.add(Some(token.expires), id.clone());
        self.tokens.insert(id, token);
    }

    fn remove(&mut self, id: &str) -> Option<Token> {
        let (id, token) = self.tokens.remove_with_key(id)?;
        self.due.cancel(Some(token.expires), id);
        Some(token)
    }
}

impl From<Map<Arc<str>, Token>> for Table {
    fn from(tokens: Map<Arc<str>, Token>) -> Self {
        Self { due: due::of(&tokens, |token| Some(token.expires)), tokens }
    }
}

impl From<Table> for Map<Arc<str>, Token> {
    fn from(table: Table) -> Self {
        table.tokens
    }
}

impl State {
    pub(crate) fn mint(&mut self, context: &Context<'_>, mint: &Mint) -> Reply {
        check::name("token id", &mint.id)?;
        check::span("ttl", mint.ttl, TTL_MIN, TTL_MAX)?;
        if mint.uses == 0 || mint.uses > USES_MAX {
            let uses = mint.uses;
            return Err(Refusal::invalid(format!("{uses} uses are not between 1 and {USES_MAX}")));
        }
        if self.tokens.tokens.contains_key(&*mint.id) {
            return Err(Refusal::conflict(format!("token `{}` exists", mint.id)));
        }
        check::room("tokens", self.tokens.tokens.len(), TOKENS_MAX)?;
        let token = Token {
            key: mint.key.clone(),
            uses_left: mint.uses,
            expires: self.clock.after(mint.ttl),
            labels: mint.labels.clone(),
            made_at: context.at,
        };
        self.tokens.insert(mint.id.as_str().into(), token);
        self.emit(context, Draft::new("token.minted").with("token", mint.id.as_str()));
        Ok(Answer::Done)
    }

    pub(crate) fn revoke(&mut self, context: &Context<'_>, revoke: &Revoke) -> Reply {
        if self.tokens.remove(&revoke.id).is_none() {
            return Ok(Answer::Removed(false));
        }
        self.emit(context, Draft::new("token.revoked").with("token", revoke.id.as_str()));
        Ok(Answer::Removed(true))
    }
}
