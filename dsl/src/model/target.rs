use config::Name;
use config::selector::Expr;
use serde::{Deserialize, Serialize};

/// On which nodes a task runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The run's owner.
    Local,
    /// Each of the named nodes.
    Names(Vec<Name>),
    /// Each live node whose labels match.
    Labels(Expr),
    /// One live node, of those that match if there is an expression.
    Any { labels: Option<Expr>, strategy: Strategy },
    /// Each live node.
    All,
    /// Where the Lua function says, asked when the task is ready.
    Function,
}

/// Which of several nodes that would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The one with the smallest share of its slots in use.
    #[default]
    LeastLoaded,
    /// The next one by name.
    RoundRobin,
    /// The one with the fewest instances of the run.
    Spread,
}
