//! Secrets do not leave a run in clear: one masker looks for them on every way out.

mod forms;
mod stream;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use aho_corasick::AhoCorasick;
use serde_json::{Map, Value};

pub use stream::Stream;

/// What stands in the place of a secret.
const MASK: &str = "***";
/// At the edges of a cut text so much of a secret is hidden as well.
const EDGE_MIN: usize = 8;
/// Shorter texts are not cut by anybody.
const CUT_MIN: usize = 1 << 10;
/// Values looked for in one run; a script that gives more secrets than this to calls is told.
const VALUES_MAX: usize = 1_000;
/// Levels of values in values.
const DEPTH_MAX: usize = 128;

/// What a run must not tell. A cheap handle; what is added is hidden from then on.
#[derive(Clone, Default)]
pub struct Masker(Arc<RwLock<Hidden>>);

#[derive(Default)]
struct Hidden {
    /// Each value with what it is called.
    values: BTreeMap<String, String>,
    /// Made when it is needed: secrets come one after the other.
    search: OnceLock<Option<Arc<Search>>>,
}

/// All forms of all values.
struct Search {
    forms: Vec<Vec<u8>>,
    finder: AhoCorasick,
    longest: usize,
}

/// There are too many values to look for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {VALUES_MAX} secrets in one run")]
pub struct TooMany;

impl Masker {
    /// Hides a value from now on; `name` is what may be said of it.
    pub fn hide(&self, name: &str, value: &str) -> Result<(), TooMany> {
        let mut hidden = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if value.len() < forms::VALUE_MIN || hidden.values.contains_key(value) {
            return Ok(());
        }
        if hidden.values.len() >= VALUES_MAX {
            return Err(TooMany);
        }
        hidden.values.insert(value.to_owned(), name.to_owned());
        hidden.search = OnceLock::new();
        Ok(())
    }

    /// A text without secrets.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.search() {
            Some(search) => search.masked(text, &search.places(text.as_bytes())),
            None => Cow::Borrowed(text),
        }
    }

    /// A text that was cut out of a longer one: also without the beginnings and ends of secrets at its edges.
    pub fn excerpt<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(search) = self.search() else { return Cow::Borrowed(text) };
        let mut places = search.places(text.as_bytes());
        places.extend(search.edges(text.as_bytes()));
        search.masked(text, &merged(places))
    }

    /// A value without secrets, in keys and numbers too.
    pub fn json(&self, value: Value) -> Value {
        match self.search() {
            Some(_) => self.value(value, 0),
            None => value,
        }
    }

    fn value(&self, value: Value, depth: usize) -> Value {
        match value {
            Value::String(text) => Value::String(self.leaf(&text).into_owned()),
            Value::Number(number) => match self.text(&number.to_string()) {
                Cow::Owned(masked) if masked != number.to_string() => Value::String(masked),
                _ => Value::Number(number),
            },
            Value::Array(_) | Value::Object(_) if depth == DEPTH_MAX => Value::String(MASK.into()),
            Value::Array(list) => {
                list.into_iter().map(|value| self.value(value, depth + 1)).collect()
            }
            Value::Object(map) => {
                let entry = |(key, value): (String, Value)| {
                    (self.text(&key).into_owned(), self.value(value, depth + 1))
                };
                Value::Object(map.into_iter().map(entry).collect::<Map<_, _>>())
            }
            other => other,
        }
    }

    /// A long text may have been cut.
    fn leaf<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.len() < CUT_MIN { self.text(text) } else { self.excerpt(text) }
    }

    /// The name of a secret that the bytes hold.
    pub fn held(&self, bytes: &[u8]) -> Option<String> {
        let search = self.search()?;
        search.places(bytes).first()?;
        let hidden = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let holds = |value: &&String| {
            forms::of(value).iter().any(|form| bytes.windows(form.len()).any(|part| part == form))
        };
        let value = hidden.values.keys().find(holds)?;
        hidden.values.get(value).cloned()
    }

    /// Whether nothing is hidden.
    pub fn is_empty(&self) -> bool {
        self.search().is_none()
    }

    /// The longest text that is looked for, in bytes.
    pub fn longest(&self) -> usize {
        self.search().map_or(0, |search| search.longest)
    }

    /// A place at or before `cut` where no secret is cut in two.
    fn gap(&self, text: &str, cut: usize) -> usize {
        let Some(search) = self.search() else { return cut };
        let places = search.places(text.as_bytes());
        let inside = places.iter().find(|place| place.start < cut && cut < place.end);
        text.floor_char_boundary(inside.map_or(cut, |place| place.start))
    }

    fn search(&self) -> Option<Arc<Search>> {
        let hidden = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let make = || Search::new(hidden.values.keys()).map(Arc::new);
        hidden.search.get_or_init(make).clone()
    }
}

impl Search {
    fn new<'a>(values: impl Iterator<Item = &'a String>) -> Option<Search> {
        let forms: BTreeSet<Vec<u8>> = values.flat_map(|value| forms::of(value)).collect();
        let forms: Vec<Vec<u8>> = forms.into_iter().collect();
        let longest = forms.iter().map(Vec::len).max()?;
        let finder = AhoCorasick::new(&forms).ok()?;
        Some(Search { forms, finder, longest })
    }

    /// Where secrets are; places that overlap are one.
    fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        merged(self.finder.find_overlapping_iter(bytes).map(|found| found.range()).collect())
    }

    /// The end of the text where it is the beginning of a secret, its beginning where it is the end of one.
    fn edges(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let cut = bytes.strip_suffix("…".as_bytes()).unwrap_or(bytes);
        let mut edges = Vec::new();
        for form in &self.forms {
            let most = form.len().saturating_sub(1).min(cut.len());
            let ends = (EDGE_MIN..=most).rev().find(|length| cut.ends_with(&form[..*length]));
            edges.extend(ends.map(|length| cut.len() - length..cut.len()));
            let begins = |length: &usize| cut.starts_with(&form[form.len() - length..]);
            edges.extend((EDGE_MIN..=most).rev().find(begins).map(|length| 0..length));
        }
        edges
    }

    fn masked<'a>(&self, text: &'a str, places: &[Range<usize>]) -> Cow<'a, str> {
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut masked, mut from) = (String::with_capacity(text.len()), 0);
        for place in places {
            masked.push_str(&text[from..text.floor_char_boundary(place.start).max(from)]);
            masked.push_str(MASK);
            from = text.ceil_char_boundary(place.end);
        }
        masked.push_str(&text[from..]);
        Cow::Owned(masked)
    }
}

/// In order, none overlapping another.
fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| (place.start, place.end));
    let mut all: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match all.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => all.push(place),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn masker(values: &[&str]) -> Masker {
        let masker = Masker::default();
        values.iter().for_each(|value| masker.hide("name", value).unwrap());
        masker
    }

    #[test]
    fn nothing_hidden_is_nothing_changed() {
        let masker = masker(&["abc"]);
        assert!(masker.is_empty());
        assert!(matches!(masker.text("abc"), Cow::Borrowed("abc")));
    }

    #[test]
    fn secrets_that_overlap_leave_nothing_of_each_other() {
        let masker = masker(&["abcdef", "defghi", "ghijkl"]);
        assert_eq!(masker.text("-abcdefghijkl-"), "-***-");
        assert_eq!(masker.text("abcdef defghi"), "*** ***");
    }

    #[test]
    fn what_is_hidden_later_is_hidden_from_then_on() {
        let masker = masker(&["first"]);
        let same = masker.clone();
        same.hide("n", "second").unwrap();
        assert_eq!(masker.text("first second"), "*** ***");
    }

    #[test]
    fn values_are_masked_in_keys_texts_and_numbers() {
        let masker = masker(&["hunter2", "123456"]);
        let value =
            json!({ "a hunter2": ["x", { "b": "hunter2!" }], "n": 123456, "m": 7, "z": null });
        let masked = json!({ "a ***": ["x", { "b": "***!" }], "n": "***", "m": 7, "z": null });
        assert_eq!(masker.json(value), masked);
    }

    #[test]
    fn a_cut_text_shows_no_piece_of_a_secret() {
        let masker = masker(&["correct-horse-battery"]);
        assert_eq!(masker.excerpt("run correct-hors"), "run ***");
        assert_eq!(masker.excerpt("run correct-hors…"), "run ***…");
        assert_eq!(masker.excerpt("e-battery ran"), "*** ran");
        assert_eq!(masker.excerpt("run correct-horse-battery"), "run ***");
        assert_eq!(masker.excerpt("run corr"), "run corr");
    }

    #[test]
    fn who_holds_a_secret_is_told_its_name() {
        let masker = Masker::default();
        masker.hide("token", "correct horse").unwrap();
        assert_eq!(masker.held(b"x correct%20horse").as_deref(), Some("token"));
        assert_eq!(masker.held(b"wrong horse"), None);
    }

    #[test]
    fn there_is_a_bound() {
        let masker = Masker::default();
        for number in 0..VALUES_MAX {
            masker.hide("n", &format!("{number:09}")).unwrap();
        }
        assert_eq!(masker.hide("n", "one more"), Err(TooMany));
        assert_eq!(masker.hide("n", "000000001"), Ok(()));
    }

    #[test]
    fn characters_are_never_split() {
        let masker = masker(&["äöüß"]);
        assert_eq!(masker.text("ääöüßß"), "ä***ß");
    }
}
