//! Files that pass from task to task.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use dsl::host::{Code, Error};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use state::query::{Produced, Work};
use state::run::Artifact;

use super::Bench;
use crate::blobs::Blobs;
use crate::mask::Masker;

/// Files of one attempt.
const FILES_MAX: usize = 10_000;
/// Bytes looked at together.
const WINDOW: usize = 64 << 10;
/// Folders within folders.
const DEPTH_MAX: usize = 64;

/// Stores what the globs match below the folder.
pub async fn produce(
    blobs: &Blobs,
    masker: &Masker,
    folder: &Path,
    globs: Vec<String>,
) -> Result<Vec<Artifact>, Error> {
    let (blobs, masker, folder) = (blobs.clone(), masker.clone(), folder.to_path_buf());
    let stored = tokio::task::spawn_blocking(move || store_all(&blobs, &masker, &folder, &globs));
    stored.await.map_err(|error| invalid(error.to_string()))?
}

fn store_all(
    blobs: &Blobs,
    masker: &Masker,
    folder: &Path,
    globs: &[String],
) -> Result<Vec<Artifact>, Error> {
    let wanted = matcher(globs)?;
    let mut paths = Vec::new();
    walk(folder, Path::new(""), &wanted, &mut paths, 0)?;
    paths.sort();
    paths.iter().map(|path| store_one(blobs, masker, folder, path)).collect()
}

fn matcher(globs: &[String]) -> Result<GlobSet, Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        set.add(glob.map_err(|error| invalid(format!("artifacts: {error}")))?);
    }
    set.build().map_err(|error| invalid(format!("artifacts: {error}")))
}

/// Collects matching files; links are not followed, so nothing outside the folder is taken.
fn walk(
    root: &Path,
    below: &Path,
    wanted: &GlobSet,
    found: &mut Vec<PathBuf>,
    depth: usize,
) -> Result<(), Error> {
    let folder = root.join(below);
    let entries = fs::read_dir(&folder).map_err(unreadable(&folder))?;
    for entry in entries {
        let entry = entry.map_err(unreadable(&folder))?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type().map_err(unreadable(&folder))?;
        if kind.is_dir() && depth < DEPTH_MAX {
            walk(root, &path, wanted, found, depth + 1)?;
        } else if kind.is_file() && wanted.is_match(&path) {
            found.push(path);
        }
        if found.len() > FILES_MAX {
            return Err(invalid(format!("the artifacts are more than {FILES_MAX} files")));
        }
    }
    Ok(())
}

fn store_one(
    blobs: &Blobs,
    masker: &Masker,
    folder: &Path,
    path: &Path,
) -> Result<Artifact, Error> {
    let whole = folder.join(path);
    refuse_secret(masker, &whole)?;
    let file = File::open(&whole).map_err(unreadable(&whole))?;
    let mode = file.metadata().map_err(unreadable(&whole))?.mode();
    let (hash, size) = blobs.put(file).map_err(|error| invalid(crate::error::chain(&error)))?;
    Ok(Artifact { path: path.to_string_lossy().into_owned(), hash, size, mode: mode & 0o777 })
}

/// What is stored is kept in clear, and given to whoever may read the run.
fn refuse_secret(masker: &Masker, path: &Path) -> Result<(), Error> {
    if masker.is_empty() {
        return Ok(());
    }
    let mut file = File::open(path).map_err(unreadable(path))?;
    let (mut window, mut held) = (vec![0; WINDOW + masker.longest()], 0);
    loop {
        let read = file.read(&mut window[held..]).map_err(unreadable(path))?;
        let found = masker.held(&window[..held + read]);
        if let Some(name) = found.or_else(|| masker.held(path.to_string_lossy().as_bytes())) {
            return Err(invalid(format!(
                "the file {} holds the secret `{name}`, which would be kept in clear",
                masker.text(&path.to_string_lossy())
            )));
        }
        if read == 0 {
            return Ok(());
        }
        // A secret may go on in what is read next.
        let kept = masker.longest().min(held + read);
        window.copy_within(held + read - kept..held + read, 0);
        held = kept;
    }
}

/// Copies what the names stand for into the folder: all of a task's files, or one by its path.
pub async fn consume(
    bench: &Bench,
    work: &Work,
    folder: &Path,
    names: Vec<String>,
) -> Result<(), Error> {
    for name in names {
        let wanted: Vec<&Produced> =
            work.artifacts.iter().filter(|it| stands_for(it, &name)).collect();
        if wanted.is_empty() {
            let message = format!("nothing called `{name}` was produced by a task before this one");
            return Err(Error { code: Code::NotFound, message });
        }
        for produced in wanted {
            fetch(bench, produced, folder).await?;
        }
    }
    Ok(())
}

fn stands_for(produced: &Produced, name: &str) -> bool {
    let path = Path::new(&produced.artifact.path);
    produced.task == name
        || path == Path::new(name)
        || path.file_name().is_some_and(|file| file == name)
}

async fn fetch(bench: &Bench, produced: &Produced, folder: &Path) -> Result<(), Error> {
    let Produced { node, artifact, .. } = produced;
    let target = inside(folder, &artifact.path)?;
    let source = bench.peers.blob(*node, artifact.hash, artifact.size).await;
    let source = source.map_err(|error| Error {
        code: Code::Unavailable,
        message: format!("artifact `{}`: {}", artifact.path, crate::error::chain(&error)),
    })?;
    let mode = artifact.mode & 0o777;
    let copied = tokio::task::spawn_blocking(move || copy(&source, &target, mode));
    copied.await.map_err(|error| invalid(error.to_string()))?
}

/// The path came from another node: it must stay below the folder.
fn inside(folder: &Path, path: &str) -> Result<PathBuf, Error> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !plain {
        return Err(invalid(format!("artifact path `{path}` leaves the working directory")));
    }
    Ok(folder.join(path))
}

fn copy(source: &Path, target: &Path, mode: u32) -> Result<(), Error> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(unwritable(parent))?;
    }
    fs::copy(source, target).map_err(unwritable(target))?;
    fs::set_permissions(target, Permissions::from_mode(mode)).map_err(unwritable(target))
}

fn unreadable(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |error| invalid(format!("cannot read {}: {error}", path.display()))
}

fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |error| invalid(format!("cannot write {}: {error}", path.display()))
}

fn invalid(message: String) -> Error {
    Error { code: Code::Invalid, message }
}
