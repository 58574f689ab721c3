//! What is wrong with a file, as an editor shows it.

use dsl::{Diagnostics, File};
use tower_lsp_server::ls_types::{Diagnostic, DiagnosticSeverity, NumberOrString};

use super::position::range;

/// Faults where they are; warnings, which have no place, at the top.
pub fn of(loaded: &Result<File, Diagnostics>) -> Vec<Diagnostic> {
    match loaded {
        Ok(file) => file.warnings.iter().map(|text| warning(text)).collect(),
        Err(faults) => faults.0.iter().map(fault).collect(),
    }
}

fn fault(fault: &dsl::Diagnostic) -> Diagnostic {
    let hint = fault.hint.iter().map(|hint| format!("\n{hint}"));
    let trace = fault.trace.iter().map(|call| format!("\n{call}"));
    Diagnostic {
        range: range(&fault.source, fault.line, fault.column, fault.length),
        severity: Some(DiagnosticSeverity::ERROR),
        code: Some(NumberOrString::String(fault.code.word().to_owned())),
        source: Some("sloth".to_owned()),
        message: format!("{}{}", fault.message, hint.chain(trace).collect::<String>()),
        ..Diagnostic::default()
    }
}

fn warning(text: &str) -> Diagnostic {
    Diagnostic {
        severity: Some(DiagnosticSeverity::WARNING),
        source: Some("sloth".to_owned()),
        message: text.to_owned(),
        ..Diagnostic::default()
    }
}
