use std::fs;

use super::fresh::Wanted;
use super::managed::Managed;
use crate::modules::fs::copy::within;
use crate::modules::fs::failed;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Change, Plan, blocking};
use crate::registry::{Arguments, World};

pub async fn copy(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    blocking(move || plan(world, arguments)).await
}

fn plan(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let source = world.path(&arguments.take::<String>("src")?)?;
    let destination = world.path(&arguments.take::<String>("dest")?)?;
    let metadata = fs::metadata(&source).map_err(|error| failed("copy", &source, &error))?;
    if !metadata.is_file() {
        let message = format!("cannot copy {}: it is no file", source.display());
        return Err(Failure::new(Code::Invalid, message));
    }
    let destination = within(&source, destination);
    let (from, to) = (source.to_string_lossy(), destination.to_string_lossy());
    let change = Change::of(to.clone())
        .field("src", from.into_owned())
        .field("dest", to.into_owned())
        .field("size", metadata.len());
    let file = Managed::of(world, destination, &mut arguments)?;
    file.holding(change, Wanted::File(source))
}
