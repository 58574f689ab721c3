use super::managed::Managed;
use super::place::{Place, State, joined};
use crate::modules::fs::at;
use crate::registry::answer::{Code, Failure};
use crate::registry::plan::{Plan, blocking};
use crate::registry::{Arguments, World};

pub async fn edit(world: World, arguments: Arguments) -> Result<Plan, Failure> {
    blocking(move || plan(world, arguments)).await
}

fn plan(world: World, mut arguments: Arguments) -> Result<Plan, Failure> {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let (state, place) = (State::of(&mut arguments)?, Place::of(&mut arguments)?);
    let block = Block::of(&mut arguments, state)?;
    let create: bool = arguments.take("create")?;
    let file = Managed::of(world, path.clone(), &mut arguments)?;
    let before = file.text()?;
    if before.is_none() && state == State::Absent {
        return Ok(at(&path).kept("is not there"));
    }
    let refuse =
        |code, why: &str| Failure::new(code, format!("cannot edit {}: {why}", path.display()));
    if before.is_none() && !create {
        return Err(refuse(Code::NotFound, "there is no file"));
    }
    let after = block.set(before.as_deref().unwrap_or_default(), state, &place);
    let after = after.map_err(|why| refuse(Code::Invalid, &why))?;
    file.edited(before, after)
}

struct Block {
    begin: String,
    end: String,
    lines: String,
}

impl Block {
    fn of(arguments: &mut Arguments, state: State) -> Result<Block, Failure> {
        let function = arguments.function.clone();
        let refuse = |what: &str| Failure::raised(Code::Invalid, format!("`{function}` {what}"));
        let lines = match arguments.find::<String>("block")? {
            Some(lines) => lines,
            None if state == State::Absent => String::new(),
            None => return Err(refuse("needs `block`")),
        };
        let (begin, end): (String, String) =
            (arguments.take("marker_begin")?, arguments.take("marker_end")?);
        if begin == end || begin.contains('\n') || end.contains('\n') {
            return Err(refuse("needs two different markers of one line each"));
        }
        if lines.lines().any(|line| line == begin || line == end) {
            return Err(refuse("`block` holds a marker"));
        }
        Ok(Block { begin, end, lines })
    }

    /// The text with or without the block.
    fn set(&self, text: &str, state: State, place: &Place) -> Result<String, String> {
        let lines: Vec<&str> = text.lines().collect();
        let at = |marker: &str| lines.iter().position(|line| *line == marker);
        let (before, after) = match (at(&self.begin), at(&self.end)) {
            (Some(begin), Some(end)) if begin < end => (&lines[..begin], &lines[end + 1..]),
            (None, None) if state == State::Absent => return Ok(text.to_owned()),
            (None, None) => lines.split_at(place.index(&lines)),
            _ => return Err("one marker stands without the other, or they are exchanged".into()),
        };
        let mut new = before.to_vec();
        if state == State::Present {
            new.push(&self.begin);
            new.extend(self.lines.lines());
            new.push(&self.end);
        }
        new.extend(after);
        let same = new.iter().copied().eq(text.lines());
        Ok(if same { text.to_owned() } else { joined(&new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(lines: &str) -> Block {
        Block { begin: "<".into(), end: ">".into(), lines: lines.into() }
    }

    #[test]
    fn a_block_is_added_replaced_and_removed() {
        let set = |text: &str, lines: &str| block(lines).set(text, State::Present, &Place::End);
        assert_eq!(set("", "a\nb").unwrap(), "<\na\nb\n>\n");
        assert_eq!(set("x\n<\nold\n>\ny\n", "a\n").unwrap(), "x\n<\na\n>\ny\n");
        assert_eq!(set("x\n<\na\n>", "a").unwrap(), "x\n<\na\n>");
        let gone = |text: &str| block("").set(text, State::Absent, &Place::End);
        assert_eq!(gone("x\n<\na\n>\ny\n").unwrap(), "x\ny\n");
        assert_eq!(gone("x").unwrap(), "x");
        assert!(set("x\n<\n", "a").is_err());
        assert!(set(">\n<\n", "a").is_err());
    }
}
