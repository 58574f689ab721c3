use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::modules::fs::failed;
use crate::modules::fs::write::octal;
use crate::registry::answer::{Answer, Code, Failure, Outcome};
use crate::registry::{Arguments, World};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;

pub fn stat(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    match fs::metadata(&path) {
        Ok(metadata) => described(&path, &metadata),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Answer::value(json!({ "exists": false }))
        }
        Err(error) => Err(failed("look at", &path, &error)),
    }
}

fn described(path: &Path, metadata: &Metadata) -> Outcome {
    let mut described = json!({
        "exists": true,
        "path": path.to_string_lossy(),
        "size": metadata.len(),
        "mode": octal(metadata.mode()),
        "is_dir": metadata.is_dir(),
        "is_file": metadata.is_file(),
        "mtime": metadata.mtime(),
        "uid": metadata.uid(),
        "gid": metadata.gid(),
    });
    if metadata.is_file()
        && let Some(sum) = sum(path).ok()
    {
        described["checksum"] = json!(sum);
    }
    Answer::value(described)
}

pub fn hash(world: &World, mut arguments: Arguments) -> Outcome {
    let path = world.path(&arguments.take::<String>("path")?)?;
    let metadata = fs::metadata(&path).map_err(|error| failed("read", &path, &error))?;
    if !metadata.is_file() {
        let message = format!("cannot read {}: it is no file", path.display());
        return Err(Failure::new(Code::Invalid, message));
    }
    Answer::value(sum(&path).map_err(|error| failed("read", &path, &error))?)
}

/// The SHA-256 of a file, in hexadecimal.
pub fn sum(path: &Path) -> io::Result<String> {
    let (mut file, mut sum, mut chunk) = (File::open(path)?, Sha256::new(), vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => sum.update(&chunk[..read]),
        }
    }
    Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
