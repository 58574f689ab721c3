use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Where a node can be reached: `host:port`, the port 7181 unless given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// The mesh's port.
    pub const PORT: u16 = 7181;
    const HOST_BYTES: usize = 253;

    /// Every IPv4 interface, on the mesh's port.
    pub fn any() -> Self {
        Self { host: "0.0.0.0".into(), port: Self::PORT }
    }

    /// An IP address or DNS name, IPv6 without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host when it is an IP address.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        split(text).ok_or_else(|| Error::Address(text.into()))
    }
}

fn split(text: &str) -> Option<Address> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            (host, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None if text.parse::<Ipv6Addr>().is_ok() => (text, None),
        None => match text.split_once(':') {
            Some((host, port)) => (is_host(host).then_some(host)?, Some(port)),
            None => (is_host(text).then_some(text)?, None),
        },
    };
    let port = port.map_or(Some(Address::PORT), |port| port.parse().ok())?;
    Some(Address { host: host.into(), port })
}

fn is_host(host: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=Address::HOST_BYTES).contains(&host.len())
        && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && host.chars().all(known)
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        };
        f.pad(&text)
    }
}

impl TryFrom<String> for Address {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_port() {
        let cases = [
            ("10.0.0.1", "10.0.0.1:7181"),
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("web-1.example.org:0", "web-1.example.org:0"),
            ("::1", "[::1]:7181"),
            ("[::1]", "[::1]:7181"),
            ("[fe80::1]:9", "[fe80::1]:9"),
        ];
        for (text, shown) in cases {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert_eq!(shown.parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", ":80", "a b", "a:", "a:x", "a:70000", "[a]:1", "[::1", "[::1]x", "http://a", "-a"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
