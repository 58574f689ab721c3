//! Paths from the folder of the file, in one spelling each.

use std::path::{Component, Path, PathBuf};

/// The paths at which `import(path)` looks.
pub fn imported(importer: &str, path: &str) -> Result<Vec<String>, String> {
    if path.is_empty() || path.contains('\0') {
        return Err(format!("`import` needs the path of a file, got {path:?}"));
    }
    let exact = from(importer, path);
    let with_extension = format!("{exact}.lua");
    Ok(vec![exact, with_extension])
}

/// The paths at which `require(name)` looks: the project's `modules` folder, then beside the file that asks.
pub fn required(importer: &str, name: &str) -> Vec<String> {
    let file = match name.strip_suffix(".lua") {
        Some(stem) => stem.to_owned(),
        None => name.replace('.', "/"),
    };
    let mut paths = Vec::new();
    for path in [format!("modules/{file}"), file.clone()] {
        paths.push(from("", &format!("{path}.lua")));
        paths.push(from("", &format!("{path}/init.lua")));
    }
    paths.push(from(importer, &format!("{file}.lua")));
    paths.push(from(importer, &format!("{file}/init.lua")));
    paths.dedup();
    paths
}

/// Whether the name can only be that of a file.
pub fn is_of_a_file(name: &str) -> bool {
    name.contains(['.', '/'])
}

/// A path as the file at `importer` means it.
fn from(importer: &str, path: &str) -> String {
    let folder = Path::new(importer).parent().unwrap_or(Path::new(""));
    clean(&folder.join(path))
}

/// Without `.`, and without `..` where that can be said by the letters alone.
pub fn clean(path: &Path) -> String {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if clean.file_name().is_some() && !clean.ends_with("..") => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_relative_to_the_file_that_asks() {
        let first = |importer: &str, path: &str| imported(importer, path).unwrap().remove(0);
        assert_eq!(first("", "lib/a.lua"), "lib/a.lua");
        assert_eq!(first("lib/a.lua", "./b.lua"), "lib/b.lua");
        assert_eq!(first("lib/a.lua", "../c.lua"), "c.lua");
        assert_eq!(first("", "../common/c.lua"), "../common/c.lua");
        assert_eq!(first("../common/c.lua", "../x.lua"), "../x.lua");
        assert_eq!(first("lib/a.lua", "/srv/b.lua"), "/srv/b.lua");
        assert_eq!(imported("", "lib/a").unwrap()[1], "lib/a.lua");
        assert!(imported("", "").is_err());
    }

    #[test]
    fn a_module_is_looked_for_in_the_projects_folder_first() {
        assert_eq!(
            required("lib/a.lua", "net.tools"),
            [
                "modules/net/tools.lua",
                "modules/net/tools/init.lua",
                "net/tools.lua",
                "net/tools/init.lua",
                "lib/net/tools.lua",
                "lib/net/tools/init.lua",
            ]
        );
        assert_eq!(required("", "a.lua")[0], "modules/a.lua");
    }
}
