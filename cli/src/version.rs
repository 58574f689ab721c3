//! What this program is.

use std::sync::LazyLock;

use serde_json::{Value, json};

pub const NUMBER: &str = env!("CARGO_PKG_VERSION");

/// `0.1.0 (x86_64 linux, release build)`
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        format!("{NUMBER} ({} {}, {} build)", std::env::consts::ARCH, std::env::consts::OS, build())
    });
    &TEXT
}

pub fn facts() -> Value {
    json!({
        "version": NUMBER,
        "arch": std::env::consts::ARCH,
        "os": std::env::consts::OS,
        "build": build(),
    })
}

fn build() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}
