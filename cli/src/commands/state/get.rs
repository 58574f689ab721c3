use std::time::Duration;

use clap::Args;
use web::wire::Entry;

use super::{Namespace, shown};
use crate::error::Error;
use crate::exit::Exit;
use crate::next::After;
use crate::output::time;
use crate::session::Session;

/// Print the value of a key
///
/// Text is printed as it is, anything else as JSON.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  sloth state get version
  sloth state get hosts -n team -o json        with all that is known of it"
)]
pub struct Get {
    key: String,
    #[command(flatten)]
    namespace: Namespace,
}

/// Show a key with all that is known of it
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth state show version")]
pub struct Show {
    key: String,
    #[command(flatten)]
    namespace: Namespace,
}

impl Get {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespace = &self.namespace.namespace;
        let entry = session.client.entry(namespace, &self.key).await?;
        session.out.thing(&entry, |_| shown(&entry.value));
        session.out.next(&After::KeyRead { key: &self.key, namespace });
        Ok(Exit::Done)
    }
}

impl Show {
    pub async fn run(&self, session: &Session) -> Result<Exit, Error> {
        let namespace = &self.namespace.namespace;
        let entry = session.client.entry(namespace, &self.key).await?;
        session.out.thing(&entry, |_| text(namespace, &entry));
        session.out.next(&After::KeyShown { key: &self.key, namespace });
        Ok(Exit::Done)
    }
}

fn text(namespace: &str, entry: &Entry) -> String {
    let expires = entry.expires_in_ms.map(Duration::from_millis).map(time::ticking);
    let rows = [
        ("key", entry.key.clone()),
        ("namespace", namespace.to_owned()),
        ("version", entry.version.to_string()),
        ("changed", format!("{} by {}", time::exact(entry.changed_at), entry.changed_by)),
        ("expires", expires.map(|left| format!("in {left}")).unwrap_or_default()),
    ];
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    let rows: String = rows.map(|(key, value)| format!("{key:<11}{value}\n")).collect();
    format!("{rows}\n{}", shown(&entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::wire::Time;

    #[test]
    fn a_key_is_shown_with_what_is_known_of_it() {
        let entry = Entry {
            key: "k".into(),
            value: serde_json::json!({"a": 1}),
            version: 3,
            changed_at: Time(0),
            changed_by: "uid 1000".into(),
            expires_in: Some("90s".into()),
            expires_in_ms: Some(90_000),
        };
        let shown = text("team", &entry);
        assert!(shown.starts_with("key        k\nnamespace  team\nversion    3\nchanged    "));
        assert!(shown.ends_with(" by uid 1000\nexpires    in 1m30s\n\n{\"a\":1}"), "{shown}");
    }
}
