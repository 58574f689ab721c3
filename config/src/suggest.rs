//! Did you mean.

/// The candidate nearest to a mistyped word, if one is near: at most a third of it differs.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(WORD).collect();
    // A word of which nothing is left was not mistyped.
    let allowed = word.len().div_ceil(3).min(word.len().saturating_sub(1));
    let near = candidates.into_iter().map(|candidate| (distance(&word, candidate), candidate));
    near.filter(|(distance, _)| *distance <= allowed).min().map(|(_, candidate)| candidate)
}

/// Longer words are cut, so that hostile input costs nothing.
const WORD: usize = 128;

/// Insertions, deletions, replacements and swaps of neighbours between two words, ignoring case.
fn distance(word: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().take(WORD).collect();
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for row in 0..word.len() {
        let mut current = vec![row + 1];
        for column in 0..other.len() {
            let same = word[row].eq_ignore_ascii_case(&other[column]);
            let mut best = last[column] + usize::from(!same);
            best = best.min(last[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && swapped(&word[row - 1..=row], &other[column - 1..=column]) {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut last, current);
    }
    last[other.len()]
}

fn swapped(one: &[char], other: &[char]) -> bool {
    one[0].eq_ignore_ascii_case(&other[1]) && one[1].eq_ignore_ascii_case(&other[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found() {
        let known = ["voters", "heartbeat", "snapshot_every"];
        assert_eq!(nearest("votres", known), Some("voters"));
        assert_eq!(nearest("hartbeat", known), Some("heartbeat"));
        assert_eq!(nearest("Snapshot-Every", known), Some("snapshot_every"));
    }

    #[test]
    fn what_is_far_is_not_suggested() {
        assert_eq!(nearest("colour", ["voters", "heartbeat"]), None);
        assert_eq!(nearest("", ["voters"]), None);
        assert_eq!(nearest("x", ["y", "xyz"]), None);
        assert_eq!(nearest("word", []), None);
    }
}
