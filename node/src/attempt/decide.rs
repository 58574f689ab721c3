//! Attempts that ask a function of the file, and what its answer means to the plan.

use dsl::{Answer, Question, TaskResult};
use state::run::{self, Decision, OnFailure};

use crate::Error;
use crate::compile::target;

/// The question with what is known of its task; `result` says how the task would end.
pub fn question(
    asked: run::Question,
    task: &str,
    result: Option<TaskResult>,
) -> Result<Question, Error> {
    let task = task.to_string();
    let ended = || {
        let function = asked.function();
        result.ok_or_else(|| Error::Corrupt(format!("`{function}` without how `{task}` ended")))
    };
    Ok(match asked {
        run::Question::Target => Question::Target { task },
        run::Question::TaskStart => Question::TaskStart { task },
        run::Question::Retry => Question::Retry { failed: ended()? },
        run::Question::TaskFailure => Question::TaskFailure { failed: ended()? },
        run::Question::TaskComplete => Question::TaskComplete { ended: ended()? },
    })
}

/// What is agreed of an answer.
pub fn decision(answer: &Answer) -> Option<Decision> {
    Some(match answer {
        Answer::Target(answered) => Decision::Target(target(answered)),
        Answer::Retry(again) => Decision::Retry(*again),
        Answer::OnFailure(word) => Decision::OnFailure(match word {
            dsl::OnFailure::Fail => OnFailure::Fail,
            dsl::OnFailure::Retry => OnFailure::Retry,
            dsl::OnFailure::Continue => OnFailure::Continue,
        }),
        Answer::Clean(_) => return None,
    })
}
