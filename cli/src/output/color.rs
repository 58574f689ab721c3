use anstyle::{AnsiColor, Style};
use clap::ValueEnum;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// On a terminal that can show it, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// Why something is coloured. The text says the same without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Good,
    Bad,
    Warning,
    Busy,
    Faint,
    Strong,
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    pub const OFF: Paint = Paint(false);

    /// What `choice` means on a stream, given the environment.
    pub fn decide(
        choice: Choice,
        terminal: bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        Self(match choice {
            Choice::Always => true,
            Choice::Never => false,
            Choice::Auto if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
            Choice::Auto if set("CLICOLOR_FORCE") => true,
            Choice::Auto => terminal && variable("TERM").is_none_or(|term| term != "dumb"),
        })
    }

    pub fn of(self, meaning: Meaning, text: &str) -> String {
        if !self.0 || text.is_empty() {
            return text.to_owned();
        }
        let style = style(meaning);
        format!("{style}{text}{style:#}")
    }
}

fn style(meaning: Meaning) -> Style {
    match meaning {
        Meaning::Good => AnsiColor::Green.on_default(),
        Meaning::Bad => AnsiColor::Red.on_default().bold(),
        Meaning::Warning => AnsiColor::Yellow.on_default(),
        Meaning::Busy => AnsiColor::Cyan.on_default(),
        Meaning::Faint => Style::new().dimmed(),
        Meaning::Strong => Style::new().bold(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(choice: Choice, terminal: bool, variables: &[(&str, &str)]) -> bool {
        let find = |name: &str| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Paint::decide(choice, terminal, find).0
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_that_over_the_terminal() {
        assert!(decide(Choice::Always, false, &[("NO_COLOR", "1")]));
        assert!(!decide(Choice::Never, true, &[("CLICOLOR_FORCE", "1")]));
        assert!(decide(Choice::Auto, true, &[]));
        assert!(!decide(Choice::Auto, false, &[]));
        assert!(!decide(Choice::Auto, true, &[("NO_COLOR", "1")]));
        assert!(decide(Choice::Auto, true, &[("NO_COLOR", "")]));
        assert!(decide(Choice::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!decide(Choice::Auto, true, &[("TERM", "dumb")]));
    }

    #[test]
    fn without_colour_the_text_is_the_text() {
        assert_eq!(Paint::OFF.of(Meaning::Bad, "failed"), "failed");
        assert_eq!(Paint(true).of(Meaning::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
    }
}
