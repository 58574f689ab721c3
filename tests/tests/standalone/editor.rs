//! An editor's conversation with `sloth lsp`.

use serde_json::{Value, json};
use tests::{Editor, Home};

const URI: &str = "file:///work/ci.sloth";
const GOOD: &str = "local build = task(\"build\"):command(\"make\"):build()\n\
                    workflow.define(\"ci\"):tasks({ build }):build()\n";

fn editor() -> Editor {
    let mut editor = Home::new().sloth(["lsp", "--stdio"]).editor();
    let answer =
        editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
    assert_eq!(answer["serverInfo"]["name"], "sloth");
    assert_eq!(answer["capabilities"]["hoverProvider"], true);
    editor.tell("initialized", json!({}));
    editor
}

fn open(editor: &mut Editor, text: &str) -> Value {
    let document = json!({"uri": URI, "languageId": "lua", "version": 1, "text": text});
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    editor.told("textDocument/publishDiagnostics")
}

fn change(editor: &mut Editor, version: i32, text: &str) -> Value {
    let document = json!({"uri": URI, "version": version});
    let changes = json!([{"text": text}]);
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": document, "contentChanges": changes}),
    );
    editor.told("textDocument/publishDiagnostics")
}

fn at(line: u32, character: u32) -> Value {
    json!({"textDocument": {"uri": URI}, "position": {"line": line, "character": character}})
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn what_is_wrong_is_shown_where_it_is_and_goes_when_it_is_mended() {
    let mut editor = editor();
    let told = open(&mut editor, &GOOD.replace("command", "comand"));
    assert_eq!(told["uri"], URI);
    let fault = &told["diagnostics"][0];
    assert_eq!((&fault["severity"], &fault["source"]), (&json!(1), &json!("sloth")));
    assert_eq!(fault["code"], "unknown-name", "{told}");
    let start = &fault["range"]["start"];
    assert_eq!((&start["line"], &start["character"]), (&json!(0), &json!(28)), "{told}");
    assert!(fault["message"].as_str().unwrap().contains("command"), "{told}");
    let told = change(&mut editor, 2, GOOD);
    assert_eq!((&told["diagnostics"], &told["version"]), (&json!([]), &json!(2)));
    editor.tell("textDocument/didClose", json!({"textDocument": {"uri": URI}}));
    assert_eq!(editor.told("textDocument/publishDiagnostics")["diagnostics"], json!([]));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn what_may_follow_is_offered() {
    let mut editor = editor();
    open(&mut editor, GOOD);
    change(&mut editor, 2, &format!("{GOOD}local x = fs.\ntask(\"t\"):depends_on(\"\n"));
    let members = editor.ask("textDocument/completion", at(2, 13));
    assert!(labels(&members).contains(&"read"), "{members}");
    let read = members.as_array().unwrap().iter().find(|item| item["label"] == "read").unwrap();
    assert!(read["detail"].as_str().unwrap().starts_with("fs.read("), "{read}");
    let methods = editor.ask("textDocument/completion", at(0, 28));
    assert!(labels(&methods).contains(&"timeout"), "{methods}");
    let tasks = editor.ask("textDocument/completion", at(3, 22));
    assert_eq!(labels(&tasks), ["build"]);
    assert_eq!(editor.leave(), 0);
}

#[test]
fn names_are_explained_and_files_laid_out() {
    let mut editor = editor();
    open(&mut editor, &GOOD.replace("task(\"build\")", "task( 'build' )"));
    let hover = editor.ask("textDocument/hover", at(0, 35));
    let says = hover["contents"]["value"].as_str().unwrap_or_else(|| panic!("{hover}"));
    assert!(says.contains("command"), "{says}");
    assert_eq!(editor.ask("textDocument/hover", at(0, 6)), Value::Null);
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let asked = json!({"textDocument": {"uri": URI}, "options": options});
    let edits = editor.ask("textDocument/formatting", asked);
    assert_eq!(edits[0]["newText"], GOOD, "{edits}");
    assert_eq!(editor.leave(), 0);
}
