//! What a file sees as `values`: from files and `--var`, later ones win.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, io};
use crate::exit::Exit;

/// One `--var`: a path of keys and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    path: Vec<String>,
    value: Value,
}

impl std::str::FromStr for Variable {
    type Err = String;

    /// `a.b=text` or `a.b:=JSON`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (path, value) = text.split_once('=').ok_or("expected KEY=TEXT or KEY:=JSON")?;
        let (path, value) = match path.strip_suffix(':') {
            Some(path) => {
                let parsed = serde_json::from_str(value);
                (path, parsed.map_err(|error| format!("{value:?} is not JSON: {error}"))?)
            }
            None => (path, Value::String(value.to_owned())),
        };
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        match path.iter().any(String::is_empty) {
            true => Err("a key is empty".into()),
            false => Ok(Self { path, value }),
        }
    }
}

impl Variable {
    fn into_value(self) -> Value {
        self.path
            .into_iter()
            .rev()
            .fold(self.value, |value, key| Value::Object(Map::from_iter([(key, value)])))
    }
}

/// All values of a run.
pub fn gather(
    files: &[impl AsRef<Path>],
    variables: &[Variable],
) -> Result<Map<String, Value>, Error> {
    let mut values = Map::new();
    for path in files {
        merge(&mut values, read(path.as_ref())?);
    }
    for variable in variables {
        if let Value::Object(value) = variable.clone().into_value() {
            merge(&mut values, value);
        }
    }
    Ok(values)
}

/// Objects are merged key by key, anything else is replaced.
fn merge(values: &mut Map<String, Value>, later: Map<String, Value>) {
    for (key, value) in later {
        match (values.get_mut(&key), value) {
            (Some(Value::Object(earlier)), Value::Object(value)) => merge(earlier, value),
            (_, value) => {
                values.insert(key, value);
            }
        }
    }
}

fn read(path: &Path) -> Result<Map<String, Value>, Error> {
    let text = text_of(path)?;
    match parse(path, &text) {
        Ok(Value::Object(values)) => Ok(values),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(Error::usage(format!("{} does not hold keys with values", path.display()))),
        Err(error) => {
            Err(Error::usage(format!("cannot read values from {}: {error}", path.display())))
        }
    }
}

fn parse(path: &Path, text: &str) -> Result<Value, String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => serde_json::from_str(text).map_err(|error| error.to_string()),
        Some("toml") => toml::from_str(text).map_err(|error| error.to_string()),
        _ if text.trim().is_empty() => Ok(Value::Null),
        _ => serde_saphyr::from_str(text).map_err(|error| error.to_string()),
    }
}

/// The text of a file, or of standard input when the path is `-`.
pub fn text_of(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = match path.to_str() {
        Some("-") => limited(std::io::stdin(), &mut bytes),
        _ => std::fs::File::open(path).and_then(|file| limited(file, &mut bytes)),
    };
    read.map_err(|error| Error {
        exit: Exit::Usage,
        ..io(format!("read {}", path.display()), &error)
    })?;
    if bytes.len() > FILE_BYTES {
        let message = format!("{} is larger than {} MiB", path.display(), FILE_BYTES >> 20);
        return Err(Error::new(Exit::Limit, message));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::usage(format!("{} is not text in UTF-8", path.display())))
}

/// Larger files are refused by every node anyway.
const FILE_BYTES: usize = 4 << 20;

fn limited(from: impl Read, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    from.take(FILE_BYTES as u64 + 1).read_to_end(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn variables_are_text_unless_said_otherwise() {
        let variable = |text: &str| text.parse::<Variable>();
        assert_eq!(variable("a=1").unwrap().into_value(), json!({"a": "1"}));
        assert_eq!(variable("a.b:=[1,2]").unwrap().into_value(), json!({"a": {"b": [1, 2]}}));
        assert_eq!(
            variable("url=http://a?b=c").unwrap().into_value(),
            json!({"url": "http://a?b=c"})
        );
        for wrong in ["a", "=1", "a..b=1", "a:={"] {
            assert!(variable(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn later_files_win_key_by_key_and_variables_win_over_all() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let files = [
            write("a.yaml", "db:\n  host: a\n  port: 1\nlist: [1, 2]\n"),
            write("b.json", r#"{"db": {"host": "b"}, "list": [3]}"#),
            write("c.toml", "debug = true\n"),
            write("empty.yaml", ""),
        ];
        let values = gather(&files, &["db.user=u".parse().unwrap()]).unwrap();
        let expected =
            json!({"db": {"host": "b", "port": 1, "user": "u"}, "list": [3], "debug": true});
        assert_eq!(Value::Object(values), expected);
    }

    #[test]
    fn files_that_hold_no_keys_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.yaml");
        std::fs::write(&path, "- 1\n").unwrap();
        assert_eq!(gather(&[&path], &[]).unwrap_err().exit, Exit::Usage);
        assert_eq!(gather(&[folder.path().join("none")], &[]).unwrap_err().exit, Exit::Usage);
    }
}
