use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mlua::{AppDataRefMut, Error, Lua, Result, Table};

use super::{BYTES_MAX, FILES_MAX, Imports, path, scan};
use crate::load::SOURCE_MAX;
use crate::span::Text;

/// What each file that was run returned.
const RESULTS: &str = "sloth.imports";

/// The files a state can import, kept in its application data.
pub struct Library {
    imports: Imports,
    texts: Text,
    /// The file itself, by its last name and the folder that diagnostics show.
    file: String,
    shown: PathBuf,
    /// The path of each chunk's file.
    paths: HashMap<Arc<str>, String>,
    /// Texts that were read, by path.
    used: BTreeMap<String, String>,
    bytes: usize,
    /// Paths of the files that are running.
    running: Vec<String>,
}

impl Library {
    pub fn new(name: &str, texts: Text, imports: Imports) -> Self {
        let path = Path::new(name);
        let file = path.file_name().map(|file| file.to_string_lossy().into_owned());
        Library {
            imports,
            paths: HashMap::from([(texts.chunk(), String::new())]),
            texts,
            file: file.unwrap_or_default(),
            shown: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            used: BTreeMap::new(),
            bytes: 0,
            running: Vec::new(),
        }
    }

    pub fn of(lua: &Lua) -> Result<AppDataRefMut<'_, Library>> {
        lua.app_data_mut::<Library>()
            .ok_or_else(|| Error::runtime("this Lua state imports nothing"))
    }

    /// The path of a chunk's file; empty for the file itself.
    pub fn path_of(&self, chunk: &str) -> Option<&str> {
        self.paths.get(chunk).map(String::as_str)
    }

    /// Makes a text one of the load's; the name of its chunk.
    pub fn open(&mut self, path: &str, text: &str) -> std::result::Result<Arc<str>, String> {
        self.keep(path, text)?;
        let chunk = self.texts.add(&path::clean(&self.shown.join(path)), text);
        self.paths.insert(chunk.clone(), path.to_owned());
        Ok(chunk)
    }

    /// The texts that were imported, and those that a task may still ask for by a name written out in one of them.
    pub fn close(&mut self, main: &str) -> BTreeMap<String, String> {
        let mut open = vec![(String::new(), main.to_owned())];
        open.extend(self.used.iter().map(|(path, text)| (path.clone(), text.clone())));
        while let Some((importer, text)) = open.pop() {
            for asked in scan::asked(&text) {
                let candidates = asked.candidates(&importer);
                let known = candidates.iter().any(|path| self.used.contains_key(path));
                if let (false, Ok(Some((path, text)))) = (known, self.find(&candidates))
                    && self.keep(&path, &text).is_ok()
                {
                    open.push((path, text));
                }
            }
        }
        std::mem::take(&mut self.used)
    }

    /// The first of these paths at which there is a file, and its text.
    fn find(&self, candidates: &[String]) -> std::result::Result<Option<(String, String)>, String> {
        for path in candidates {
            let text = match &self.imports {
                Imports::Given(texts) => texts.get(path).cloned(),
                Imports::Folder(folder) => read(&folder.join(path))?,
            };
            if let Some(text) = text {
                return Ok(Some((path.clone(), text)));
            }
        }
        Ok(None)
    }

    fn keep(&mut self, path: &str, text: &str) -> std::result::Result<(), String> {
        if self.used.contains_key(path) {
            return Ok(());
        }
        if self.used.len() == FILES_MAX {
            return Err(format!("more than {FILES_MAX} files are imported"));
        }
        self.bytes += text.len();
        if self.bytes > BYTES_MAX {
            return Err(format!("the imported files have more than {} MiB", BYTES_MAX >> 20));
        }
        self.used.insert(path.to_owned(), text.to_owned());
        Ok(())
    }
}

/// The text of a file, if there is one.
fn read(path: &Path) -> std::result::Result<Option<String>, String> {
    let failed =
        |why: &dyn std::fmt::Display| Err(format!("cannot read {}: {why}", path.display()));
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() > SOURCE_MAX as u64 => {
            failed(&format_args!("it has more than {SOURCE_MAX} bytes"))
        }
        Ok(metadata) if metadata.is_file() => {
            std::fs::read_to_string(path).map(Some).or_else(|error| failed(&error))
        }
        _ => Ok(None),
    }
}

/// Gives a state its library; the file itself is running.
pub fn begin(lua: &Lua, mut library: Library) -> Result<()> {
    let results = lua.create_table()?;
    results.raw_set(library.file.as_str(), true)?;
    lua.set_named_registry_value(RESULTS, results)?;
    library.running.push(library.file.clone());
    lua.set_app_data(library);
    Ok(())
}

pub fn find(lua: &Lua, candidates: &[String]) -> Result<Option<(String, String)>> {
    Library::of(lua)?.find(candidates).map_err(Error::runtime)
}

/// The table of what files returned: a table with the value, or `true` while one runs.
pub fn results(lua: &Lua) -> Result<Table> {
    lua.named_registry_value(RESULTS)
}

pub fn enter(lua: &Lua, path: &str) -> Result<()> {
    Library::of(lua)?.running.push(path.to_owned());
    Ok(())
}

pub fn leave(lua: &Lua) -> Result<()> {
    Library::of(lua)?.running.pop();
    Ok(())
}

/// The error for a file that is imported while it runs.
pub fn cycle(lua: &Lua, path: &str) -> Result<Error> {
    let library = Library::of(lua)?;
    let running = library.running.iter().map(String::as_str);
    let around: Vec<&str> = running.skip_while(|it| *it != path).chain([path]).collect();
    Ok(Error::runtime(format!("files import each other: {}", around.join(" → "))))
}

/// The error for a file that is not there.
pub fn missing(lua: &Lua, function: &str, asked: &str) -> Result<Error> {
    let library = Library::of(lua)?;
    Ok(Error::runtime(match &library.imports {
        Imports::Folder(folder) => {
            format!("`{function}`: there is no file `{asked}` in {}", folder.display())
        }
        Imports::Given(_) => format!(
            "`{function}`: `{asked}` did not come with {}, which travels without other files: put its text there",
            library.file
        ),
    }))
}
