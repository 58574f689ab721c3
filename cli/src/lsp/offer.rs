//! Completion and hover, from the reference.

use dsl::registry;
use dsl::registry::reference::{Entry, Kind, Topic};
use tower_lsp_server::ls_types::{
    CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind,
};

use super::context::{Context, at, named};

/// What may stand at the end of `before`; `tasks` are those of the file as it last loaded.
pub fn completions(before: &str, tasks: &[String]) -> Vec<CompletionItem> {
    match at(before) {
        Context::Nothing => Vec::new(),
        Context::Task => tasks.iter().map(|name| plain(name, CompletionItemKind::VALUE)).collect(),
        Context::Member(name) => of_topic(|topic| topic.is_called(name)),
        Context::Method(name) | Context::Key(name) => of_topic(|topic| topic.name == name),
        Context::Name => names(),
    }
}

/// What the word at a place means, in Markdown.
pub fn hover(text: &str, byte: usize) -> Option<String> {
    Some(registry::lookup(&named(text, byte)?)?.markdown())
}

fn of_topic(wanted: impl Fn(&Topic) -> bool) -> Vec<CompletionItem> {
    let topics = registry::topics();
    let Some(topic) = topics.iter().find(|topic| wanted(topic)) else { return Vec::new() };
    topic.entries.iter().map(|entry| item(topic, entry)).collect()
}

/// Modules, builders and globals.
fn names() -> Vec<CompletionItem> {
    let mut items = Vec::new();
    for topic in registry::topics() {
        match topic.kind {
            Kind::Module | Kind::Builder => items.push(CompletionItem {
                detail: Some(topic.doc.clone()),
                ..plain(&topic.name, CompletionItemKind::MODULE)
            }),
            Kind::Globals => items.extend(topic.entries.iter().map(|entry| item(&topic, entry))),
            Kind::Keys | Kind::Members => {}
        }
    }
    items
}

fn item(topic: &Topic, entry: &Entry) -> CompletionItem {
    let kind = match topic.kind {
        Kind::Builder => CompletionItemKind::METHOD,
        Kind::Keys | Kind::Members => CompletionItemKind::FIELD,
        Kind::Module | Kind::Globals => CompletionItemKind::FUNCTION,
    };
    let value = registry::Found::Entry(entry.clone()).markdown();
    CompletionItem {
        detail: Some(entry.signature.clone()),
        documentation: Some(Documentation::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value,
        })),
        ..plain(&entry.short, kind)
    }
}

fn plain(label: &str, kind: CompletionItemKind) -> CompletionItem {
    CompletionItem { label: label.to_owned(), kind: Some(kind), ..CompletionItem::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(before: &str) -> Vec<String> {
        let tasks = ["build".to_owned(), "test".to_owned()];
        completions(before, &tasks).into_iter().map(|item| item.label).collect()
    }

    #[test]
    fn every_place_is_offered_what_fits_there() {
        let has = |before: &str, label: &str| labels(before).iter().any(|it| it == label);
        assert!(has("fs.", "read") && !has("fs.", "timeout"));
        assert!(has("task('a'):", "retries") && !has("task('a'):", "on_start"));
        assert!(has("workflow('a'):", "on_start"));
        assert!(has("workflow('a'):config({ ", "max_parallel_tasks"));
        assert!(has("lo", "log") && has("", "task"));
        assert_eq!(labels("task('a'):depends_on('"), ["build", "test"]);
        assert!(labels("-- fs.").is_empty() && labels("nothing.").is_empty());
    }

    #[test]
    fn a_name_is_explained() {
        let text = "local a = task('a'):retries(2)";
        assert!(hover(text, text.find("tries").unwrap()).unwrap().contains("retries"));
        assert_eq!(hover("local nothing = 1", 8), None);
    }
}
