use regex::Regex;

use super::managed::Managed;
use super::place::{Place, State, joined, regex};
use crate::modules::fs::at;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Plan, blocking};
use crate::registry::{Arguments, World};

pub async fn edit(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    blocking(move || plan(world, arguments)).await
}

fn plan(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let pattern = arguments.find::<String>("regexp")?;
    let pattern = pattern.map(|pattern| regex(&arguments, &pattern)).transpose()?;
    let (state, place) = (State::of(&mut arguments)?, Place::of(&mut arguments)?);
    let line = wanted(&mut arguments, state, pattern.is_some())?;
    let create: bool = arguments.take("create")?;
    let file = Managed::of(world, path.clone(), &mut arguments)?;
    let before = file.text()?;
    let after = match (&before, state) {
        (None, State::Absent) => return Ok(at(&path).kept("is not there")),
        (None, State::Present) if !create => {
            let message = format!("cannot edit {}: there is no file", path.display());
            return Err(Failure::new(Code::NotFound, message));
        }
        (_, State::Present) => {
            present(before.as_deref().unwrap_or_default(), &line, pattern.as_ref(), &place)
        }
        (Some(text), State::Absent) => absent(text, &line, pattern.as_ref()),
    };
    file.edited(before, after)
}

/// The line, which may only be left out when a pattern says what is to go.
fn wanted(arguments: &mut Arguments, state: State, pattern: bool) -> Result<String, Failure> {
    let function = arguments.function.clone();
    let refuse = |what: &str| Failure::raised(Code::Invalid, format!("`{function}` {what}"));
    match arguments.find::<String>("line")? {
        Some(line) if line.contains('\n') => {
            Err(refuse("`line` holds several lines: use `blockinfile`"))
        }
        Some(line) => Ok(line),
        None if state == State::Absent && pattern => Ok(String::new()),
        None => Err(refuse("needs `line`")),
    }
}

fn present(text: &str, line: &str, pattern: Option<&Regex>, place: &Place) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let mut found = false;
    for present in &mut lines {
        if pattern.is_some_and(|pattern| pattern.is_match(present)) {
            (*present, found) = (line, true);
        }
    }
    if !found && !lines.contains(&line) {
        lines.insert(place.index(&lines), line);
    } else if lines.iter().copied().eq(text.lines()) {
        // A last line without a break is no reason to write the file anew.
        return text.to_owned();
    }
    joined(&lines)
}

fn absent(text: &str, line: &str, pattern: Option<&Regex>) -> String {
    let goes = |present: &&str| match pattern {
        Some(pattern) => pattern.is_match(present),
        None => *present == line,
    };
    if !text.lines().any(|present| goes(&present)) {
        return text.to_owned();
    }
    let kept: Vec<&str> = text.lines().filter(|present| !goes(present)).collect();
    joined(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, line: &str, pattern: &str) -> String {
        let pattern = (!pattern.is_empty()).then(|| Regex::new(pattern).unwrap());
        present(text, line, pattern.as_ref(), &Place::End)
    }

    #[test]
    fn a_line_is_added_replaced_or_left() {
        assert_eq!(set("", "a", ""), "a\n");
        assert_eq!(set("x", "a", ""), "x\na\n");
        assert_eq!(set("a\nx", "a", ""), "a\nx");
        assert_eq!(set("p=1\nx\np=2\n", "p=3", "^p="), "p=3\nx\np=3\n");
        assert_eq!(set("x\n", "p=3", "^p="), "x\np=3\n");
        assert_eq!(set("p 3\nx", "p 3", "^p="), "p 3\nx");
    }

    #[test]
    fn a_new_line_goes_where_it_is_wanted() {
        let at = |place| present("a\nb\na\n", "n", None, &place);
        let a = || Regex::new("a").unwrap();
        assert_eq!(at(Place::Start), "n\na\nb\na\n");
        assert_eq!(at(Place::After(a())), "a\nb\na\nn\n");
        assert_eq!(at(Place::Before(a())), "n\na\nb\na\n");
        assert_eq!(at(Place::After(Regex::new("z").unwrap())), "a\nb\na\nn\n");
    }

    #[test]
    fn a_line_goes_and_stays_away() {
        assert_eq!(absent("a\nb\na\n", "a", None), "b\n");
        assert_eq!(absent("b", "a", None), "b");
        assert_eq!(absent("a1\na2\n", "", Some(&Regex::new("^a").unwrap())), "");
    }
}
