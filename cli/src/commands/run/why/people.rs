//! What somebody was asked, a person or a function of the file, and what was said.

use super::fact::Fact;

pub fn sentence(fact: &Fact<'_>) -> Option<String> {
    let by = &fact.event.by;
    Some(match fact.event.kind.as_str() {
        "task.approval_wanted" => "waits for somebody to say whether it may run".to_owned(),
        "task.approved" => match fact.text("decision") {
            Some("run all") => format!("{by} let it run, and all that come after it"),
            _ => format!("{by} let it run"),
        },
        "task.rejected" => match fact.text("decision") {
            Some("abort") => format!("{by} aborted the run before it"),
            _ => format!("{by} skipped it"),
        },
        "task.asked" => format!("`{}` is asked", function(fact)),
        "task.decided" => decided(fact),
        _ => return None,
    })
}

fn decided(fact: &Fact<'_>) -> String {
    let function = function(fact);
    match (fact.text("answer"), fact.text("error")) {
        (_, Some(error)) => format!("`{function}` failed: {error}"),
        (Some(answer), None) => format!("`{function}` said: {answer}"),
        (None, None) => format!("`{function}` has been called"),
    }
}

fn function<'a>(fact: &Fact<'a>) -> &'a str {
    fact.text("function").unwrap_or("a function")
}
