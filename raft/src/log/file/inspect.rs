use std::path::Path;

use super::contents;
use super::recover::read_whole;
use super::segment::Segment;
use crate::Error;
use crate::log::Inspected;
use crate::log::folder::{LOG, MARK, at};
use crate::log::mark::Mark;

/// Reads what is whole of a log and changes nothing.
pub fn inspect(replica: &Path) -> Result<Inspected, Error> {
    let (folder, mark) = (replica.join(LOG), replica.join(MARK));
    let promised = Mark::read(&mark).map_err(at(&mark))?.unwrap_or_default().next;
    let numbers = Segment::all(&folder).map_err(at(&folder))?;
    let (contents, fault) = read_whole(&folder, &numbers, promised);
    Ok(Inspected {
        settings: contents.settings.clone(),
        indexes: contents.places.keys().copied().collect(),
        record: Box::new(move |index| {
            Ok(contents::read(contents.find(index..index + 1))?.pop().map(|(_, record)| record))
        }),
        fault,
    })
}
