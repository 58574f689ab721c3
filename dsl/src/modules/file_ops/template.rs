use serde_json::{Map, Value};

use super::fresh::Wanted;
use super::managed::{Managed, text};
use crate::modules::fs::copy::within;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Change, Plan, blocking};
use crate::registry::{Arguments, World};
use crate::template;

pub async fn fill(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    blocking(move || plan(world, arguments)).await
}

fn plan(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let source = world.path(&arguments.take::<String>("src")?)?;
    let destination = world.path(&arguments.take::<String>("dest")?)?;
    let values = arguments.find("vars")?.unwrap_or_else(|| Value::Object(Map::new()));
    let refuse =
        |code, why: &str| Failure::new(code, format!("cannot fill in {}: {why}", source.display()));
    let text = text(&source)?.ok_or_else(|| refuse(Code::NotFound, "there is no file"))?;
    let filled = template::render(&text, &values).map_err(|why| refuse(Code::Invalid, &why))?;
    let destination = within(&source, destination);
    let (from, to) = (source.to_string_lossy(), destination.to_string_lossy());
    let change = Change::of(to.clone())
        .field("src", from.into_owned())
        .field("dest", to.into_owned())
        .field("size", filled.len());
    let file = Managed::of(world, destination, &mut arguments)?;
    file.holding(change, Wanted::Bytes(filled.into_bytes()))
}
