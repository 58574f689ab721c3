//! CSV: lines of fields, with quotes where a field holds a delimiter.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use serde_json::{Map, Value};

use super::bounded::VALUES_MAX;
use super::formats::{check_size, invalid, text};
use crate::registry::Arguments;
use crate::registry::answer::{Answer, Code, Failure, Outcome};

pub fn parse(mut arguments: Arguments) -> Outcome {
    let input: String = arguments.take("text")?;
    check_size(&input)?;
    let delimiter = delimiter(&mut arguments)?;
    let header: bool = arguments.take("header")?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(header)
        .flexible(!header)
        .from_reader(input.as_bytes());
    let failed = |error: csv::Error| invalid("CSV", &error);
    let names = if header { Some(reader.headers().map_err(failed)?.clone()) } else { None };
    let (mut rows, mut values) = (Vec::new(), 0);
    for record in reader.records() {
        let record = record.map_err(failed)?;
        values += record.len() + 1;
        if values > VALUES_MAX {
            return Err(invalid("CSV", &format!("more than {VALUES_MAX} values")));
        }
        rows.push(row(names.as_ref(), &record));
    }
    Answer::value(rows)
}

fn row(names: Option<&StringRecord>, record: &StringRecord) -> Value {
    let fields = record.iter().map(Value::from);
    match names {
        Some(names) => names.iter().map(str::to_owned).zip(fields).collect::<Map<_, _>>().into(),
        None => fields.collect(),
    }
}

/// Rows are lists, or tables by the names of their columns, which then make the first line.
pub fn write(mut arguments: Arguments) -> Outcome {
    let Value::Array(rows) = arguments.take("rows")? else {
        return Err(wrong(&arguments, "must be a list of rows"));
    };
    let delimiter = delimiter(&mut arguments)?;
    let columns = arguments.find::<Value>("columns")?.and_then(names);
    let columns = columns.or_else(|| rows.iter().find_map(Value::as_object).map(keys));
    let mut writer =
        WriterBuilder::new().flexible(true).delimiter(delimiter).from_writer(Vec::new());
    let lines = columns.clone().into_iter().map(Ok).chain(rows.iter().map(|row| match row {
        Value::Array(fields) => Ok(fields.iter().map(shown).collect()),
        Value::Object(map) => {
            let columns = columns.iter().flatten();
            Ok(columns.map(|column| map.get(column).map(shown).unwrap_or_default()).collect())
        }
        _ => Err(wrong(&arguments, "holds a row that is no table")),
    }));
    for line in lines {
        let line: Vec<String> = line?;
        writer.write_record(line).map_err(|error| invalid("CSV", &error))?;
    }
    let bytes = writer.into_inner().map_err(|error| invalid("CSV", &error))?;
    text(String::from_utf8_lossy(&bytes).into_owned())
}

fn delimiter(arguments: &mut Arguments) -> Result<u8, Failure> {
    match arguments.take::<String>("delimiter")?.as_bytes() {
        [byte] if byte.is_ascii() && !b"\"\r\n".contains(byte) => Ok(*byte),
        _ => {
            let function = &arguments.function;
            let message = format!("`{function}` `delimiter` must be one ASCII sign");
            Err(Failure::raised(Code::Invalid, message))
        }
    }
}

fn wrong(arguments: &Arguments, what: &str) -> Failure {
    Failure::raised(Code::Invalid, format!("`{}` `rows` {what}", arguments.function))
}

fn names(value: Value) -> Option<Vec<String>> {
    Some(value.as_array()?.iter().map(shown).collect())
}

fn keys(map: &Map<String, Value>) -> Vec<String> {
    map.keys().cloned().collect()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
