use std::fmt;
use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use super::path;
use crate::registry::function::Capability;

/// Bytes of a pattern.
const LENGTH_MAX: usize = 4096;

/// What a rule is about: `*` and `?` stand for any characters; of paths `*` stays within a part and `**` does not, and
/// what names a folder covers all that is in it.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    glob: GlobMatcher,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Absolute,
    /// From the task's working directory.
    Relative,
    Other,
}

impl Pattern {
    pub fn new(capability: Capability, text: &str) -> Result<Pattern, String> {
        if text.is_empty() || text.len() > LENGTH_MAX || text.contains('\0') {
            return Err(format!(
                "`{}` needs a pattern after the `=`, got {text:?}",
                capability.word()
            ));
        }
        let paths = matches!(capability, Capability::FsRead | Capability::FsWrite);
        let (kind, whole) = match capability {
            _ if paths && text.starts_with('/') => (Kind::Absolute, path::clean_pattern(text)?),
            _ if paths => (Kind::Relative, path::clean_pattern(text)?),
            Capability::Net => (Kind::Other, with_port(text)),
            _ => (Kind::Other, text.to_owned()),
        };
        let glob = GlobBuilder::new(&whole).literal_separator(paths).build();
        let glob = glob.map_err(|error| format!("the pattern {text:?} is not valid: {error}"))?;
        Ok(Pattern { text: text.to_owned(), glob: glob.compile_matcher(), kind })
    }

    /// Paths are absolute and without links.
    pub fn matches(&self, object: &str, workdir: &Path) -> bool {
        match self.kind {
            Kind::Other => self.glob.is_match(object),
            Kind::Absolute => self.covers(Path::new(object)),
            Kind::Relative => Path::new(object)
                .strip_prefix(path::real(workdir))
                .is_ok_and(|below| self.covers(below)),
        }
    }

    /// The path itself, or a folder above it.
    fn covers(&self, path: &Path) -> bool {
        path.ancestors().any(|path| self.glob.is_match(path))
    }
}

/// A host alone means any port of it.
fn with_port(text: &str) -> String {
    let host_only = match text.rsplit_once(']') {
        Some((_, rest)) => rest.is_empty(),
        None => !text.contains(':'),
    };
    // Brackets of an address are no class of characters.
    let text = text.replace('[', "\\[").replace(']', "\\]");
    if host_only { format!("{text}:*") } else { text }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, self.kind) == (&other.text, other.kind)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
