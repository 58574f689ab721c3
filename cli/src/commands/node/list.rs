use std::time::Duration;

use clap::Args;
use config::suggest::nearest;
use web::wire::{Kind, Node};

use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::table::Cell;
use crate::output::{Meaning, Table, time};
use crate::session::Session;

/// List the nodes of the cluster
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  sloth node list
  sloth node list --stale -o wide"
)]
pub struct List {}

/// Show all that is known of a node
#[derive(Args, Debug)]
#[command(
    visible_aliases = ["get", "describe"],
    after_help = "\
Examples:
  sloth node show
  sloth node show web-1 -o json"
)]
pub struct Show {
    /// Its name, or the first 6 or more characters of its id; the one that answers unless given
    name: Option<String>,
}

impl List {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let nodes = session.client.nodes().await?;
        session.out.list(&nodes, table)?;
        let other = nodes.items.iter().find(|node| !node.is_self).map(|node| node.name.as_str());
        session.out.next(&After::Nodes { other });
        Ok(Exit::Done)
    }
}

fn table(nodes: &[Node]) -> Table {
    let headers = [
        "NAME", "STATE", "ROLE", "ADDRESS", "VERSION", "TASKS", "LOAD", "LABELS", "SEEN", "ID",
        "ADMITTED", "STARTS",
    ];
    let mut table = Table::new(headers).extra(3);
    for node in nodes {
        table.row([
            node.name.as_str().into(),
            state(node),
            node.role.as_str().into(),
            node.addresses.first().cloned().unwrap_or_default().into(),
            node.version.as_str().into(),
            format!("{}/{}", node.running, node.slots).into(),
            node.load.map(percent).unwrap_or_default().into(),
            labels(node).into(),
            seen(node).into(),
            node.id.as_str().into(),
            time::exact(node.admitted_at).into(),
            node.incarnation.to_string().into(),
        ]);
    }
    table
}

fn state(node: &Node) -> Cell {
    let meaning = match node.state.as_str() {
        "alive" => Meaning::Good,
        "leaving" | "suspect" => Meaning::Warning,
        _ => Meaning::Bad,
    };
    Cell::colored(node.state.as_str(), Some(meaning))
}

fn percent(load: f32) -> String {
    format!("{:.0}%", load * 100.0)
}

pub fn labels(node: &Node) -> String {
    let label = |(key, value): (&String, &Option<String>)| match value {
        Some(value) => format!("{key}={value}"),
        None => key.clone(),
    };
    node.labels.iter().map(label).collect::<Vec<_>>().join(",")
}

/// When it was last heard.
fn seen(node: &Node) -> String {
    match (node.is_self, node.silent_ms) {
        (true, _) => "this node".into(),
        (false, Some(ms)) if ms < 1_000 => "now".into(),
        (false, Some(ms)) => format!("{} ago", time::ticking(Duration::from_millis(ms))),
        (false, None) => "never".into(),
    }
}

impl Show {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let node = find(session, self.name.as_deref()).await?;
        session.out.thing(&node, |_| text(&node));
        session.out.next(&After::NodeShown { name: &node.name });
        Ok(Exit::Done)
    }
}

/// A node by name; the one that answers when none is named.
pub async fn find(session: &Session, name: Option<&str>) -> Result<Node, Error> {
    let own;
    let name = match name {
        Some(name) => name,
        None => {
            own = session.client.identity().await?.name;
            &own
        }
    };
    let error = match session.client.node(name).await {
        Ok(node) => return Ok(node),
        Err(error) if error.kind() == Kind::NotFound => Error::from(error),
        Err(error) => return Err(error.into()),
    };
    let nodes = session.client.nodes().await?.items;
    Err(match nearest(name, nodes.iter().map(|node| node.name.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("sloth node list"),
    })
}

fn text(node: &Node) -> String {
    let round_trip = node.round_trip_ms.map(|ms| format!("{ms:.1} ms")).unwrap_or_default();
    let rows = [
        ("name", node.name.clone()),
        ("id", node.id.clone()),
        ("state", node.state.clone()),
        ("role", node.role.clone()),
        ("version", node.version.clone()),
        ("addresses", node.addresses.join(", ")),
        ("labels", labels(node)),
        ("tasks", format!("{} of {}", node.running, node.slots)),
        ("load", node.load.map(percent).unwrap_or_default()),
        ("round trip", round_trip),
        ("seen", seen(node)),
        ("admitted", time::exact(node.admitted_at)),
        ("starts", node.incarnation.to_string()),
    ];
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    rows.map(|(key, value)| format!("{key:<12}{value}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::{Layout, Paint};

    fn node(name: &str, state: &str, silent: Option<u64>) -> Node {
        serde_json::from_value(serde_json::json!({
            "id": "00", "name": name, "state": state, "role": "voter", "is_self": name == "a",
            "version": "0.1.0", "labels": {"gpu": null, "role": "web"}, "addresses": ["10.0.0.1:7181"],
            "incarnation": 1, "running": 1, "slots": 4, "load": 0.256, "round_trip_ms": 0.4,
            "silent": null, "silent_ms": silent, "admitted_at": "2026-11-24T10:00:00.000Z",
        }))
        .unwrap()
    }

    #[test]
    fn nodes_are_listed_with_labels_and_when_they_were_heard() {
        let nodes = [node("a", "alive", None), node("b", "down", Some(61_000))];
        let table = table(&nodes).laid(&Layout::default()).unwrap();
        insta::assert_snapshot!(table.render(None, Paint::OFF), @r"
        NAME  STATE  ROLE   ADDRESS        VERSION  TASKS  LOAD  LABELS        SEEN
        a     alive  voter  10.0.0.1:7181  0.1.0    1/4    26%   gpu,role=web  this node
        b     down   voter  10.0.0.1:7181  0.1.0    1/4    26%   gpu,role=web  1m01s ago
        ");
    }
}
