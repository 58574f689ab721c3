use super::{ESCAPE, Fault, class};
use crate::text::steps::Steps;

const CAPTURES_MAX: usize = 32;
/// Recursion comes from captures and quantifiers; the language's own matcher stops here too.
const DEPTH_MAX: usize = 200;

/// A part of the subject that was asked for with parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    Range(usize, usize),
    /// `()`: a byte offset, counted from 0.
    Position(usize),
}

/// A capture as far as the matcher came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Open(usize),
    Closed(Capture),
}

/// The range that matched and its captures, from 0, end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    pub start: usize,
    pub end: usize,
    slots: Vec<Slot>,
}

impl Match {
    /// How many captures the pattern has.
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    /// Capture `index` from 0; the whole match is the first one of a pattern without captures.
    pub fn capture(&self, index: usize) -> Result<Capture, Fault> {
        match self.slots.get(index) {
            Some(Slot::Closed(capture)) => Ok(*capture),
            Some(Slot::Open(_)) => Err(Fault::Invalid("unfinished capture".to_owned())),
            None if index == 0 => Ok(Capture::Range(self.start, self.end)),
            None => Err(Fault::Invalid(format!("invalid capture index %{}", index + 1))),
        }
    }
}

/// What a match came to: the end of what matched.
type Found = Result<Option<usize>, Fault>;

/// A backtracking matcher for one subject and one pattern.
pub struct Matcher<'a> {
    subject: &'a [u8],
    pattern: &'a [u8],
    slots: Vec<Slot>,
    depth: usize,
    steps: Steps,
}

impl<'a> Matcher<'a> {
    /// The pattern is given without a leading `^`.
    pub fn new(subject: &'a [u8], pattern: &'a [u8], steps: Steps) -> Self {
        Self { subject, pattern, slots: Vec::new(), depth: 0, steps }
    }

    /// Matches at exactly `start`.
    pub fn at(&mut self, start: usize) -> Result<Option<Match>, Fault> {
        self.slots.clear();
        let end = self.run(start, 0)?;
        Ok(end.map(|end| Match { start, end, slots: self.slots.clone() }))
    }

    /// The first match at or after `start`.
    pub fn first(&mut self, start: usize, anchored: bool) -> Result<Option<Match>, Fault> {
        let last = if anchored { start } else { self.subject.len() };
        for at in start..=last {
            if let Some(found) = self.at(at)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn run(&mut self, at: usize, item: usize) -> Found {
        if self.depth == DEPTH_MAX {
            return Err(Fault::TooDeep(DEPTH_MAX));
        }
        self.depth += 1;
        let found = self.items(at, item);
        self.depth -= 1;
        found
    }

    fn items(&mut self, mut at: usize, mut item: usize) -> Found {
        loop {
            self.steps.spend(1)?;
            let pattern = self.pattern;
            let next = match &pattern[item..] {
                [] => return Ok(Some(at)),
                [b'(', b')', ..] => {
                    return self.open(Slot::Closed(Capture::Position(at)), at, item + 2);
                }
                [b'(', ..] => return self.open(Slot::Open(at), at, item + 1),
                [b')', ..] => return self.close(at, item + 1),
                [b'$'] => return Ok((at == self.subject.len()).then_some(at)),
                [ESCAPE, b'b', ..] => self.balance(at, item + 2)?.map(|end| (end, item + 4)),
                [ESCAPE, b'f', ..] => self.frontier(at, item + 2)?.map(|end| (at, end)),
                [ESCAPE, digit @ b'0'..=b'9', ..] => {
                    self.again(at, *digit)?.map(|end| (end, item + 2))
                }
                _ => match self.single(at, item)? {
                    Next::Item(at, item) => Some((at, item)),
                    Next::Done(found) => return Ok(found),
                },
            };
            let Some(moved) = next else { return Ok(None) };
            (at, item) = moved;
        }
    }

    fn open(&mut self, slot: Slot, at: usize, item: usize) -> Found {
        if self.slots.len() == CAPTURES_MAX {
            return Err(Fault::Invalid("too many captures".to_owned()));
        }
        self.slots.push(slot);
        let found = self.run(at, item)?;
        if found.is_none() {
            self.slots.pop();
        }
        Ok(found)
    }

    fn close(&mut self, at: usize, item: usize) -> Found {
        let open = self.slots.iter().enumerate().rev().find_map(|(index, slot)| match slot {
            Slot::Open(start) => Some((index, *start)),
            Slot::Closed(_) => None,
        });
        let Some((index, start)) = open else {
            return Err(Fault::Invalid("invalid pattern capture".to_owned()));
        };
        self.slots[index] = Slot::Closed(Capture::Range(start, at));
        let found = self.run(at, item)?;
        if found.is_none() {
            self.slots[index] = Slot::Open(start);
        }
        Ok(found)
    }

    /// `%bxy` at `at`, its two characters at `item`.
    fn balance(&mut self, at: usize, item: usize) -> Found {
        let [open, close, ..] = self.pattern[item..] else {
            return Err(Fault::malformed("missing arguments to '%b'"));
        };
        if self.subject.get(at) != Some(&open) {
            return Ok(None);
        }
        let mut level = 1;
        for (offset, byte) in self.subject[at + 1..].iter().enumerate() {
            self.steps.spend(1)?;
            if *byte == close {
                level -= 1;
            } else if *byte == open {
                level += 1;
            }
            if level == 0 {
                return Ok(Some(at + offset + 2));
            }
        }
        Ok(None)
    }

    /// `%f[set]`: the end of the set when `at` is where it begins to hold.
    fn frontier(&mut self, at: usize, item: usize) -> Found {
        if self.pattern.get(item) != Some(&b'[') {
            return Err(Fault::malformed("missing '[' after '%f'"));
        }
        let end = self.class_end(item)?;
        let set = &self.pattern[item..end];
        let before = at.checked_sub(1).map_or(0, |before| self.subject[before]);
        let here = self.subject.get(at).copied().unwrap_or(0);
        Ok((!class::holds(set, before) && class::holds(set, here)).then_some(end))
    }

    /// `%1`: what an earlier capture matched, once more.
    fn again(&mut self, at: usize, digit: u8) -> Found {
        let index = usize::from(digit.wrapping_sub(b'1'));
        match self.slots.get(index) {
            Some(Slot::Closed(Capture::Range(start, end))) => {
                let text = &self.subject[*start..*end];
                self.steps.spend(text.len() / 8)?;
                Ok(self.subject[at..].starts_with(text).then_some(at + text.len()))
            }
            Some(Slot::Closed(Capture::Position(_))) => Ok(None),
            _ => Err(Fault::Invalid(format!(
                "invalid capture index %{}",
                i32::from(digit) - i32::from(b'0')
            ))),
        }
    }

    /// One class with the quantifier behind it.
    fn single(&mut self, at: usize, item: usize) -> Result<Next, Fault> {
        let end = self.class_end(item)?;
        let class = &self.pattern[item..end];
        let quantifier = self.pattern.get(end).copied();
        if !self.holds(at, class)? {
            return Ok(match quantifier {
                Some(b'*' | b'?' | b'-') => Next::Item(at, end + 1),
                _ => Next::Done(None),
            });
        }
        match quantifier {
            Some(b'?') => Ok(match self.run(at + 1, end + 1)? {
                None => Next::Item(at, end + 1),
                found => Next::Done(found),
            }),
            Some(b'+') => self.longest(at + 1, class, end + 1).map(Next::Done),
            Some(b'*') => self.longest(at, class, end + 1).map(Next::Done),
            Some(b'-') => self.shortest(at, class, end + 1).map(Next::Done),
            _ => Ok(Next::Item(at + 1, end)),
        }
    }

    fn longest(&mut self, at: usize, class: &[u8], item: usize) -> Found {
        let mut end = at;
        while self.holds(end, class)? {
            end += 1;
        }
        for end in (at..=end).rev() {
            if let Some(found) = self.run(end, item)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn shortest(&mut self, mut at: usize, class: &[u8], item: usize) -> Found {
        loop {
            if let Some(found) = self.run(at, item)? {
                return Ok(Some(found));
            }
            if !self.holds(at, class)? {
                return Ok(None);
            }
            at += 1;
        }
    }

    fn holds(&mut self, at: usize, class: &[u8]) -> Result<bool, Fault> {
        self.steps.spend(class.len())?;
        Ok(self.subject.get(at).is_some_and(|byte| class::holds(class, *byte)))
    }

    fn class_end(&mut self, item: usize) -> Result<usize, Fault> {
        let end = class::end(self.pattern, item)?;
        self.steps.spend(end - item)?;
        Ok(end)
    }
}

enum Next {
    Item(usize, usize),
    Done(Option<usize>),
}
