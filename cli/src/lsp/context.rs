//! What a place in a file is about, found without parsing: files are mostly unfinished where they are edited.

/// What may stand at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum Context<'a> {
    /// After `fs.`: a name of that topic.
    Member(&'a str),
    /// After a colon: a method of the builder `task` or `workflow`.
    Method(&'static str),
    /// A key of a table that describes this.
    Key(&'static str),
    /// Within quotes: the name of a task.
    Task,
    /// A name of its own.
    Name,
    /// Within a comment or other text.
    Nothing,
}

/// Keys whose values name tasks of the same workflow.
const NAMING: [&str; 3] = ["depends_on", "consumes", "next_if_fail"];

/// What may stand at the end of `before`, the text up to the cursor.
pub fn at(before: &str) -> Context<'_> {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let open = opened(line);
    match open {
        Open::Comment => return Context::Nothing,
        Open::Quote(start) => {
            let names_task = called(&before[..before.len() - line.len() + start]);
            return if NAMING.contains(&names_task.as_str()) {
                Context::Task
            } else {
                Context::Nothing
            };
        }
        Open::Code => {}
    }
    let head = before.trim_end_matches(is_word);
    match head.chars().next_back() {
        Some('.') => Context::Member(word_before(&head[..head.len() - 1])),
        Some(':') => Context::Method(builder(head)),
        _ => table(head).map_or(Context::Name, Context::Key),
    }
}

/// The full name that a word at `byte` belongs to, as the reference knows it: `fs.copy`, `task:timeout`.
pub fn named(text: &str, byte: usize) -> Option<String> {
    let start = text[..byte].rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
    // What is no word may take more than one byte.
    let start = (start..=byte).find(|at| text.is_char_boundary(*at))?;
    let end = text[byte..].find(|c| !is_word(c)).map_or(text.len(), |at| byte + at);
    let word = text.get(start..end).filter(|word| !word.is_empty())?;
    Some(match at(&text[..start]) {
        Context::Member(topic) => format!("{topic}.{word}"),
        Context::Method(builder) => format!("{builder}:{word}"),
        Context::Key("config") => format!("config.{word}"),
        Context::Key(builder) if text[end..].trim_start().starts_with('=') => {
            format!("{builder}:{word}")
        }
        Context::Nothing | Context::Task => return None,
        Context::Key(_) | Context::Name => word.to_owned(),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_before(text: &str) -> &str {
    let start = text.trim_end_matches(is_word).len();
    &text[start..]
}

enum Open {
    Code,
    /// The quote's place in the line.
    Quote(usize),
    Comment,
}

/// What is still open at the end of a line.
fn opened(line: &str) -> Open {
    let mut quote: Option<(usize, char)> = None;
    let mut characters = line.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(characters.next()),
            (Some((_, mark)), c) if c == mark => quote = None,
            (None, '"' | '\'') => quote = Some((at, c)),
            (None, '-') if characters.peek().is_some_and(|(_, next)| *next == '-') => {
                return Open::Comment;
            }
            _ => {}
        }
    }
    quote.map_or(Open::Code, |(start, _)| Open::Quote(start))
}

/// The name of the function or key whose value begins or goes on here: `depends_on` of `:depends_on({ "a", `.
fn called(before: &str) -> String {
    let mut rest = before.trim_end();
    loop {
        rest = match rest.chars().next_back() {
            Some('(' | '{' | '=' | ' ') => rest[..rest.len() - 1].trim_end(),
            Some(',') => match rest.rfind(['{', '(']) {
                Some(at) => &rest[..=at],
                None => return String::new(),
            },
            _ => return word_before(rest).to_owned(),
        };
    }
}

/// Which builder a chain of methods belongs to: whichever was begun last.
fn builder(before: &str) -> &'static str {
    let task = before.rfind("task(").max(before.rfind("task \"")).max(before.rfind("task{"));
    let workflow = before.rfind("workflow.define").max(before.rfind("workflow("));
    if workflow > task { "workflow" } else { "task" }
}

/// What the innermost open table describes.
fn table(before: &str) -> Option<&'static str> {
    let mut depth = 0_usize;
    for (at, c) in before.char_indices().rev() {
        match c {
            '}' | ')' => depth += 1,
            '{' | '(' if depth > 0 => depth -= 1,
            '{' => return described(&before[..at]),
            '(' => return None,
            _ => {}
        }
    }
    None
}

fn described(before: &str) -> Option<&'static str> {
    let head = before.trim_end().trim_end_matches(['(', '=', ' ']);
    if word_before(head) == "config" {
        return Some("config");
    }
    // `task({`, `task("a", {`, `workflow.define("w", {`
    let call = before.rfind('(').map_or(before, |at| &before[..at]);
    let opened = before.len() - call.len() < NAME_ROOM && !before[call.len()..].contains('{');
    match word_before(call) {
        "task" if opened => Some("task"),
        "define" | "workflow" if opened => Some("workflow"),
        _ => None,
    }
}

/// Bytes between the parenthesis of a call and its table: room for a name.
const NAME_ROOM: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_before_the_cursor_says_what_may_follow() {
        for (before, expected) in [
            ("local text = fs.", Context::Member("fs")),
            ("local text = fs.re", Context::Member("fs")),
            ("task(\"a\"):", Context::Method("task")),
            ("task(\"a\")\n  :retries(2)\n  :time", Context::Method("task")),
            ("task(\"a\"):build()\nworkflow.define(\"w\"):", Context::Method("workflow")),
            ("workflow.define(\"w\"):config({ ", Context::Key("config")),
            ("workflow.define(\"w\"):config({ timeout = \"1m\", max", Context::Key("config")),
            ("task({ name = \"a\", ", Context::Key("task")),
            ("task(\"a\", { com", Context::Key("task")),
            ("workflow.define(\"w\", { ", Context::Key("workflow")),
            ("task(\"a\"):depends_on(\"", Context::Task),
            ("task(\"a\"):depends_on({ \"b\", \"c", Context::Task),
            ("task(\"a\", { depends_on = \"", Context::Task),
            ("task(\"a\"):command(\"ec", Context::Nothing),
            ("local x = 1 -- fs.", Context::Nothing),
            ("lo", Context::Name),
            ("fs.write(pa", Context::Name),
            ("", Context::Name),
        ] {
            assert_eq!(at(before), expected, "{before}");
        }
    }

    #[test]
    fn a_word_has_its_full_name() {
        let name = |text: &str| {
            let byte = text.find('|').unwrap();
            named(&text.replace('|', ""), byte)
        };
        assert_eq!(name("x = fs.re|ad('a')").as_deref(), Some("fs.read"));
        assert_eq!(name("x = f|s.read('a')").as_deref(), Some("fs"));
        assert_eq!(name("task('a'):time|out('1m')").as_deref(), Some("task:timeout"));
        assert_eq!(
            name("workflow('a'):config({ time|out = '1m' })").as_deref(),
            Some("config.timeout")
        );
        assert_eq!(name("task({ time|out = '1m' })").as_deref(), Some("task:timeout"));
        assert_eq!(name("-- fs.re|ad"), None);
        assert_eq!(name("é |"), None);
    }
}
