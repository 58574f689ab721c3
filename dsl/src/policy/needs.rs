//! What a call is about to touch, read from what its function declares and from its arguments.

use std::path::Path;

use super::{Need, Object, path};
use crate::context::Context;
use crate::line;
use crate::registry::function::{Capability, Function};
use crate::registry::parameter::{Access, Kind};
use crate::registry::{Argument, Arguments};

/// Lines that any act may be given, to be run before it.
const LINES: [&str; 2] = ["unless", "only_if"];

/// Everything one call needs to be allowed.
pub fn needs(function: &Function, arguments: &Arguments, context: &Context) -> Vec<Need> {
    let mut needs: Vec<Need> = function
        .parameters
        .iter()
        .filter_map(|parameter| match (parameter.kind, arguments.get(parameter.name)?) {
            (Kind::Path(access), Argument::Text(text)) => {
                // What a pattern finds lies in the folder it begins with.
                let pattern = parameter.name == "pattern";
                let path = if pattern { fixed_part(text) } else { Path::new(text) };
                Some(path_need(access, path, context))
            }
            _ => None,
        })
        .collect();
    if let Some(Argument::Text(path)) = arguments.get("creates") {
        needs.push(path_need(Access::Read, Path::new(path), context));
    }
    for name in LINES {
        if let Some(Argument::Text(line)) = arguments.get(name) {
            needs.push(Need::this(Capability::Exec, line::program(line)));
        }
    }
    needs.extend(own(function, arguments, &needs));
    needs
}

/// The function's own capability.
fn own(function: &Function, arguments: &Arguments, found: &[Need]) -> Option<Need> {
    let capability = function.capability;
    let text = |name: &str| match arguments.get(name) {
        Some(Argument::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let object = match capability {
        Capability::Nothing | Capability::Log => return None,
        Capability::FsRead | Capability::FsWrite => {
            if found.iter().any(|need| need.capability == capability) {
                return None;
            }
            None
        }
        // What it starts is asked about when it starts.
        Capability::Exec => match program(function, arguments) {
            Some(program) => Some(program),
            None => return Some(Need { capability, object: Object::Something }),
        },
        Capability::Net => text("url").map(address).or_else(|| {
            let port = match arguments.get("port") {
                Some(Argument::Integer(port)) => port.to_string(),
                _ => "*".into(),
            };
            text("host").map(|host| format!("{host}:{port}"))
        }),
        Capability::State => {
            let key = ["key", "name", "pattern"].iter().find_map(|name| text(name));
            key.map(|key| match text("namespace") {
                None | Some("default") => key.to_owned(),
                Some(namespace) => format!("{namespace}/{key}"),
            })
        }
        Capability::Event => text("type").or_else(|| text("name")).map(str::to_owned),
        Capability::Secrets | Capability::Env | Capability::Agent => {
            text("name").map(str::to_owned)
        }
    };
    let object = object.map_or(Object::Everything, Object::This);
    Some(Need { capability, object })
}

fn program(function: &Function, arguments: &Arguments) -> Option<String> {
    let command = function.parameters.iter().find(|parameter| parameter.kind == Kind::Command)?;
    if let Some(Argument::Text(shell)) = arguments.get("shell") {
        return Some(shell.clone());
    }
    match arguments.get(command.name)? {
        Argument::Text(line) => Some(line::program(line).to_owned()),
        Argument::List(words) => words.first().cloned(),
        _ => None,
    }
}

fn path_need(access: Access, path: &Path, context: &Context) -> Need {
    let capability = match access {
        Access::Read => Capability::FsRead,
        Access::Write => Capability::FsWrite,
    };
    // Without layers nobody compares the path, and looking where it leads costs system calls.
    let path = context.resolve(path);
    let path = if context.policy.is_open() { path } else { path::real(&path) };
    Need::this(capability, path.to_string_lossy())
}

/// `src` of `src/**/*.lua`.
fn fixed_part(text: &str) -> &Path {
    let wild = text.find(['*', '?', '[', '{']);
    match wild.map(|wild| text[..wild].rfind('/')) {
        None => Path::new(text),
        Some(Some(0)) => Path::new("/"),
        Some(Some(slash)) => Path::new(&text[..slash]),
        Some(None) => Path::new(""),
    }
}

/// `host:port` of an URL, read as generously as any client may; clients ask again before they connect.
fn address(url: &str) -> String {
    let url: String = url.chars().filter(|c| !c.is_control() && *c != ' ').collect();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", &url));
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = match authority.rsplit_once(']') {
        Some((_, rest)) => !rest.is_empty(),
        None => authority.contains(':'),
    };
    let port = match scheme.to_ascii_lowercase().as_str() {
        _ if has_port => return authority.to_ascii_lowercase(),
        "http" | "ws" => 80,
        _ => 443,
    };
    format!("{}:{port}", authority.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_url_becomes_host_and_port() {
        for (url, expected) in [
            ("https://Example.org/a?b", "example.org:443"),
            ("http://example.org", "example.org:80"),
            ("http://user:pass@example.org:8080/x", "example.org:8080"),
            ("https://[::1]/x", "[::1]:443"),
            ("https://[::1]:8443", "[::1]:8443"),
            ("https://a.org\\@b.org/", "a.org:443"),
            (" https://a\t.org/", "a.org:443"),
        ] {
            assert_eq!(address(url), expected, "{url}");
        }
    }

    #[test]
    fn a_pattern_touches_the_folder_it_begins_with() {
        assert_eq!(fixed_part("src/**/*.lua"), Path::new("src"));
        assert_eq!(fixed_part("*.lua"), Path::new(""));
        assert_eq!(fixed_part("/*"), Path::new("/"));
        assert_eq!(fixed_part("src/a.lua"), Path::new("src/a.lua"));
    }
}
