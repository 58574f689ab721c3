//! What an attempt gets from the tasks before it.

use std::collections::BTreeMap;
use std::time::Duration;

use config::NodeId;
use dsl::{Step, TaskResult};
use serde_json::{Map, Value};
use state::query::{Dependency, Work};
use state::run::{Ending, Output};

use super::Bench;
use crate::names::Names;
use crate::view::Word;
use crate::{Error, words};

/// The nodes whose names the inputs contain.
pub fn nodes(work: &Work) -> impl Iterator<Item = NodeId> {
    let outputs = work.dependencies.iter().chain(work.results.iter().map(|it| &it.output));
    outputs.flat_map(|output| output.rows.iter().map(|(node, _)| *node))
}

/// The outputs of direct dependencies, by task; skipped ones are absent.
pub async fn dependencies(
    bench: &Bench,
    work: &Work,
    names: &Names,
) -> Result<BTreeMap<String, Value>, Error> {
    let mut outputs = BTreeMap::new();
    for dependency in &work.dependencies {
        let output = output(bench, dependency, names).await?;
        outputs.insert(dependency.task.clone(), output);
    }
    Ok(outputs)
}

/// What `on_complete` is told.
pub async fn on_complete(
    bench: &Bench,
    work: &Work,
    file: &dsl::File,
    names: &Names,
) -> Result<Step, Error> {
    let workflow = file.workflow(&work.workflow);
    let forgiven =
        |name: &str| workflow.and_then(|it| it.task(name)).is_some_and(|task| task.ignore_errors);
    let bad = |result: &state::query::TaskResult| result.ending.is_some_and(Ending::is_bad);
    let success = !work.results.iter().any(|result| bad(result) && !forgiven(&result.task));
    Ok(Step::OnComplete { success, results: results(bench, work, names).await? })
}

/// How the tasks ended that the attempt is told of.
pub async fn results(bench: &Bench, work: &Work, names: &Names) -> Result<Vec<TaskResult>, Error> {
    let mut results = Vec::new();
    for result in &work.results {
        let agent = result.output.rows.first().map(|(node, _)| *node);
        results.push(TaskResult {
            name: result.task.clone(),
            status: result
                .ending
                .map_or("pending", |ending| words::word(Word::from(ending)))
                .into(),
            success: result.ending == Some(Ending::Succeeded),
            message: Some(result.message.clone()).filter(|message| !message.is_empty()),
            duration: Duration::from_millis(result.duration_ms),
            attempts: result.attempts,
            agent: agent.filter(|node| *node != work.owner).map(|node| names.of(node)),
            output: output(bench, &result.output, names).await?,
        });
    }
    Ok(results)
}

/// One output, or a table with a row a node.
async fn output(bench: &Bench, from: &Dependency, names: &Names) -> Result<Value, Error> {
    let mut rows = Map::new();
    for (node, output) in &from.rows {
        let value = value(bench, *node, output).await?;
        if !from.many {
            return Ok(value);
        }
        rows.insert(names.of(*node), value);
    }
    Ok(Value::Object(rows))
}

async fn value(bench: &Bench, node: config::NodeId, output: &Output) -> Result<Value, Error> {
    let text = match output {
        Output::Nothing => return Ok(Value::Object(Map::new())),
        Output::Inline(json) => json.clone(),
        Output::Blob { hash, size } => {
            let path = bench.peers.blob(node, *hash, *size).await?;
            std::fs::read_to_string(&path).map_err(crate::blobs::file("read", &path))?
        }
    };
    serde_json::from_str(&text).map_err(|error| Error::Corrupt(format!("an output: {error}")))
}
