//! A watcher is told what it missed.

use futures::{Stream, StreamExt, stream};
use node::EventPage;

use super::stream::until_error;
use crate::wire::{Gap, Watched};

/// The events as a watcher receives them; a hole in their numbers is a gap.
pub(super) fn watched(
    after: Option<u64>,
    pages: impl Stream<Item = Result<EventPage, node::Error>>,
) -> impl Stream<Item = Watched> {
    until_error(pages)
        .scan(after, |last, page| std::future::ready(Some(stream::iter(items(last, page)))))
        .flatten()
}

fn items(last: &mut Option<u64>, page: Result<EventPage, node::Error>) -> Vec<Watched> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Watched::Error(Box::new(error.into()))],
    };
    let mut items = Vec::with_capacity(page.events.len());
    for event in page.events {
        let gap = gap(last.replace(event.sequence), event.sequence);
        items.extend(gap.map(Watched::Gap));
        items.push(Watched::Event(event.into()));
    }
    items
}

/// What lies between two events, if anything does.
pub(super) fn gap(last: Option<u64>, next: u64) -> Option<Gap> {
    let from = last?.checked_add(1)?;
    (from < next).then(|| Gap { from, to: next - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hole_is_a_gap() {
        assert_eq!(gap(None, 9), None);
        assert_eq!(gap(Some(8), 9), None);
        assert_eq!(gap(Some(3), 9), Some(Gap { from: 4, to: 8 }));
        assert_eq!(gap(Some(u64::MAX), 9), None);
        assert_eq!(gap(Some(9), 9), None);
    }
}
