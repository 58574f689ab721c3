use std::path::PathBuf;
use std::time::Duration;

use toml::Value;

use crate::{Address, Labels, Name, Secret, duration};

/// A type that configuration can hold: read from text or TOML, shown as text.
pub(crate) trait Setting: Sized {
    fn parse(text: &str) -> Result<Self, String>;

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Integer(number) => Self::parse(&number.to_string()),
            Value::Boolean(answer) => Self::parse(&answer.to_string()),
            other => Err(format!("it cannot be a {}", other.type_str())),
        }
    }

    fn show(&self) -> String;
}

macro_rules! text_setting {
    ($($type:ty: $expected:expr),* $(,)?) => {$(
        impl Setting for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| format!("expected {}, found {text:?}", $expected))
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

text_setting! {
    bool: "true or false",
    u32: "a whole number",
    u64: "a whole number",
}

macro_rules! checked_setting {
    ($($type:ty),*) => {$(
        impl Setting for $type {
            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: crate::Error| error.to_string())
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

checked_setting!(Name, Address);

impl Setting for Duration {
    fn parse(text: &str) -> Result<Self, String> {
        duration::parse(text).map_err(|error| error.to_string())
    }

    fn show(&self) -> String {
        duration::format(*self)
    }
}

impl Setting for PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() { Err("expected a path".into()) } else { Ok(text.into()) }
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Setting for Secret {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(Secret::new(text))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl<T: Setting> Setting for Option<T> {
    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn show(&self) -> String {
        self.as_ref().map(T::show).unwrap_or_default()
    }
}

/// A list; in text its items stand between commas.
impl<T: Setting> Setting for Vec<T> {
    fn parse(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::parse).collect()
    }

    fn read(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(items) => items.iter().map(T::read).collect(),
            Value::String(text) => Self::parse(text),
            other => Err(format!("expected a list, found a {}", other.type_str())),
        }
    }

    fn show(&self) -> String {
        self.iter().map(T::show).collect::<Vec<_>>().join(",")
    }
}

/// A table `{role = "web", gpu = true}`, a list `["role=web", "gpu"]` or text `role=web,gpu`.
impl Setting for Labels {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::Error| error.to_string())
    }

    fn read(value: &Value) -> Result<Self, String> {
        let mut labels = Labels::default();
        match value {
            Value::Table(table) => {
                for (key, value) in table {
                    add(&mut labels, key, value)?;
                }
            }
            Value::Array(items) => {
                for item in items {
                    let text = item.as_str().ok_or("expected texts such as \"role=web\"")?;
                    labels.add(text).map_err(|error| error.to_string())?;
                }
            }
            Value::String(text) => return Self::parse(text),
            other => return Err(format!("expected a table, found a {}", other.type_str())),
        }
        Ok(labels)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

fn add(labels: &mut Labels, key: &str, value: &Value) -> Result<(), String> {
    let value = match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(true) => None,
        _ => return Err(format!("label {key:?}: expected text, a whole number or true")),
    };
    let key = Name::new(key).map_err(|error| error.to_string())?;
    labels.insert(key, value).map_err(|error| error.to_string())
}
