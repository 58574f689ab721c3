use globset::GlobBuilder;
use serde_json::{Map, Value};

use super::entries::read;
use super::{ask, strange};
use crate::host::{StateAnswer, StateOperation};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::plan::{Change, Fields, Plan};
use crate::registry::{Arguments, World};

/// Keys asked for at once.
const PAGE: usize = 500;
/// Keys one call may return.
const KEYS_MAX: usize = 50_000;

pub async fn keys(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, pattern): (String, String) =
        (arguments.take("namespace")?, arguments.take("pattern")?);
    Answer::value(Value::from(matching(&world, &namespace, &pattern).await?))
}

/// The keys that match, with their values.
pub async fn get_all(world: World, mut arguments: Arguments) -> Outcome {
    let (namespace, pattern): (String, String) =
        (arguments.take("namespace")?, arguments.take("pattern")?);
    let mut entries = Map::new();
    for key in matching(&world, &namespace, &pattern).await? {
        if let Some((value, _)) = read(&world, &namespace, &key).await? {
            entries.insert(key, value);
        }
    }
    Answer::value(entries)
}

pub async fn clear(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let (namespace, pattern): (String, String) =
        (arguments.take("namespace")?, arguments.take("pattern")?);
    let keys = matching(&world, &namespace, &pattern).await?;
    let change = Change::of(format!("{} keys", keys.len())).field("count", keys.len());
    if keys.is_empty() {
        return Ok(change.kept("match"));
    }
    Ok(change.pending("deleted", async move {
        for key in keys {
            let namespace = namespace.clone();
            ask(&world, StateOperation::Delete { namespace, key }).await?;
        }
        Ok(Fields::new())
    }))
}

async fn matching(world: &World, namespace: &str, pattern: &str) -> Result<Vec<String>, Failure> {
    let literal = pattern.split(['*', '?', '[', '{']).next().unwrap_or_default();
    let mut keys = all(world, namespace, literal).await?;
    if literal.len() < pattern.len() {
        let glob = GlobBuilder::new(pattern)
            .build()
            .map_err(|error| Failure::new(Code::Invalid, format!("no valid pattern: {error}")))?;
        let matcher = glob.compile_matcher();
        keys.retain(|key| matcher.is_match(key));
    }
    Ok(keys)
}

async fn all(world: &World, namespace: &str, prefix: &str) -> Result<Vec<String>, Failure> {
    let mut keys: Vec<String> = Vec::new();
    loop {
        let operation = StateOperation::List {
            namespace: namespace.to_owned(),
            prefix: prefix.to_owned(),
            after: keys.last().cloned(),
            limit: PAGE,
        };
        match ask(world, operation).await? {
            StateAnswer::Keys(page) if page.is_empty() => return Ok(keys),
            StateAnswer::Keys(page) => keys.extend(page),
            other => return Err(strange(&other)),
        }
        if keys.len() > KEYS_MAX {
            return Err(Failure::new(
                Code::Invalid,
                format!("more than {KEYS_MAX} keys begin with `{prefix}`"),
            ));
        }
    }
}
