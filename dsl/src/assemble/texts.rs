//! Texts that may name values, and the targets written with them.

use std::path::PathBuf;

use super::Assembler;
use crate::declare::{Draft, Fault, TargetDraft, expr};
use crate::diagnostic::Code;
use crate::expand;
use crate::field::Slot;
use crate::model::Target;

impl Assembler<'_> {
    /// The text with what its values say; a gap is a fault.
    pub(super) fn expand(&mut self, text: &str, line: u32) -> Option<String> {
        if !expand::is_open(text) {
            return Some(text.into());
        }
        let expanded = expand::expand(text, &self.book.left.values);
        expanded.map_err(|gap| self.gap(&gap, line)).ok()
    }

    fn gap(&mut self, gap: &expand::Gap, line: u32) {
        let key = gap.path.trim_start_matches("values.");
        let hint = format!("give it with `--var {key}=…`, or a default by `values({{ … }})`");
        let message = format!("`{}` {}", gap.path, gap.reason);
        self.fault(Code::BadValue, message, line, &gap.path, Some(&hint));
    }

    pub(super) fn expanded(&mut self, draft: &Draft, slot: Slot) -> Option<String> {
        let text = draft.text(slot)?;
        self.expand(text, draft.line_of(slot))
    }

    pub(super) fn path(&mut self, draft: &Draft, slot: Slot) -> Option<PathBuf> {
        self.expanded(draft, slot).map(PathBuf::from)
    }

    /// Where a task or workflow says that it runs.
    pub(super) fn target(&mut self, draft: &Draft) -> Option<Target> {
        if draft.is(Slot::Here) {
            return Some(Target::Local);
        }
        let selected = self.selected(draft);
        match draft.target(Slot::Target) {
            Some(_) if selected.is_some() => {
                let message = format!("`{}` says twice where it runs", draft.name);
                let hint = Some("keep `delegate_to` or the others, not both");
                let line = draft.line_of(Slot::Target);
                self.fault(Code::Duplicate, message, line, "delegate_to", hint);
                None
            }
            Some(TargetDraft::Ready(target)) => Some(target.clone()),
            Some(TargetDraft::Function(_)) => Some(Target::Function),
            Some(TargetDraft::Open(words)) => {
                let line = draft.line_of(Slot::Target);
                let words = words.map(|text| expand::expand(text, &self.book.left.values));
                let words = words.map_err(|gap| self.gap(&gap, line)).ok()?;
                words.target().map_err(|fault| self.refuse(fault, line)).ok()
            }
            None => selected,
        }
    }

    /// By name pattern and tags.
    fn selected(&mut self, draft: &Draft) -> Option<Target> {
        let pattern = draft.text(Slot::TargetPattern).map(|pattern| format!("name~{pattern}"));
        let tags = draft.texts(Slot::TargetTags).cloned();
        let terms: Vec<String> = tags.into_iter().flatten().chain(pattern).collect();
        if terms.is_empty() {
            return None;
        }
        let line = draft.line_of(Slot::TargetTags);
        expr(&terms.join(",")).map(Target::Labels).map_err(|fault| self.refuse(fault, line)).ok()
    }

    fn refuse(&mut self, fault: Fault, line: u32) {
        self.fault(fault.code, fault.message, line, &fault.name, fault.hint.as_deref());
    }
}
