use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tar::EntryType;

/// Entries of one archive.
const ENTRIES_MAX: usize = 200_000;

/// One entry of an archive; its path is relative and stays inside.
pub struct Entry<'a> {
    pub path: PathBuf,
    pub kind: Kind,
    pub content: &'a mut dyn Read,
}

pub enum Kind {
    Folder,
    File {
        mode: u32,
    },
    /// A symbolic link, as it says where it points.
    Symlink(PathBuf),
    /// The same file as another entry.
    Link(PathBuf),
}

type Visit<'a> = &'a mut dyn FnMut(Entry<'_>) -> Result<(), String>;

/// Shows every entry, in the order of the archive.
pub fn visit(path: &Path, visit: Visit<'_>) -> Result<(), String> {
    let name = path.to_string_lossy().to_lowercase();
    let file = File::open(path).map_err(|error| error.to_string())?;
    match () {
        () if name.ends_with(".zip") => zip(file, visit),
        () if name.ends_with(".tar") => tar(&mut io::BufReader::new(file), visit),
        () if name.ends_with(".tar.gz") || name.ends_with(".tgz") => {
            tar(&mut MultiGzDecoder::new(file), visit)
        }
        () => Err("its name ends with none of .zip, .tar, .tar.gz, .tgz".into()),
    }
}

fn tar(source: &mut dyn Read, visit: Visit<'_>) -> Result<(), String> {
    let said = |error: io::Error| error.to_string();
    let mut archive = tar::Archive::new(source);
    for (index, entry) in archive.entries().map_err(said)?.enumerate() {
        counted(index)?;
        let mut entry = entry.map_err(said)?;
        let path = inside(&entry.path().map_err(said)?)?;
        let link = entry.link_name().map_err(said)?.map(|link| link.into_owned());
        let header = entry.header();
        let kind = match (header.entry_type(), link) {
            (EntryType::Directory, _) => Kind::Folder,
            (EntryType::Regular | EntryType::Continuous, _) => {
                Kind::File { mode: header.mode().map_err(said)? }
            }
            (EntryType::Symlink, Some(link)) => Kind::Symlink(link),
            (EntryType::Link, Some(link)) => Kind::Link(inside(&link)?),
            (EntryType::XGlobalHeader, _) => continue,
            _ => return Err(format!("{} is neither file nor folder nor link", path.display())),
        };
        visit(Entry { path, kind, content: &mut entry })?;
    }
    Ok(())
}

fn zip(file: File, visit: Visit<'_>) -> Result<(), String> {
    let said = |error: zip::result::ZipError| error.to_string();
    let mut archive = zip::ZipArchive::new(file).map_err(said)?;
    for index in 0..archive.len() {
        counted(index)?;
        let mut entry = archive.by_index(index).map_err(said)?;
        let path = inside(Path::new(&*entry.name().map_err(said)?))?;
        let kind = match () {
            () if entry.is_dir() => Kind::Folder,
            () if entry.is_symlink() => {
                let mut target = String::new();
                let read = entry.by_ref().take(4096).read_to_string(&mut target);
                read.map_err(|error| error.to_string())?;
                Kind::Symlink(target.into())
            }
            () => Kind::File { mode: entry.unix_mode().unwrap_or(0o644) },
        };
        visit(Entry { path, kind, content: &mut entry })?;
    }
    Ok(())
}

fn counted(index: usize) -> Result<(), String> {
    match index {
        ENTRIES_MAX => Err(format!("it has more than {ENTRIES_MAX} entries")),
        _ => Ok(()),
    }
}

/// A name without `.`; one that leads elsewhere is refused.
fn inside(path: &Path) -> Result<PathBuf, String> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => clean.push(part),
            Component::CurDir => {}
            _ => return Err(format!("the entry {} leads out of the folder", path.display())),
        }
    }
    Ok(clean)
}

/// Whether a link at a place inside points to a place inside.
pub fn points_inside(at: &Path, target: &Path) -> bool {
    let mut depth = at.components().count().saturating_sub(1);
    target.components().all(|part| match part {
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::CurDir => true,
        Component::ParentDir if depth > 0 => {
            depth -= 1;
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(inside(Path::new("./a/./b/")).unwrap(), Path::new("a/b"));
        for path in ["../a", "a/../../b", "/a", "a/.."] {
            assert!(inside(Path::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn a_zip_shows_its_entries() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ZIP");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
        zip.add_directory("a", options).unwrap();
        zip.start_file("a/f", options).unwrap();
        io::Write::write_all(&mut zip, b"content").unwrap();
        zip.add_symlink("a/l", "f", options).unwrap();
        zip.finish().unwrap();
        let mut seen = Vec::new();
        let mut note = |entry: Entry<'_>| {
            let kind = match entry.kind {
                Kind::Folder => "folder".to_owned(),
                Kind::File { mode } => {
                    let mut content = String::new();
                    entry.content.read_to_string(&mut content).unwrap();
                    format!("{:o} {content}", mode & 0o777)
                }
                Kind::Symlink(target) | Kind::Link(target) => format!("to {}", target.display()),
            };
            seen.push(format!("{} {kind}", entry.path.display()));
            Ok(())
        };
        visit(&path, &mut note).unwrap();
        assert_eq!(seen, ["a folder", "a/f 755 content", "a/l to f"]);
    }

    #[test]
    fn links_stay_inside() {
        let points = |at: &str, target: &str| points_inside(Path::new(at), Path::new(target));
        assert!(points("a/b", "../c"));
        assert!(points("a", "b/../c"));
        assert!(!points("a", "../c"));
        assert!(!points("a/b", "../../c"));
        assert!(!points("a", "/etc"));
    }
}
