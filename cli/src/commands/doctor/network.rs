//! The node of this machine, its port, and the nodes it should reach.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use config::{Address, Resolved};
use web::client::Client;
use web::wire::{Cluster, Consistency, Identity, Node};

use super::Finding;
use crate::args::Globals;
use crate::session::TIMEOUT;
use crate::version;

pub async fn look(globals: &Globals, resolved: &Resolved, socket: Option<PathBuf>) -> Vec<Finding> {
    let Some(socket) = socket else { return ports(resolved) };
    let client = Client::unix(&socket).consistency(Consistency::Stale);
    let client = client.deadline(globals.timeout.unwrap_or(TIMEOUT));
    let identity = match client.identity().await {
        Ok(identity) => identity,
        Err(error) => {
            let detail = crate::error::chain(&error);
            return vec![Finding::bad("node", detail, "restart the node of this machine")];
        }
    };
    let mut findings = vec![node(&identity, &socket)];
    match identity.standalone {
        true => findings.extend(ports(resolved)),
        false => {
            findings.extend(cluster(&client).await);
            findings.extend(members(&client).await);
        }
    }
    findings
}

fn node(identity: &Identity, socket: &Path) -> Finding {
    let Identity { name, version, standalone, .. } = identity;
    let kind = if *standalone { ", standalone" } else { "" };
    let detail = format!("{name} serves {}{kind}", socket.display());
    match version == version::NUMBER {
        true => Finding::good("node", detail),
        false => {
            let detail = format!("{detail}, version {version}; this is {}", version::NUMBER);
            Finding::odd("node", detail, "restart the node with this version")
        }
    }
}

/// Whether a node could listen where it is told to.
fn ports(resolved: &Resolved) -> Vec<Finding> {
    resolved.config.mesh.listen.iter().map(port).collect()
}

fn port(address: &Address) -> Finding {
    let check = "mesh port";
    let Some(ip) = address.ip() else {
        return Finding::unknown(check, format!("{address} is no IP address"));
    };
    match TcpListener::bind(SocketAddr::new(ip, address.port())) {
        Ok(_) => Finding::good(check, format!("{address} is free")),
        Err(error) => {
            let detail = format!("{address}: {error}");
            Finding::bad(check, detail, "free it, or choose another with mesh.listen or --listen")
        }
    }
}

async fn cluster(client: &Client) -> Vec<Finding> {
    match client.cluster().await {
        Ok(cluster) => vec![quorum(&cluster)],
        Err(error) => {
            vec![Finding::bad("cluster", crate::error::chain(&error), "sloth cluster status")]
        }
    }
}

fn quorum(cluster: &Cluster) -> Finding {
    let alive = cluster.voters.iter().filter(|voter| voter.alive).count();
    let detail = format!("{}: {alive} of {} voters are alive", cluster.state, cluster.voters.len());
    match cluster.state.as_str() {
        "ok" => Finding::good("cluster", detail),
        "no quorum" => Finding::bad("cluster", detail, "start the voters that are down"),
        _ => Finding::odd("cluster", detail, "sloth cluster status"),
    }
}

async fn members(client: &Client) -> Vec<Finding> {
    match client.nodes().await {
        Ok(nodes) => nodes.items.iter().map(member).collect(),
        Err(error) => vec![Finding::unknown("members", crate::error::chain(&error))],
    }
}

fn member(node: &Node) -> Finding {
    if node.is_self {
        return Finding::good("mesh port", format!("listens at {}", node.addresses.join(", ")));
    }
    let check = format!("node {}", node.name);
    let place = node.addresses.first().cloned().unwrap_or_default();
    if node.state != "alive" {
        let detail = format!("{} at {place}", node.state);
        return Finding::bad(&check, detail, "is it running, and does a firewall let TCP pass?");
    }
    let Some(round_trip) = node.round_trip_ms else {
        return Finding::odd(
            &check,
            format!("no connection to {place}"),
            "does a firewall let TCP pass?",
        );
    };
    let detail = format!("answers from {place} in {round_trip:.1} ms");
    match node.version == version::NUMBER {
        true => Finding::good(&check, detail),
        false => {
            let detail = format!("{detail}, version {}", node.version);
            Finding::odd(&check, detail, "run the same version everywhere")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_port_is_free_or_taken() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address: Address = taken.local_addr().unwrap().to_string().parse().unwrap();
        assert_eq!(port(&address).verdict, Verdict::Bad);
        drop(taken);
        assert_eq!(port(&"127.0.0.1:0".parse().unwrap()).verdict, Verdict::Good);
    }
}
