//! Texts with places to fill in, in the notation of Go templates: `{{ .name }}`, `{{ if }}`, `{{ range }}`, `{{ with }}`.

mod functions;
mod lexer;
mod parser;
mod render;

use serde_json::Value;

/// Bytes of a rendered text.
const TEXT_MAX: usize = 32 << 20;
/// Things done for one text: loops within loops grow faster than their data.
const STEPS_MAX: usize = 2_000_000;
/// Blocks within blocks, and groups within groups.
const DEPTH_MAX: usize = 64;

/// Fills in a template. Errors begin with the line.
pub fn render(text: &str, data: &Value) -> Result<String, String> {
    let nodes = parser::parse(text)?;
    render::render(&nodes, data)
}

/// A piece of a template.
#[derive(Debug)]
enum Node {
    Text(String),
    Print(u32, Pipe),
    /// `{{ $name := … }}`
    Set(u32, String, Pipe),
    /// The branches, and what is done when none holds.
    If(u32, Vec<(Pipe, Vec<Node>)>, Vec<Node>),
    With(u32, Pipe, Vec<Node>, Vec<Node>),
    Range(u32, Range),
}

#[derive(Debug)]
struct Range {
    /// Names for the key or index, and for the value.
    names: Vec<String>,
    over: Pipe,
    body: Vec<Node>,
    otherwise: Vec<Node>,
}

/// Commands; each gets the value of the one before as its last argument.
type Pipe = Vec<Vec<Operand>>;

#[derive(Debug)]
enum Operand {
    /// `.a.b`; `.` alone is empty.
    Field(Vec<String>),
    /// `$name.a.b`; the name of `$` itself is empty.
    Variable(String, Vec<String>),
    /// A function, or a field when there is none of that name.
    Word(String),
    Constant(Value),
    Group(Pipe),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    fn rendered(text: &str) -> Result<String, String> {
        let data = json!({
            "name": "web", "port": 80, "ratio": 0.5, "on": true, "off": false, "none": null, "empty": [],
            "hosts": ["a", "b"], "db": { "user": "x", "tags": { "k": "v", "l": 2 } },
            "list": [{ "n": 1 }, { "n": 2 }],
        });
        render(text, &data)
    }

    #[test]
    fn values_are_filled_in() {
        for (text, wanted) in [
            ("plain } { text", "plain } { text"),
            ("{{.name}}:{{ .port }} {{.ratio}} {{.on}}", "web:80 0.5 true"),
            ("{{ name }} {{ .db.user }} {{ $.db.user }}", "web x x"),
            ("{{ .hosts }} {{ .db.tags }}", "[\"a\",\"b\"] {\"k\":\"v\",\"l\":2}"),
            ("{{ \"a\\\"b\" }}{{ `raw` }}{{ 3 }}{{ -1.5 }}", "a\"braw3-1.5"),
            ("a {{- /* nothing */ -}} b", "ab"),
            ("a\n{{- .name -}}\n b", "awebb"),
            ("{{ $x := .port }}{{ $x }}", "80"),
            ("{{ .missing | default \"d\" }} {{ default 1 .none }}", "d 1"),
            ("{{ .name | upper | quote }} {{ lower \"AB\" }} {{ trim \" x \" }}", "\"WEB\" ab x"),
            ("{{ join \", \" .hosts }} {{ len .hosts }} {{ len .name }}", "a, b 2 3"),
            ("{{ (len .hosts) }}{{ eq (len .hosts) 2 }}", "2true"),
            ("{{ index .hosts 1 }} {{ index .db \"user\" }}", "b x"),
            ("{{ printf \"%s-%d\" .name .port }}", "web-80"),
        ] {
            assert_eq!(rendered(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn conditions_and_loops() {
        for (text, wanted) in [
            ("{{if .on}}y{{end}}{{if .off}}n{{else}}o{{end}}", "yo"),
            ("{{if .missing}}a{{else if .none}}b{{else if .port}}c{{else}}d{{end}}", "c"),
            ("{{if and .on (not .off)}}y{{end}}{{if or .off .empty}}n{{end}}", "y"),
            (
                "{{if eq .name \"web\" }}1{{end}}{{if ne .port 80}}2{{end}}{{if gt .port 79}}3{{end}}",
                "13",
            ),
            ("{{range .hosts}}<{{.}}>{{end}}{{range .empty}}x{{else}}none{{end}}", "<a><b>none"),
            ("{{range $i, $h := .hosts}}{{$i}}={{$h}} {{end}}", "0=a 1=b "),
            ("{{range $k, $v := .db.tags}}{{$k}}{{$v}};{{end}}", "kv;l2;"),
            ("{{range .list}}{{.n}}{{$.name}}{{end}}", "1web2web"),
            ("{{with .db}}{{.user}}{{end}}{{with .none}}n{{else}}e{{end}}", "xe"),
            ("{{$a := 1}}{{range .hosts}}{{$a := 2}}{{end}}{{$a}}", "1"),
        ] {
            assert_eq!(rendered(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, wanted) in [
            ("a\n{{ .missing }}", "line 2: there is no value `.missing`"),
            ("{{ .db.nothing }}", "line 1: there is no value `.db.nothing`"),
            ("{{ if .on }}", "line 1: `if` has no `end`"),
            ("{{ end }}", "line 1: `end` without a block"),
            ("{{ else }}", "line 1: `else` without a block"),
            ("\n\n{{ .a", "line 3: `{{` is never closed"),
            ("{{ \"a }}", "line 1: a text is never closed"),
            ("{{ nothing 1 }}", "line 1: there is no function `nothing`"),
            ("{{ $x }}", "line 1: there is no variable `$x`"),
            ("{{ (.on }}", "line 1: `(` is never closed"),
            ("{{ }}", "line 1: nothing between `{{` and `}}`"),
            ("{{ range 3 }}{{ end }}", "line 1: `range` needs a list or a table"),
            ("{{ len 3 }}", "line 1: `len` needs a text, a list or a table"),
            ("{{ gt .name 1 }}", "line 1: `gt` needs two numbers or two texts"),
        ] {
            assert_eq!(rendered(text).unwrap_err(), wanted, "{text}");
        }
    }

    #[test]
    fn loops_within_loops_end() {
        let list: Vec<u32> = (0..200).collect();
        let text = "{{range .}}".repeat(4) + "x" + &"{{end}}".repeat(4);
        let data = json!(list);
        let text = text.replace("{{range .}}", "{{range $}}");
        assert!(render(&text, &data).unwrap_err().contains("more than"));
        let deep = "{{if .}}".repeat(100) + &"{{end}}".repeat(100);
        assert!(render(&deep, &data).unwrap_err().contains("nested more than"));
    }
}
