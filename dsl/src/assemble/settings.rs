//! What binds a whole workflow.

use super::Assembler;
use crate::declare::{CleanDraft, Draft};
use crate::diagnostic::Code;
use crate::field::Slot;
use crate::model::{Clean, Settings, Workdir};

impl Assembler<'_> {
    pub(super) fn settings(&mut self, workflow: &Draft) -> Settings {
        let none = Draft::default();
        let config = workflow.config(Slot::Config).unwrap_or(&none);
        Settings {
            timeout: config.duration(Slot::Timeout).copied(),
            max_parallel_tasks: config.count(Slot::MaxParallelTasks).copied(),
            parallel: config.is(Slot::Parallel),
            continue_on_error: config.is(Slot::ContinueOnError),
            require_lock: config.is(Slot::RequireLock),
            validate_before: config.is(Slot::ValidateBefore),
            artifact_retention: config.duration(Slot::ArtifactRetention).copied(),
            workdir: self.workdir(workflow, config),
        }
    }

    /// The workflow's own word, then that of `config`.
    fn workdir(&mut self, workflow: &Draft, config: &Draft) -> Workdir {
        let of = |slot| if workflow.has(slot) { workflow } else { config };
        let fresh = of(Slot::Fresh);
        let workdir = Workdir {
            path: self.path(of(Slot::Workdir), Slot::Workdir),
            fresh: fresh.is(Slot::Fresh),
            clean: of(Slot::Clean).clean(Slot::Clean).map(|clean| match clean {
                CleanDraft::When(clean) => *clean,
                CleanDraft::Function(_) => Clean::Function,
            }),
        };
        if workdir.path.is_some() && workdir.fresh {
            let message =
                "`create_workdir_before_run` empties a folder, `workdir` is never emptied";
            let hint = Some("keep one of both");
            let line = fresh.line_of(Slot::Fresh);
            self.fault(Code::BadValue, message.into(), line, "create_workdir_before_run", hint);
        }
        workdir
    }
}
