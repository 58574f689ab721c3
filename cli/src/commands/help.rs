use clap::{Args, Command, CommandFactory};
use config::suggest::nearest;
use dsl::registry;
use serde_json::json;

use crate::args::Arguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Output;

/// Explain a command, a topic, or what a workflow file can use
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  sloth help run                 a command
  sloth help workflows           how a workflow file is written
  sloth help task                all that a task can be told
  sloth help task:retries        one of it
  sloth help fs.copy             a function of a module
  sloth help topics              what else there is")]
pub struct Help {
    /// A command, a topic, a module, a function
    #[arg(value_name = "WORD")]
    words: Vec<String>,
}

/// A page of prose; its first line is its title.
struct Page {
    name: &'static str,
    text: &'static str,
}

macro_rules! page {
    ($name:literal) => {
        Page { name: $name, text: include_str!(concat!("../../help/", $name, ".txt")) }
    };
}

const PAGES: [Page; 5] = [
    page!("workflows"),
    page!("values"),
    page!("nodes"),
    page!("exit-codes"),
    page!("environment"),
];

/// What lists the pages.
const TOPICS: &str = "topics";

impl Help {
    pub fn run(&self, out: &Output) -> Result<Exit, Error> {
        let found = of_command(&self.words).or_else(|| match self.words.as_slice() {
            [word] => of_page(word).or_else(|| of_registry(word)),
            _ => None,
        });
        let (text, markdown) = found.ok_or_else(|| unknown(&self.words.join(" ")))?;
        let object = json!({"name": self.words.join(" "), "text": text, "markdown": markdown});
        out.thing(&object, |_| text);
        Ok(Exit::Done)
    }
}

/// For people, and the same as Markdown.
type Found = (String, String);

fn of_command(words: &[String]) -> Option<Found> {
    let mut root = Arguments::command();
    root.build();
    let mut at = &mut root;
    for word in words {
        at = at.find_subcommand_mut(word)?;
    }
    let text = at.render_long_help().to_string();
    let markdown = format!("```text\n{text}```\n");
    Some((text, markdown))
}

fn of_page(word: &str) -> Option<Found> {
    if word == TOPICS {
        return Some((topics(), topics()));
    }
    let page = PAGES.iter().find(|page| page.name == word)?;
    let (title, rest) = page.text.split_once('\n')?;
    Some((page.text.to_owned(), format!("# {title}\n{rest}")))
}

fn topics() -> String {
    let mut text = "Topics:\n".to_owned();
    for page in &PAGES {
        let title = page.text.lines().next().unwrap_or_default();
        text += &format!("  {:<14}{title}\n", page.name);
    }
    text += "\nWhat a workflow file can use:\n";
    for topic in registry::topics() {
        text += &format!("  {:<14}{}\n", topic.name, topic.doc);
    }
    text
}

fn of_registry(word: &str) -> Option<Found> {
    let found = registry::lookup(word)?;
    Some((found.text(), found.markdown()))
}

fn unknown(word: &str) -> Error {
    let command = Arguments::command();
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    let names = commands.map(Command::get_name).chain(PAGES.iter().map(|page| page.name));
    let near = nearest(word, names).map(str::to_owned).or_else(|| registry::suggest(word));
    let error = Error::new(Exit::NotFound, format!("there is no help on `{word}`"));
    match near {
        Some(near) => error.hint(format!("did you mean `sloth help {near}`?")),
        None => error.hint("sloth help topics"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn commands_pages_and_functions_are_explained() {
        assert!(of_command(&words("run show")).unwrap().0.contains("sloth run show"));
        assert!(of_command(&words("run shwo")).is_none());
        assert!(of_page("exit-codes").unwrap().1.starts_with("# What exit codes mean\n"));
        assert!(of_registry("fs.write").unwrap().0.contains("fs.write("));
        assert!(of_registry("task:retries").is_some() && of_registry("config.timeout").is_some());
        assert!(topics().contains("\n  fs  ") && topics().contains("\n  values  "));
    }

    #[test]
    fn what_is_not_there_leads_to_what_is() {
        let hint = |word: &str| unknown(word).hint.unwrap();
        assert_eq!(hint("exit-code"), "did you mean `sloth help exit-codes`?");
        assert_eq!(hint("fs.wriet"), "did you mean `sloth help fs.write`?");
        assert_eq!(hint("zzzzzz"), "sloth help topics");
    }

    /// Every `sloth …` line of a page is a command that is there.
    #[test]
    fn pages_name_commands_that_are_there() {
        let mut sloth = Arguments::command();
        sloth.build();
        for page in &PAGES {
            let lines = page.text.lines().filter_map(|line| line.trim().strip_prefix("sloth "));
            for line in lines {
                let command = line.split_whitespace().next().unwrap_or_default();
                assert!(sloth.find_subcommand(command).is_some(), "{}: {line}", page.name);
            }
        }
    }
}
