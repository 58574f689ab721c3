//! Which nodes: label expressions and name patterns.

mod parse;
mod pattern;

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Error, Labels, Name};

pub use parse::parse;
pub use pattern::Pattern;

/// A label expression: every term must hold. Stored and sent as its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expr(Vec<Term>);

/// One condition on one label; the key `name` is the node's own name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// `gpu`
    Has(Name),
    /// `!gpu`
    Lacks(Name),
    /// `role=web`
    Equals(Name, String),
    /// `zone!=b`; holds also where the label is absent.
    Differs(Name, String),
    /// `role in (web,api)`
    In(Name, Vec<String>),
    /// `name~web-*`
    Like(Name, Pattern),
}

impl Expr {
    pub fn terms(&self) -> &[Term] {
        &self.0
    }

    /// Whether a node of this name and these labels is meant.
    pub fn matches(&self, labels: &Labels, name: &Name) -> bool {
        self.0.iter().all(|term| term.holds(labels, name))
    }
}

impl Term {
    fn holds(&self, labels: &Labels, name: &Name) -> bool {
        let value = |key: &Name| match &**key {
            Labels::NODE_NAME => Some(name.as_str()),
            key => labels.get(key),
        };
        let present = |key: &Name| *key == Labels::NODE_NAME || labels.contains(key);
        match self {
            Self::Has(key) => present(key),
            Self::Lacks(key) => !present(key),
            Self::Equals(key, wanted) => value(key) == Some(wanted),
            Self::Differs(key, wanted) => value(key) != Some(wanted),
            Self::In(key, wanted) => wanted.iter().any(|wanted| value(key) == Some(wanted)),
            Self::Like(key, pattern) => value(key).is_some_and(|value| pattern.matches(value)),
        }
    }
}

/// The text that parses back to the same expression.
impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        join(f, &self.0)
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Has(key) => write!(f, "{key}"),
            Self::Lacks(key) => write!(f, "!{key}"),
            Self::Equals(key, value) => write!(f, "{key}={}", Quoted(value)),
            Self::Differs(key, value) => write!(f, "{key}!={}", Quoted(value)),
            Self::Like(key, pattern) => write!(f, "{key}~{pattern}"),
            Self::In(key, values) => {
                write!(f, "{key} in (")?;
                join(f, values.iter().map(|value| Quoted(value)))?;
                f.write_str(")")
            }
        }
    }
}

fn join<T: Display>(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    for (position, item) in items.into_iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        write!(f, "{comma}{item}")?;
    }
    Ok(())
}

/// A value, in quotes where it would not read back without.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(parse::is_bare) {
            return f.write_str(self.0);
        }
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

impl FromStr for Expr {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text)
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(expr: &str, labels: &str) -> bool {
        parse(expr).unwrap().matches(&labels.parse().unwrap(), &Name::new("n1").unwrap())
    }

    #[test]
    fn every_form_selects_what_it_says() {
        let labels = "role=web,zone=a,gpu";
        for expr in [
            "role=web",
            "role = web",
            "role in (web,api)",
            "role in ( api , web )",
            "zone!=b",
            "disk!=ssd",
            "gpu",
            "!disk",
            "gpu,role=web , zone!=b",
            "name=n1",
            "name in (n1,n2)",
            "name",
            "name~n*",
            "role~w*b",
            "role=\"web\"",
        ] {
            assert!(matches(expr, labels), "{expr}");
        }
        for expr in [
            "role=api",
            "role in (api)",
            "zone!=a",
            "disk",
            "!gpu",
            "gpu,disk",
            "gpu=\"\"",
            "gpu=x",
            "name!=n1",
            "name~m*",
            "disk~*",
            "!name",
        ] {
            assert!(!matches(expr, labels), "{expr}");
        }
    }

    #[test]
    fn values_with_spaces_are_quoted() {
        let labels: Labels = "zone=eu west".parse().unwrap();
        let expr = parse(r#"zone="eu west""#).unwrap();
        assert!(expr.matches(&labels, &Name::new("n").unwrap()));
        assert_eq!(expr.to_string(), r#"zone="eu west""#);
    }

    #[test]
    fn stored_and_sent_as_text() {
        let expr = parse("role in (web,api), !gpu").unwrap();
        let json = serde_json::to_string(&expr).unwrap();
        assert_eq!(json, r#""role in (web,api),!gpu""#);
        assert_eq!(serde_json::from_str::<Expr>(&json).unwrap(), expr);
        assert!(serde_json::from_str::<Expr>("\"\"").is_err());
    }

    fn term() -> impl Strategy<Value = Term> {
        let key = || "[a-z][a-z0-9-]{0,8}[a-z0-9]".prop_map(|text| Name::new(&text).unwrap());
        let value = || "[ -~é\u{a0}]{0,6}";
        prop_oneof![
            key().prop_map(Term::Has),
            key().prop_map(Term::Lacks),
            (key(), value()).prop_map(|(key, value)| Term::Equals(key, value)),
            (key(), value()).prop_map(|(key, value)| Term::Differs(key, value)),
            (key(), prop::collection::vec(value(), 1..4)).prop_map(|(k, v)| Term::In(k, v)),
        ]
    }

    proptest! {
        #[test]
        fn every_expression_reads_back(terms in prop::collection::vec(term(), 1..6)) {
            let expr = Expr(terms);
            prop_assert_eq!(parse(&expr.to_string()).unwrap(), expr);
        }

        #[test]
        fn a_term_and_its_opposite_never_agree(key in "[a-c]", value in "[xy]") {
            for (one, other) in [
                (format!("{key}={value}"), format!("{key}!={value}")),
                (key.clone(), format!("!{key}")),
            ] {
                prop_assert_ne!(matches(&one, "a=x,b"), matches(&other, "a=x,b"));
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", near in "[ab=!,() \"\\\\in]{0,30}") {
            let _ = (parse(&text), parse(&near));
        }
    }
}
