use super::managed::Managed;
use super::place::regex;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Plan, blocking};
use crate::registry::{Arguments, World};

pub async fn edit(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    blocking(move || plan(world, arguments)).await
}

fn plan(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let pattern: String = arguments.take("pattern")?;
    let pattern = regex(&arguments, &pattern)?;
    let replacement: String = arguments.take("replacement")?;
    let file = Managed::of(world, path.clone(), &mut arguments)?;
    let Some(before) = file.text()? else {
        let message = format!("cannot edit {}: there is no file", path.display());
        return Err(Failure::new(Code::NotFound, message));
    };
    let after = pattern.replace_all(&before, replacement.as_str()).into_owned();
    file.edited(Some(before), after)
}
