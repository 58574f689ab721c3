//! One call of a function, from the values a script gave to the values it gets.

use std::future::Future;
use std::sync::Arc;

use mlua::{Lua, MultiValue, Result};

use super::answer::{Answer, Code, Failure, Outcome};
use super::arguments::{Argument, Arguments};
use super::capability::Capability;
use super::function::{Function, Work};
use super::plan::Plan;
use super::world::World;
use super::{bind, common, guards, outcome};
use crate::context::{Context, Phase, refused};
use crate::{journal, policy};

/// A text argument that a view of a module fixes, as `state.ns("x")` does.
#[derive(Clone)]
pub struct Fixed {
    pub parameter: &'static str,
    pub value: Arc<str>,
}

/// A function under its full name.
#[derive(Clone)]
pub struct Call {
    pub name: Arc<str>,
    pub function: &'static Function,
    pub fixed: Option<Fixed>,
}

impl Call {
    /// The arguments, checked.
    pub fn arguments(&self, lua: &Lua, values: MultiValue) -> Result<Arguments> {
        let mut arguments = bind::arguments(lua, Arc::clone(&self.name), self.function, values)?;
        if let Some(Fixed { parameter, value }) = &self.fixed
            && arguments.has(parameter)
        {
            arguments.replace(parameter, Argument::Text(value.to_string()));
        }
        Ok(arguments)
    }

    /// A call that waits for nothing.
    pub fn at_once(&self, lua: &Lua, values: MultiValue) -> Result<MultiValue> {
        let outcome = match self.function.work {
            // Only the load where a file is accepted is heard.
            Work::Told(_) if Context::of(lua)?.host.is_none() => return Ok(MultiValue::new()),
            Work::Told(work) => {
                let (world, arguments) = self.prepare(lua, values)?;
                work(&world, arguments)
            }
            Work::Pure(work) => work(self.arguments(lua, values)?),
            Work::Made(work) => return work(lua, self.arguments(lua, values)?),
            _ => Err(self.misplaced()),
        };
        outcome::values(lua, self.function.class, false, outcome)
    }

    /// A call that may wait for the world. While a file is loaded the world may only be looked at, and the journal
    /// keeps what was seen.
    pub async fn later(&self, lua: Lua, values: MultiValue) -> Result<MultiValue> {
        match Context::phase_of(&lua)? {
            Phase::Task => self.in_world(lua, values).await,
            Phase::Load if !self.function.observes() => Err(refused(&self.name)),
            Phase::Load => {
                let asked = values.clone();
                let work = self.in_world(lua.clone(), values);
                journal::observe_async(&lua, &self.name, &asked, work).await
            }
        }
    }

    async fn in_world(&self, lua: Lua, values: MultiValue) -> Result<MultiValue> {
        let (world, mut arguments) = self.prepare(&lua, values)?;
        let check = world.check;
        let outcome = match self.function.work {
            Work::Scripted(_, work) => return work(lua, world, arguments).await,
            Work::Look(work) => self.within(&world.clone(), work(world, arguments)).await,
            Work::Act(work) => match guards::skip(&world, &mut arguments).await {
                Ok(None) => self.within(&world.clone(), work(world, arguments)).await,
                Ok(Some(answer)) => Ok(answer),
                Err(failure) => Err(failure),
            },
            Work::Change(work) => {
                let done = async { carry_out(work(world.clone(), arguments).await?, check).await };
                self.within(&world, done).await
            }
            _ => Err(self.misplaced()),
        };
        outcome::values(&lua, self.function.class, check, outcome)
    }

    /// The world of this call and its own arguments. Whatever a function may touch passes here first.
    fn prepare(&self, lua: &Lua, values: MultiValue) -> Result<(World, Arguments)> {
        let world = World::of(lua, &self.name)?;
        let mut arguments = self.arguments(lua, values)?;
        self.hide(&world, &arguments)?;
        let world = common::apply(self.function, &mut arguments, world)?;
        let needs = policy::needs(self.function, &arguments, &world.context);
        world.context.permit(&needs)?;
        Ok((world, arguments))
    }

    /// What is given as a secret is seen nowhere from now on.
    fn hide(&self, world: &World, arguments: &Arguments) -> std::result::Result<(), Failure> {
        for parameter in self.function.parameters.iter().filter(|parameter| parameter.secret) {
            for text in arguments.texts(parameter.name) {
                world.host.hide(parameter.name, text)?;
            }
        }
        Ok(())
    }

    fn misplaced(&self) -> Failure {
        Failure::raised(Code::Invalid, format!("`{}` is called in another way", self.name))
    }

    /// Ends the wait at the call's deadline; processes mind it themselves and keep what they wrote.
    async fn within(&self, world: &World, work: impl Future<Output = Outcome>) -> Outcome {
        let Some(deadline) = world.deadline else { return work.await };
        if self.function.capability == Capability::Exec {
            return work.await;
        }
        tokio::time::timeout_at(deadline, work).await.unwrap_or_else(|_| {
            let message = format!("`{}` was not done in time", self.name);
            Err(Failure::new(Code::Timeout, message))
        })
    }
}

async fn carry_out(plan: Plan, check: bool) -> Outcome {
    match plan {
        Plan::Settled(answer) => Ok(answer),
        Plan::Pending { would: Answer::Report(mut report), .. } if check => {
            report.skipped = true;
            Ok(Answer::Report(report))
        }
        Plan::Pending { would, .. } if check => Ok(would),
        Plan::Pending { act, .. } => act.await,
    }
}
