use std::iter::Peekable;
use std::vec::IntoIter;

use super::lexer::{Piece, Token, at, pieces};
use super::{DEPTH_MAX, Node, Operand, Pipe, Range};

pub fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { pieces: pieces(text)?.into_iter(), depth: 0 };
    match parser.block()? {
        (nodes, None) => Ok(nodes),
        (_, Some((line, word, _))) => Err(at(line, &format!("`{word}` without a block"))),
    }
}

struct Parser {
    pieces: IntoIter<Piece>,
    depth: usize,
}

/// The `else` or `end` that closed a block, with what follows it.
type Closed = Option<(u32, String, Words)>;
type Words = Peekable<IntoIter<Token>>;

impl Parser {
    /// The nodes up to the next `else` or `end` of this block.
    fn block(&mut self) -> Result<(Vec<Node>, Closed), String> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            let (line, tokens) = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action(line, tokens) => (line, tokens),
            };
            let mut words = tokens.into_iter().peekable();
            match words.peek() {
                None => return Err(at(line, "nothing between `{{` and `}}`")),
                Some(Token::Word(word)) if word == "else" || word == "end" => {
                    let word = word.clone();
                    words.next();
                    return Ok((nodes, Some((line, word, words))));
                }
                _ => nodes.push(self.action(line, words)?),
            }
        }
        Ok((nodes, None))
    }

    fn action(&mut self, line: u32, mut words: Words) -> Result<Node, String> {
        let keyword = match words.peek() {
            Some(Token::Word(word)) => word.clone(),
            _ => String::new(),
        };
        match keyword.as_str() {
            "if" => {
                words.next();
                self.nested(line, |parser| parser.conditions(line, words))
            }
            "with" => {
                words.next();
                let pipe = pipe(line, &mut words)?;
                let (body, otherwise) = self.nested(line, |parser| parser.body("with", line))?;
                Ok(Node::With(line, pipe, body, otherwise))
            }
            "range" => {
                words.next();
                let (names, over) = (names(&mut words), pipe(line, &mut words)?);
                let (body, otherwise) = self.nested(line, |parser| parser.body("range", line))?;
                Ok(Node::Range(line, Range { names, over, body, otherwise }))
            }
            _ => match names(&mut words).pop() {
                Some(name) => Ok(Node::Set(line, name, pipe(line, &mut words)?)),
                None => Ok(Node::Print(line, pipe(line, &mut words)?)),
            },
        }
    }

    fn nested<T>(
        &mut self,
        line: u32,
        parse: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(at(line, &format!("blocks are nested more than {DEPTH_MAX} deep")));
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn conditions(&mut self, line: u32, mut words: Words) -> Result<Node, String> {
        let mut branches = Vec::new();
        loop {
            let condition = pipe(line, &mut words)?;
            let (body, closed) = self.block()?;
            branches.push((condition, body));
            match closed {
                None => return Err(at(line, "`if` has no `end`")),
                Some((_, word, mut more)) if word == "else" => {
                    if more.next_if_eq(&Token::Word("if".into())).is_some() {
                        words = more;
                        continue;
                    }
                    let (otherwise, _) = self.last("if", line)?;
                    return Ok(Node::If(line, branches, otherwise));
                }
                Some(_) => return Ok(Node::If(line, branches, Vec::new())),
            }
        }
    }

    /// A block and its `else`.
    fn body(&mut self, keyword: &str, line: u32) -> Result<(Vec<Node>, Vec<Node>), String> {
        match self.last(keyword, line)? {
            (body, true) => Ok((body, self.last(keyword, line)?.0)),
            (body, false) => Ok((body, Vec::new())),
        }
    }

    /// A block, and whether an `else` closed it.
    fn last(&mut self, keyword: &str, line: u32) -> Result<(Vec<Node>, bool), String> {
        match self.block()? {
            (_, None) => Err(at(line, &format!("`{keyword}` has no `end`"))),
            (nodes, Some((_, word, _))) => Ok((nodes, word == "else")),
        }
    }
}

/// The names of `$a, $b := …`, if it is that.
fn names(words: &mut Words) -> Vec<String> {
    let mut ahead = words.clone();
    let mut names = Vec::new();
    loop {
        match (ahead.next(), ahead.next()) {
            (Some(Token::Variable(name, path)), Some(mark))
                if path.is_empty() && matches!(mark, Token::Comma | Token::Assign) =>
            {
                names.push(name);
                if mark == Token::Assign {
                    *words = ahead;
                    return names;
                }
            }
            _ => return Vec::new(),
        }
    }
}

fn pipe(line: u32, words: &mut Words) -> Result<Pipe, String> {
    let pipe = commands(line, words, 0)?;
    match words.next() {
        None => Ok(pipe),
        Some(_) => Err(at(line, "`)` without `(`")),
    }
}

fn commands(line: u32, words: &mut Words, depth: usize) -> Result<Pipe, String> {
    let (mut pipe, mut command) = (Vec::new(), Vec::new());
    while let Some(token) = words.next_if(|token| *token != Token::Close) {
        match token {
            Token::Pipe if !command.is_empty() => pipe.push(std::mem::take(&mut command)),
            Token::Open if depth < DEPTH_MAX => {
                let inner = commands(line, words, depth + 1)?;
                if words.next() != Some(Token::Close) {
                    return Err(at(line, "`(` is never closed"));
                }
                command.push(Operand::Group(inner));
            }
            Token::Word(word) => command.push(Operand::Word(word)),
            Token::Field(path) => command.push(Operand::Field(path)),
            Token::Variable(name, path) => command.push(Operand::Variable(name, path)),
            Token::Constant(value) => command.push(Operand::Constant(value)),
            _ => return Err(at(line, "a sign stands where a value is wanted")),
        }
    }
    if command.is_empty() {
        return Err(at(line, "a value is missing"));
    }
    pipe.push(command);
    Ok(pipe)
}
