use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::failed;
use super::look::{ENTRIES_MAX, too_many};
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::{Arguments, World};

pub fn glob(world: &World, mut arguments: Arguments) -> Outcome {
    let pattern: String = arguments.take("pattern")?;
    let pattern = pattern.strip_prefix("./").unwrap_or(&pattern);
    let matcher = GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| Failure::new(Code::Invalid, format!("no valid pattern: {error}")))?
        .compile_matcher();
    let start = literal(pattern);
    let mut found = Walk { world, matcher: &matcher, seen: 0, found: Vec::new() };
    found.enter(start)?;
    found.found.sort();
    Answer::value(found.found)
}

/// The folders of a pattern before its first wildcard.
fn literal(pattern: &str) -> PathBuf {
    let parts: Vec<Component<'_>> = Path::new(pattern).components().collect();
    let fixed = parts.iter().take_while(|part| {
        !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '\\'])
    });
    let count = fixed.count().min(parts.len().saturating_sub(1));
    parts[..count].iter().collect()
}

struct Walk<'a> {
    world: &'a World,
    matcher: &'a GlobMatcher,
    seen: usize,
    found: Vec<String>,
}

impl Walk<'_> {
    /// Visits a folder and those below it; links are named and not followed.
    fn enter(&mut self, start: PathBuf) -> Result<(), Failure> {
        let mut folders = vec![start];
        while let Some(folder) = folders.pop() {
            let place = self.world.context.resolve(&folder);
            let entries = match fs::read_dir(&place) {
                Ok(entries) => entries,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                    ) =>
                {
                    continue;
                }
                Err(error) => return Err(failed("list", &place, &error)),
            };
            for entry in entries {
                let entry = entry.map_err(|error| failed("list", &place, &error))?;
                let path = folder.join(entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path.clone());
                }
                self.meet(&path)?;
            }
        }
        Ok(())
    }

    fn meet(&mut self, path: &Path) -> Result<(), Failure> {
        self.seen += 1;
        if self.seen > ENTRIES_MAX {
            return Err(too_many(path));
        }
        if self.matcher.is_match(path) {
            self.found.push(path.to_string_lossy().into_owned());
        }
        Ok(())
    }
}
