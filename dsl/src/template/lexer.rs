use serde_json::{Number, Value};

/// A stretch of text, or the words of one `{{ … }}`.
#[derive(Debug, PartialEq)]
pub enum Piece {
    Text(String),
    Action(u32, Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A word that begins with neither `.` nor `$`.
    Word(String),
    /// The parts of `.a.b`.
    Field(Vec<String>),
    /// `$name.a.b`
    Variable(String, Vec<String>),
    Constant(Value),
    Open,
    Close,
    Pipe,
    Comma,
    Assign,
}

/// Splits a template; what `{{-` and `-}}` trim is gone.
pub fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut rest, mut line) = (Vec::new(), text, 1);
    let mut trim = false;
    while let Some((before, after)) = rest.split_once("{{") {
        let cut = after.starts_with("- ") || after.starts_with("-/*");
        pieces.push(Piece::Text(trimmed(before, trim, cut)));
        line += lines(before);
        let (inside, next) = close(after).ok_or_else(|| at(line, "`{{` is never closed"))?;
        trim = inside.ends_with(" -") || inside.ends_with("*/-");
        let words = inside.strip_prefix('-').filter(|_| cut).unwrap_or(inside);
        let words = words.strip_suffix('-').filter(|_| trim).unwrap_or(words).trim();
        if !(words.starts_with("/*") && words.ends_with("*/")) {
            pieces.push(Piece::Action(line, tokens(words, line)?));
        }
        line += lines(inside);
        rest = next;
    }
    pieces.push(Piece::Text(trimmed(rest, trim, false)));
    Ok(pieces)
}

/// An error at a line.
pub fn at(line: u32, what: &str) -> String {
    format!("line {line}: {what}")
}

fn trimmed(text: &str, start: bool, end: bool) -> String {
    let text = if start { text.trim_start() } else { text };
    let text = if end { text.trim_end() } else { text };
    text.to_owned()
}

fn lines(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

/// What stands before the closing braces, which may stand in texts as well.
fn close(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut letters = text.char_indices();
    while let Some((index, letter)) = letters.next() {
        match quote {
            Some('"') if letter == '\\' => drop(letters.next()),
            Some(open) if open == letter => quote = None,
            None if letter == '"' || letter == '`' => quote = Some(letter),
            None if text[index..].starts_with("}}") => {
                return Some((&text[..index], &text[index + 2..]));
            }
            _ => {}
        }
    }
    // An open quote must not hide that the braces are there.
    quote.and_then(|_| text.split_once("}}"))
}

fn tokens(text: &str, line: u32) -> Result<Vec<Token>, String> {
    let (mut tokens, mut rest) = (Vec::new(), text.trim_start());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '|' => (Token::Pipe, 1),
            ',' => (Token::Comma, 1),
            ':' | '=' => (Token::Assign, if rest.starts_with(":=") { 2 } else { 1 }),
            '"' => quoted(rest).ok_or_else(|| at(line, "a text is never closed"))?,
            '`' => raw(rest).ok_or_else(|| at(line, "a text is never closed"))?,
            _ => word(rest),
        };
        if length == 0 {
            return Err(at(line, &format!("`{first}` means nothing here")));
        }
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str) -> Option<(Token, usize)> {
    let mut end = None;
    let mut letters = text.char_indices().skip(1);
    while let Some((index, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => {
                end = Some(index + 1);
                break;
            }
            _ => {}
        }
    }
    let end = end?;
    let value = serde_json::from_str(&text[..end]).ok()?;
    Some((Token::Constant(value), end))
}

fn raw(text: &str) -> Option<(Token, usize)> {
    let end = text[1..].find('`')? + 1;
    Some((Token::Constant(Value::from(&text[1..end])), end + 1))
}

fn word(text: &str) -> (Token, usize) {
    let is_part = |c: char| c.is_alphanumeric() || "_-.$+".contains(c);
    let length = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let word = &text[..length];
    let parts =
        |text: &str| text.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let token = match (word, word.chars().next()) {
        ("true" | "false", _) => Token::Constant(Value::Bool(word == "true")),
        ("nil" | "null", _) => Token::Constant(Value::Null),
        (_, Some('.')) => Token::Field(parts(word)),
        (_, Some('$')) => {
            let (name, path) = word[1..].split_once('.').unwrap_or((&word[1..], ""));
            Token::Variable(name.to_owned(), parts(path))
        }
        _ => match number(word) {
            Some(number) => Token::Constant(Value::Number(number)),
            None => Token::Word(word.to_owned()),
        },
    };
    (token, length)
}

fn number(word: &str) -> Option<Number> {
    let whole = word.parse::<i64>().ok().map(Number::from);
    whole.or_else(|| word.parse::<f64>().ok().and_then(Number::from_f64))
}
