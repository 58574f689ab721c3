use serde_json::Value;

use super::bounded::Bounded;
use crate::registry::answer::{Answer, Code, Content, Failure, Outcome};
use crate::registry::function::{Capability, Class, Function, Work, function};
use crate::registry::module::Constant;
use crate::registry::parameter::{Default, Kind, Parameter, optional, required};
use crate::registry::{Arguments, Module};

/// Bytes of a text that is read.
const TEXT_MAX: usize = 16 << 20;

pub const MODULE: Module = Module {
    name: "data",
    aliases: &[],
    doc: "Between texts and tables. `data.null` stands for null inside tables.",
    functions: &[
        pure("parse_json", "Reads JSON.", TEXT, parse_json)
            .also(&["from_json", "json_decode", "json_parse"])
            .gives("any", "the value; whole numbers are integers")
            .example("local config = data.parse_json(fs.read(\"config.json\"))"),
        pure("to_json", "Writes a value as JSON over several lines.", VALUE, to_json)
            .also(&["json_pretty"])
            .gives("string", "text")
            .example("fs.write(\"config.json\", data.to_json({ port = 80 }))"),
        pure("json_encode", "Writes a value as JSON on one line.", &[VALUE_ALONE], json_encode)
            .gives("string", "text")
            .example("log.info(data.json_encode({ 1, 2, 3 }))"),
        function(
            "json_validate",
            "Whether a text is JSON.",
            TEXT,
            Capability::Nothing,
            Class::Predicate,
            Work::Pure(json_validate),
        )
        .returns("true, or false and why not")
        .example("local valid, why = data.json_validate(text)"),
        pure("parse_yaml", "Reads one YAML document.", TEXT, parse_yaml)
            .also(&["from_yaml", "yaml_decode", "yaml_parse"])
            .gives("any", "the value; whole numbers are integers")
            .example("local config = data.parse_yaml(fs.read(\"config.yaml\"))"),
        pure("to_yaml", "Writes a value as YAML.", &[VALUE_ALONE], to_yaml)
            .also(&["yaml_encode"])
            .gives("string", "text")
            .example("fs.write(\"config.yaml\", data.to_yaml({ port = 80 }))"),
        pure("json_to_yaml", "Rewrites JSON as YAML.", TEXT, json_to_yaml)
            .gives("string", "text")
            .example("local yaml = data.json_to_yaml('{\"a\": 1}')"),
        pure("yaml_to_json", "Rewrites YAML as JSON.", TEXT, yaml_to_json)
            .gives("string", "text")
            .example("local json = data.yaml_to_json(\"a: 1\")"),
    ],
    constants: &[("null", Constant::Null)],
    call: None,
    later: &[
        "csv_generate",
        "csv_parse",
        "deep_merge",
        "flatten",
        "get_path",
        "set_path",
        "template",
        "toml_parse",
        "unflatten",
        "xml_decode",
        "xml_encode",
        "xml_to_json",
    ],
};

const TEXT: &[Parameter] = &[required("text", Kind::Text, "the text to read")];
const VALUE_ALONE: Parameter = required("value", Kind::Data, "what to write");
const VALUE: &[Parameter] = &[
    VALUE_ALONE,
    optional("indent", Kind::Boolean, "over several lines")
        .or(Default::Boolean(true))
        .also(&["pretty"]),
];

const fn pure(
    name: &'static str,
    doc: &'static str,
    parameters: &'static [Parameter],
    work: fn(Arguments) -> Outcome,
) -> Function {
    function(name, doc, parameters, Capability::Nothing, Class::Value, Work::Pure(work))
}

fn parse_json(arguments: Arguments) -> Outcome {
    read(arguments, from_json)
}

fn parse_yaml(arguments: Arguments) -> Outcome {
    read(arguments, from_yaml)
}

fn json_validate(mut arguments: Arguments) -> Outcome {
    from_json(&arguments.take::<String>("text")?)?;
    Answer::truth(true)
}

fn to_json(mut arguments: Arguments) -> Outcome {
    let (value, indent): (Value, bool) = (arguments.take("value")?, arguments.take("indent")?);
    text(if indent { format!("{value:#}") } else { value.to_string() })
}

fn json_encode(mut arguments: Arguments) -> Outcome {
    text(arguments.take::<Value>("value")?.to_string())
}

fn to_yaml(mut arguments: Arguments) -> Outcome {
    yaml(&arguments.take("value")?)
}

fn json_to_yaml(mut arguments: Arguments) -> Outcome {
    yaml(&from_json(&arguments.take::<String>("text")?)?)
}

fn yaml_to_json(mut arguments: Arguments) -> Outcome {
    text(format!("{:#}", from_yaml(&arguments.take::<String>("text")?)?))
}

/// `null` alone becomes `nil`; it is no failure.
fn read(mut arguments: Arguments, parse: fn(&str) -> Result<Value, Failure>) -> Outcome {
    Answer::value(parse(&arguments.take::<String>("text")?)?)
}

fn text(text: String) -> Outcome {
    Ok(Answer::Value(Content::Bytes(text.into_bytes())))
}

fn from_json(text: &str) -> Result<Value, Failure> {
    check_size(text)?;
    let parsed: Bounded = serde_json::from_str(text).map_err(|error| invalid("JSON", &error))?;
    Ok(parsed.0)
}

fn from_yaml(text: &str) -> Result<Value, Failure> {
    check_size(text)?;
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
    };
    let parsed: Bounded = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| invalid("YAML", &error))?;
    Ok(parsed.0)
}

fn yaml(value: &Value) -> Outcome {
    text(serde_saphyr::to_string(value).map_err(|error| invalid("YAML", &error))?)
}

fn check_size(text: &str) -> Result<(), Failure> {
    if text.len() > TEXT_MAX {
        let message =
            format!("the text has {} bytes, more than the {TEXT_MAX} that are read", text.len());
        return Err(Failure::new(Code::Invalid, message));
    }
    Ok(())
}

fn invalid(format: &str, error: &dyn std::fmt::Display) -> Failure {
    let reason = error.to_string();
    Failure::new(
        Code::Invalid,
        format!("no valid {format}: {}", reason.lines().next().unwrap_or_default()),
    )
}
