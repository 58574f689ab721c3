//! Fitting text into columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that the text takes on a terminal.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// At most `columns` wide; `…` stands for what is cut.
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// Filled with blanks up to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// One line of a task's output as it may stand on a terminal: no control sequences, tabs as blanks.
pub fn plain(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut rest),
            '\t' => shown.push_str("    "),
            c if c.is_control() => {}
            c => shown.push(c),
        }
    }
    shown
}

fn skip_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some('[') => {
            let _ = rest.find(|c| matches!(c, '@'..='~'));
        }
        Some(']') => {
            let _ = rest.find(|c| matches!(c, '\u{7}' | '\u{9c}'));
        }
        _ => {}
    }
}

/// `1 task`, `2 tasks`.
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A name as a shell takes it.
pub fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@=+,%".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(fit("deploy", 6), "deploy");
        assert_eq!(fit("deploy", 5), "depl…");
        assert_eq!(fit("部署部署", 5), "部署…");
        assert_eq!(fit("abc def", 5), "abc…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(pad("部署", 6), "部署  ");
    }

    #[test]
    fn output_of_tasks_cannot_move_the_cursor() {
        assert_eq!(plain("\u{1b}[31mred\u{1b}[0m\tend\r\u{7}"), "red    end");
        assert_eq!(plain("\u{1b}]0;title\u{7}text\u{1b}"), "text");
    }

    #[test]
    fn names_are_quoted_when_a_shell_would_split_them() {
        assert_eq!(quoted("build-1"), "build-1");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
