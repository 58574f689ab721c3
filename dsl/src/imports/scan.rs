//! Names written out in calls of `import` and `require`: what only a task asks for must travel as well.

use super::path;

/// One call with its name.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    Import(&'a str),
    Require(&'a str),
}

impl Asked<'_> {
    pub fn candidates(&self, importer: &str) -> Vec<String> {
        match self {
            Asked::Import(name) => path::imported(importer, name).unwrap_or_default(),
            Asked::Require(name) => path::required(importer, name),
        }
    }
}

/// Every such call of a text, also in its comments: one too many does no harm.
pub fn asked(text: &str) -> Vec<Asked<'_>> {
    let mut found = Vec::new();
    for (word, kind) in [("import", true), ("require", false)] {
        for (start, _) in text.match_indices(word) {
            let part = |c: char| c.is_alphanumeric() || c == '_';
            if text[..start].ends_with(part) {
                continue;
            }
            if let Some(name) = literal(&text[start + word.len()..]) {
                found.push(if kind { Asked::Import(name) } else { Asked::Require(name) });
            }
        }
    }
    found
}

/// The text in quotes that follows, perhaps after a parenthesis.
fn literal(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('(').unwrap_or(rest).trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, _) = rest[1..].split_once(quote)?;
    let plain = !name.is_empty() && !name.contains(['\n', '\\']);
    plain.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_quotes_are_found_and_others_are_not() {
        let text = r#"local a = import("lib/a.lua")  local b = require 'b'
            command(function() return require( "c.d" ).x end)
            reimport("no") import(path) require("") import"e" import("f"#;
        assert_eq!(
            asked(text),
            [
                Asked::Import("lib/a.lua"),
                Asked::Import("e"),
                Asked::Require("b"),
                Asked::Require("c.d"),
            ]
        );
    }
}
