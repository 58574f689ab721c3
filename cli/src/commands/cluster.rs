use std::time::Duration;

use clap::{Args, Subcommand};
use web::wire::{Cluster as State, Mint, Replica, Token as Made};

use crate::args::duration;
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::{Meaning, Paint, Table, time};
use crate::session::Session;

/// Look at the cluster, and let machines join it
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  sloth cluster status
  sloth cluster token")]
pub enum Cluster {
    /// Show how the cluster is; ends with 1 when degraded, with 6 without quorum
    #[command(after_help = "\
Examples:
  sloth cluster status
  sloth cluster status --stale -o json")]
    Status,
    Token(Token),
}

/// Make a join token, or look at those there are
///
/// Prints the token alone. It lets whoever has it join; a token for one machine
/// and an hour at most may be given on the command line of `sloth node`, others
/// belong into a file.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  sloth cluster token                            for one machine, within an hour
  sloth cluster token --uses 10 --ttl 24h > token
  sloth node --join token                        on the other machine"
)]
pub struct Token {
    #[command(subcommand)]
    action: Option<TokenAction>,
    /// How long it is valid
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    ttl: Duration,
    /// How many machines may join by it
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    uses: u32,
    /// Given to each of them: k=v or a tag; may be repeated
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
}

#[derive(Debug, Subcommand)]
enum TokenAction {
    /// List join tokens, without their secrets
    #[command(
        visible_alias = "ls",
        after_help = "\
Examples:
  sloth cluster token list"
    )]
    List,
    /// Make a join token worthless
    #[command(after_help = "\
Examples:
  sloth cluster token revoke 01K0ABCD")]
    Revoke { id: String },
}

impl Cluster {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match self {
            Cluster::Status => status(session).await,
            Cluster::Token(token) => token.run(session).await,
        }
    }
}

async fn status(session: &Session) -> Result<Exit, Error> {
    let cluster = session.client.cluster().await?;
    session.out.thing(&cluster, |paint| text(&cluster, paint));
    session.out.next(&After::Cluster);
    Ok(match cluster.state.as_str() {
        "ok" => Exit::Done,
        "no quorum" => Exit::Unreachable,
        _ => Exit::Failed,
    })
}

fn text(cluster: &State, paint: Paint) -> String {
    let meaning = if cluster.state == "ok" { Meaning::Good } else { Meaning::Bad };
    let mut text = String::new();
    for (key, value) in [
        ("cluster", cluster.id.clone()),
        ("state", paint.of(meaning, &cluster.state)),
        ("leader", cluster.leader.clone().unwrap_or_else(|| "none".into())),
        ("term", cluster.term.to_string()),
        ("applied", cluster.applied.to_string()),
        ("workers", cluster.workers.to_string()),
        ("tolerates", tolerance(cluster)),
    ] {
        text += &format!("{key:<11}{value}\n");
    }
    text + "\n" + &replicas(cluster).render(None, paint)
}

/// `1 failure`, or what is there instead.
fn tolerance(cluster: &State) -> String {
    let failures = crate::output::text::count(cluster.tolerates as usize, "failure");
    let copies: Vec<&str> = cluster.learners.iter().map(|copy| copy.node.as_str()).collect();
    match (cluster.standalone, copies.as_slice()) {
        (true, _) => "nothing: this machine is alone".into(),
        (false, []) => failures,
        (false, copies) => format!("{failures}; copy on {}", copies.join(", ")),
    }
}

fn replicas(cluster: &State) -> Table {
    let mut table = Table::new(["NODE", "ROLE", "STATE", "GENERATION", "LAG"]);
    let leader = cluster.leader.as_deref();
    let voters = cluster
        .voters
        .iter()
        .map(|voter| (voter, if leader == Some(voter.node.as_str()) { "leader" } else { "voter" }));
    for (replica, role) in voters.chain(cluster.learners.iter().map(|copy| (copy, "learner"))) {
        let Replica { node, generation, alive, lag } = replica;
        table.row([
            node.as_str().into(),
            role.into(),
            if *alive { "alive" } else { "down" }.into(),
            generation.to_string().into(),
            lag.map(|lag| lag.to_string()).unwrap_or_default().into(),
        ]);
    }
    table
}

impl Token {
    async fn run(&self, session: &Session) -> Result<Exit, Error> {
        match &self.action {
            None => self.mint(session).await?,
            Some(TokenAction::List) => {
                let tokens = session.client.tokens().await?;
                session.out.list(&tokens, table)?;
                let first = tokens.items.first().map(|token| token.id.as_str());
                session.out.next(&After::Tokens { first });
            }
            Some(TokenAction::Revoke { id }) => {
                session.client.revoke(id).await?;
                session.out.note(&format!("revoked token {id}"));
                session.out.next(&After::TokenRevoked);
            }
        }
        Ok(Exit::Done)
    }

    async fn mint(&self, session: &Session) -> Result<(), Error> {
        let mint = Mint {
            ttl: config::duration::format(self.ttl),
            uses: self.uses,
            labels: self.labels.clone(),
        };
        let minted = session.client.mint(&mint).await?;
        session.out.thing(&minted, |_| minted.token.clone());
        session.out.advise("next: sloth node --join TOKEN, on the other machine");
        Ok(())
    }
}

fn table(tokens: &[Made]) -> Table {
    let mut table = Table::new(["ID", "USES", "EXPIRES", "CREATED"]);
    for token in tokens {
        table.row([
            token.id.as_str().into(),
            token.uses_left.to_string().into(),
            format!("in {}", time::ticking(Duration::from_millis(token.expires_in_ms))).into(),
            time::ago(token.made_at, time::now()).into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_what_may_fail() {
        let replica =
            |node: &str, alive| Replica { node: node.into(), generation: 0, alive, lag: Some(0) };
        let cluster = State {
            id: "c1".into(),
            standalone: false,
            state: "degraded".into(),
            leader: Some("a".into()),
            term: 3,
            applied: 41,
            voters: vec![replica("a", true)],
            learners: vec![replica("b", false)],
            workers: 0,
            tolerates: 0,
        };
        insta::assert_snapshot!(text(&cluster, Paint::OFF), @r"
        cluster    c1
        state      degraded
        leader     a
        term       3
        applied    41
        workers    0
        tolerates  0 failures; copy on b

        NODE  ROLE     STATE  GENERATION  LAG
        a     leader   alive  0           0
        b     learner  down   0           0
        ");
    }
}
