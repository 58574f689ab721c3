//! A line as a person types it: which of them need a shell.

mod keywords;

/// The words of a line that is executed directly; none when only bash knows what it does.
pub fn words(line: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let first = words.first()?;
    let plain = line.chars().all(is_plain) && !first.contains('=') && !keywords::needs_shell(first);
    plain.then_some(words)
}

/// The program that is started for a line.
pub fn program(line: &str) -> &str {
    words(line).map_or("bash", |words| words[0])
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_@%+=:,./- \t".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_need_no_shell() {
        for line in [
            "true",
            " ls  -l\t/tmp",
            "echo a=b",
            "/bin/x --flag=1 user@host:22",
            "./run.sh",
            "time-it",
        ] {
            assert!(words(line).is_some(), "{line}");
        }
        for line in [
            "",
            " ",
            "A=1 env",
            "cd /tmp",
            ": x",
            ". file",
            "ls | wc",
            "echo $HOME",
            "a\nb",
            "echo 'x'",
            "é",
        ] {
            assert!(words(line).is_none(), "{line}");
        }
        assert_eq!(words(" ls \t-l "), Some(vec!["ls", "-l"]));
        assert_eq!((program("ls -l"), program("ls | wc")), ("ls", "bash"));
    }
}
