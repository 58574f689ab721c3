use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, BYTES_MAX, ENTRIES_MAX, Entry, Journal, Question};

/// How the message of a load that is not what it was begins.
pub const DIFFERS: &str = "evaluates differently: ";

/// A journal that is being written or read. Cheap to clone.
#[derive(Clone)]
pub struct Tape(Arc<Mutex<Reel>>);

enum Reel {
    Recording { journal: Journal, bytes: usize },
    Replaying { journal: Arc<Journal>, next: usize, differs: Option<String> },
}

/// What becomes of a question.
pub enum Turn {
    /// It was asked before.
    Known(Answer),
    /// It is to be asked, and the answer kept.
    Open(Question),
}

impl Tape {
    pub fn record() -> Self {
        Tape(Arc::new(Mutex::new(Reel::Recording { journal: Journal::default(), bytes: 0 })))
    }

    pub fn replay(journal: Arc<Journal>) -> Self {
        Tape(Arc::new(Mutex::new(Reel::Replaying { journal, next: 0, differs: None })))
    }

    /// Fails when the load that was recorded did not ask this next, or when it asks too much.
    pub fn ask(&self, question: Question) -> Result<Turn, String> {
        match &mut *self.reel() {
            Reel::Recording { journal, .. } if journal.len() >= ENTRIES_MAX => Err(format!(
                "the file observes the world more than {ENTRIES_MAX} times while it is loaded; move `{}` into a task",
                question.call
            )),
            Reel::Recording { .. } => Ok(Turn::Open(question)),
            Reel::Replaying { journal, next, differs } => {
                let found = answer(journal, *next, &question);
                *next += 1;
                found.map(Turn::Known).map_err(|message| {
                    // A script may catch the error; the load fails all the same.
                    differs.get_or_insert(message).clone()
                })
            }
        }
    }

    /// Keeps an answer; fails when it is too large.
    pub fn keep(&self, question: Question, answer: Answer) -> Result<(), String> {
        let Reel::Recording { journal, bytes } = &mut *self.reel() else { return Ok(()) };
        let call = question.call.clone();
        let entry = Entry { question, answer };
        *bytes += entry.size();
        if *bytes > BYTES_MAX {
            let kilobytes = BYTES_MAX >> 10;
            return Err(format!(
                "the file observes more than {kilobytes} KiB while it is loaded; move `{call}` into a task"
            ));
        }
        journal.entries.push(entry);
        Ok(())
    }

    /// What was recorded; fails when a replayed load asked something else, or not everything.
    pub fn close(&self) -> Result<Journal, String> {
        match &mut *self.reel() {
            Reel::Recording { journal, .. } => Ok(std::mem::take(journal)),
            Reel::Replaying { differs: Some(message), .. } => Err(message.clone()),
            Reel::Replaying { journal, next, .. } => match journal.entries.get(*next) {
                None => Ok(Journal::default()),
                Some(entry) => Err(format!(
                    "{DIFFERS}it does not ask {}, which was asked before",
                    entry.question.shown()
                )),
            },
        }
    }

    fn reel(&self) -> std::sync::MutexGuard<'_, Reel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(journal: &Journal, next: usize, question: &Question) -> Result<Answer, String> {
    match journal.entries.get(next) {
        Some(entry) if entry.question == *question => Ok(entry.answer.clone()),
        Some(entry) => Err(format!(
            "{DIFFERS}it asks {} where {} was asked before",
            question.shown(),
            entry.question.shown()
        )),
        None => Err(format!("{DIFFERS}it asks {}, which was not asked before", question.shown())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Item;
    use super::*;

    fn question(call: &str) -> Question {
        Question::new(call, vec![Item::Text(b"x".to_vec())])
    }

    fn recorded(calls: &[&str]) -> Arc<Journal> {
        let tape = Tape::record();
        for call in calls {
            let Turn::Open(question) = tape.ask(question(call)).unwrap() else { panic!("known") };
            tape.keep(question, Answer::Returned(vec![Item::Integer(1)])).unwrap();
        }
        Arc::new(tape.close().unwrap())
    }

    #[test]
    fn the_same_questions_get_the_same_answers() {
        let tape = Tape::replay(recorded(&["a", "b"]));
        for call in ["a", "b"] {
            let Turn::Known(answer) = tape.ask(question(call)).unwrap() else { panic!("open") };
            assert_eq!(answer, Answer::Returned(vec![Item::Integer(1)]));
        }
        assert!(tape.close().is_ok());
    }

    #[test]
    fn another_question_another_order_and_a_missing_one_are_told() {
        let asked = |calls: &[&str]| {
            let tape = Tape::replay(recorded(&["a", "b"]));
            for call in calls {
                let _ = tape.ask(question(call));
            }
            tape.close().unwrap_err()
        };
        assert_eq!(
            asked(&["b", "a"]),
            "evaluates differently: it asks b(\"x\") where a(\"x\") was asked before"
        );
        assert_eq!(
            asked(&["a"]),
            "evaluates differently: it does not ask b(\"x\"), which was asked before"
        );
        assert_eq!(
            asked(&["a", "b", "c"]),
            "evaluates differently: it asks c(\"x\"), which was not asked before"
        );
    }

    #[test]
    fn a_load_that_observes_too_much_is_refused() {
        let tape = Tape::record();
        let large = Answer::Returned(vec![Item::Text(vec![0; BYTES_MAX])]);
        assert!(tape.keep(question("fs.read"), large).unwrap_err().contains("1024 KiB"));
        let tape = Tape::record();
        for _ in 0..ENTRIES_MAX {
            tape.keep(question("a"), Answer::Returned(Vec::new())).unwrap();
        }
        assert!(tape.ask(question("a")).is_err_and(|error| error.contains("10000 times")));
    }
}
