//! Between texts and tables.

mod bounded;
mod formats;
mod paths;
mod table;
mod xml;

use serde_json::Value;

use super::fs;
use crate::registry::answer::{Code, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::module::Constant;
use crate::registry::parameter::{Default, Kind, Parameter, named, optional, required};
use crate::registry::{Arguments, Module, World};
use crate::template;
pub use formats::{json_encode, parse_json, parse_yaml, to_json, to_yaml};

pub const MODULE: Module = Module {
    name: "data",
    aliases: &[],
    doc: "Between texts and tables. `data.null` stands for null inside tables.",
    functions: &[
        pure("parse_json", "Reads JSON.", TEXT, parse_json)
            .also(&["from_json", "json_decode", "json_parse"])
            .gives("any", READ)
            .example("local config = data.parse_json(fs.read(\"config.json\"))"),
        pure("to_json", "Writes a value as JSON over several lines.", VALUE, to_json)
            .also(&["json_pretty"])
            .example("fs.write(\"config.json\", data.to_json({ port = 80 }))"),
        pure("json_encode", "Writes a value as JSON on one line.", &[VALUE_ALONE], json_encode)
            .example("log.info(data.json_encode({ 1, 2, 3 }))"),
        function(
            "json_validate",
            "Whether a text is JSON.",
            TEXT,
            Capability::Nothing,
            Class::Predicate,
            Work::Pure(formats::json_validate),
        )
        .returns("true, or false and why not")
        .example("local valid, why = data.json_validate(text)"),
        pure("parse_yaml", "Reads one YAML document.", TEXT, parse_yaml)
            .also(&["from_yaml", "yaml_decode", "yaml_parse"])
            .gives("any", READ)
            .example("local config = data.parse_yaml(fs.read(\"config.yaml\"))"),
        pure("to_yaml", "Writes a value as YAML.", &[VALUE_ALONE], to_yaml)
            .also(&["yaml_encode"])
            .example("fs.write(\"config.yaml\", data.to_yaml({ port = 80 }))"),
        pure("parse_toml", "Reads TOML; dates become texts.", TEXT, formats::parse_toml)
            .also(&["from_toml", "toml_decode", "toml_parse"])
            .gives("table<string, any>", READ)
            .example("local version = data.parse_toml(fs.read(\"Cargo.toml\")).package.version"),
        pure("to_toml", "Writes a table as TOML; null is left out.", &[TABLE_VALUE], formats::to_toml)
            .also(&["toml_encode"])
            .example("fs.write(\"config.toml\", data.to_toml({ port = 80 }))"),
        pure("json_to_yaml", "Rewrites JSON as YAML.", TEXT, formats::json_to_yaml)
            .example("local yaml = data.json_to_yaml('{\"a\": 1}')"),
        pure("yaml_to_json", "Rewrites YAML as JSON.", TEXT, formats::yaml_to_json)
            .example("local json = data.yaml_to_json(\"a: 1\")"),
        pure("parse_csv", "Reads lines of fields; all are texts.", CSV_TEXT, table::parse)
            .also(&["csv_parse", "from_csv", "csv_decode"])
            .gives("table[]", "a list of lists; with `header` a list of tables")
            .example("for _, row in ipairs(data.parse_csv(fs.read(\"hosts.csv\"), { header = true })) do log.info(row.name) end"),
        pure("to_csv", "Writes rows as lines of fields, with quotes where they are needed.", CSV_ROWS, table::write)
            .also(&["csv_generate", "csv_encode"])
            .example("fs.write(\"hosts.csv\", data.to_csv({ { \"a\", 1 }, { \"b\", 2 } }))"),
        pure("parse_xml", "Reads XML: attributes are keys that begin with `@`, repeated elements a list.", TEXT, xml::decode)
            .also(&["xml_decode", "from_xml"])
            .gives("table<string, any>", "a table with the root element")
            .example("local version = data.parse_xml(fs.read(\"pom.xml\")).project.version"),
        pure("to_xml", "Writes a value as XML, as `parse_xml` reads it.", XML_VALUE, xml::encode)
            .also(&["xml_encode"])
            .example("local xml = data.to_xml({ [\"@id\"] = 1, name = \"web\" }, \"host\")"),
        pure("xml_to_json", "Rewrites XML as JSON.", TEXT, xml::to_json)
            .example("local json = data.xml_to_json(\"<a>1</a>\")"),
        pure("deep_merge", "A table with what is in two, the second one first; tables within are merged.", MERGE, paths::deep_merge)
            .also(&["merge"])
            .gives("table", "a new table")
            .example("local config = data.deep_merge({ port = 80 }, values)"),
        pure("flatten", "A table without tables: `a.b.1` is a key.", FLAT, paths::flatten)
            .gives("table<string, any>", "a new table")
            .example("local flat = data.flatten({ a = { b = 1 } })"),
        pure("unflatten", "The tables that `flatten` took apart.", FLAT, paths::unflatten)
            .gives("table", "a new table")
            .example("local config = data.unflatten({ [\"a.b\"] = 1 })"),
        pure("get_path", "The value at a path; items of a list count from 1.", GET, paths::get)
            .gives("any", "the value, `default` or nil")
            .example("local port = data.get_path(values, \"web.ports.1\", { default = 80 })"),
        pure("set_path", "A copy of a table with a value at a path; nil removes it.", SET, paths::set)
            .gives("table", "a new table")
            .example("local config = data.set_path({}, \"web.port\", 80)"),
        pure("template", "Fills in a text, in the notation of Go templates such as `{{ .name }}`.", FILL, fill)
            .also(&["render"])
            .example("local text = data.template(\"port {{ .port }}\", { port = 80 })"),
    ],
    constants: &[("null", Constant::Null)],
    call: None,
    later: &[],
};

const READ: &str = "the value; whole numbers are integers";
pub const TEXT: &[Parameter] = &[required("text", Kind::Text, "the text to read")];
pub const VALUE_ALONE: Parameter = required("value", Kind::Data, "what to write");
const TABLE_VALUE: Parameter = required("value", Kind::Object, "what to write");
pub const VALUE: &[Parameter] = &[
    VALUE_ALONE,
    optional("indent", Kind::Boolean, "over several lines")
        .or(Default::Boolean(true))
        .also(&["pretty"]),
];
const DELIMITER: Parameter = optional("delimiter", Kind::Text, "what stands between fields")
    .or(Default::Text(","))
    .also(&["delim", "separator"]);
const CSV_TEXT: &[Parameter] = &[
    required("text", Kind::Text, "the text to read"),
    DELIMITER,
    named("header", Kind::Boolean, "whether the first line names the columns")
        .or(Default::Boolean(false)),
];
const CSV_ROWS: &[Parameter] = &[
    required("rows", Kind::Data, "a list of lists, or of tables by the names of their columns"),
    DELIMITER,
    named("columns", Kind::Data, "the names of the columns, in order"),
];
const XML_VALUE: &[Parameter] = &[
    VALUE_ALONE,
    optional("root", Kind::Text, "the name of the outermost element").or(Default::Text("root")),
];
const MERGE: &[Parameter] = &[
    required("base", Kind::Data, "what counts less"),
    required("over", Kind::Data, "what counts more"),
];
const TABLE: Parameter = required("table", Kind::Data, "the table");
const PATH: Parameter = required("path", Kind::Text, "keys joined by the separator");
const SEPARATOR: Parameter =
    optional("separator", Kind::Text, "what joins the keys").or(Default::Text(".")).also(&["sep"]);
const FLAT: &[Parameter] = &[TABLE, SEPARATOR];
const GET: &[Parameter] = &[
    TABLE,
    PATH,
    SEPARATOR,
    named("default", Kind::Data, "what is returned when nothing is there"),
];
const SET: &[Parameter] =
    &[TABLE, PATH, optional("value", Kind::Data, "what is put there"), SEPARATOR];
pub const FILL: &[Parameter] = &[
    required("text", Kind::Text, "the template"),
    optional("vars", Kind::Object, "the values to fill in").also(&["variables", "values"]),
];

pub const fn pure(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: fn(Arguments) -> Outcome,
) -> Function {
    function(name, doc, parameters, Capability::Nothing, Class::Value, Work::Pure(work))
        .gives("string", "text")
}

/// The same for a file.
pub fn fill_file(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let text = fs::look::text(&path)?;
    filled(&text, arguments.find("vars")?)
}

pub fn fill(mut arguments: Arguments) -> Outcome {
    let text: String = arguments.take("text")?;
    filled(&text, arguments.find("vars")?)
}

fn filled(text: &str, values: Option<Value>) -> Outcome {
    let filled = template::render(text, &values.unwrap_or(Value::Null)).map_err(|why| {
        Failure::new(Code::Invalid, format!("cannot fill in the template: {why}"))
    })?;
    formats::text(filled)
}
