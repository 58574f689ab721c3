use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use mlua::{Function, Lua, MultiValue, Result, UserData, Value};

use super::object::lock;
use super::schedule::{Gate, Place, Routine};
use super::stage::Stage;

/// What a routine returned, or the error it ended with.
pub type Outcome = std::result::Result<MultiValue, String>;

/// A routine whose outcome can be awaited.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

struct Shared {
    started: Place,
    routine: OnceLock<Routine>,
    gate: Mutex<Gate>,
    outcome: Mutex<Option<Outcome>>,
}

impl UserData for Handle {}

impl Handle {
    /// Starts a routine that calls the function.
    pub fn start(
        stage: &Stage,
        place: Place,
        function: Function,
        values: MultiValue,
    ) -> Result<Handle> {
        let (gate, outcome) = (Mutex::default(), Mutex::default());
        let handle = Handle(Arc::new(Shared {
            started: place.clone(),
            routine: OnceLock::new(),
            gate,
            outcome,
        }));
        let (own, call) = (handle.clone(), call(stage.clone(), function, values));
        let stage_of_body = stage.clone();
        let routine = stage.begin(place, async move {
            own.finish(&stage_of_body, call.await?);
            Ok(())
        })?;
        handle.0.routine.get_or_init(|| routine);
        Ok(handle)
    }

    fn finish(&self, stage: &Stage, outcome: Outcome) {
        if let (Err(error), Some(routine)) = (&outcome, self.0.routine.get()) {
            stage.failed(*routine, self.0.started.clone(), error.clone());
        }
        *lock(&self.0.outcome) = Some(outcome);
        stage.with(|schedule| lock(&self.0.gate).open(schedule));
    }

    /// The outcome once it is there; nothing when the time is up before.
    pub async fn outcome(&self, lua: &Lua, until: Option<Duration>) -> Result<Option<Outcome>> {
        let stage = Stage::of(lua)?;
        if lock(&self.0.outcome).is_none() {
            let what = || format!("for the routine started at {} to end", self.0.started);
            let stand = |schedule: &mut _, ticket| lock(&self.0.gate).stand(schedule, ticket);
            stage.wait(lua, what, until, stand)?.await;
        }
        if let Some(routine) = self.0.routine.get() {
            stage.lock().unseen.remove(routine);
        }
        Ok(lock(&self.0.outcome).clone())
    }

    /// Ends the routine, unless it has ended.
    pub fn cancel(&self, lua: &Lua) -> Result<()> {
        if let Some(routine) = self.0.routine.get() {
            Stage::of(lua)?.cancel(lua, *routine);
        }
        Ok(())
    }
}

/// Calls a function of the script; its error becomes text as `pcall` shows it.
pub async fn call(stage: Stage, function: Function, mut values: MultiValue) -> Result<Outcome> {
    values.push_front(Value::Function(function));
    let mut values = stage.pcall().call_async::<MultiValue>(values).await?;
    match values.pop_front() {
        Some(Value::Boolean(true)) => Ok(Ok(values)),
        _ => Ok(Err(text(values.front())?)),
    }
}

/// An error in words.
pub fn text(error: Option<&Value>) -> Result<String> {
    let Some(error) = error else { return Ok("nil".to_owned()) };
    if let Value::Table(table) = error
        && let Some(message) = table.raw_get::<Option<String>>("message")?
    {
        return Ok(message);
    }
    match error {
        Value::Error(error) => Ok(error.to_string()),
        other => other.to_string(),
    }
}
