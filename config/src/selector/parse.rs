use super::{Expr, Pattern, Term};
use crate::name::is_name_char;
use crate::{Error, Name, limits};

/// Reads `role=web, role in (web,api), zone!=b, name~web-*, gpu, !gpu`; errors give the column.
pub fn parse(text: &str) -> Result<Expr, Error> {
    let refused = |at: usize, reason| {
        let column = text[..at].chars().count() + 1;
        Error::Selector { text: text.into(), column, reason }
    };
    if text.len() > limits::SELECTOR_BYTES {
        return Err(refused(0, "it is longer than 1024 bytes"));
    }
    let mut cursor = Cursor { text, at: 0 };
    cursor.expression().map_err(|reason| refused(cursor.at, reason))
}

/// Whether a value may contain this character without quotes.
pub(super) fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, ',' | '(' | ')' | '=' | '!' | '"')
}

type Parsed<T> = Result<T, &'static str>;

/// The text and the byte up to which it was read.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn expression(&mut self) -> Parsed<Expr> {
        let mut terms = vec![self.term()?];
        while self.take(",") {
            terms.push(self.term()?);
        }
        if self.rest().is_empty() { Ok(Expr(terms)) } else { Err("expected ',' or the end") }
    }

    fn term(&mut self) -> Parsed<Term> {
        if self.take("!") {
            return self.key().map(Term::Lacks);
        }
        let key = self.key()?;
        if self.take("!=") {
            return Ok(Term::Differs(key, self.value()?));
        }
        if self.take("=") {
            return Ok(Term::Equals(key, self.value()?));
        }
        if self.take("~") {
            let pattern = Pattern::new(&self.value()?);
            return Ok(Term::Like(key, pattern.map_err(|_| "expected a pattern such as web-*")?));
        }
        if self.take_word("in") {
            return Ok(Term::In(key, self.values()?));
        }
        Ok(Term::Has(key))
    }

    fn key(&mut self) -> Parsed<Name> {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c| !is_name_char(c)).unwrap_or(rest.len());
        let name = Name::new(&rest[..end]).map_err(|_| "expected a label's name")?;
        self.at += end;
        self.skip_space();
        Ok(name)
    }

    fn values(&mut self) -> Parsed<Vec<String>> {
        if !self.take("(") {
            return Err("expected '(' after 'in'");
        }
        let mut values = vec![self.value()?];
        while self.take(",") {
            values.push(self.value()?);
        }
        if self.take(")") { Ok(values) } else { Err("expected ',' or ')'") }
    }

    fn value(&mut self) -> Parsed<String> {
        self.skip_space();
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let rest = self.rest();
        let end = rest.find(|c| !is_bare(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err("expected a value");
        }
        self.at += end;
        Ok(rest[..end].into())
    }

    fn quoted(&mut self) -> Parsed<String> {
        let mut value = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = characters.next() {
            match c {
                '"' => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                c => value.push(c),
            }
        }
        Err("this quote is never closed")
    }

    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        self.at += if found { symbol.len() } else { 0 };
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let after = self.rest().strip_prefix(word);
        let found = after.is_some_and(|after| !after.starts_with(is_name_char));
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_point_at_the_column() {
        let cases = [
            ("", 1, "expected a label's name"),
            ("a,", 3, "expected a label's name"),
            ("a, =b", 4, "expected a label's name"),
            ("role=", 6, "expected a value"),
            ("é", 1, "expected a label's name"),
            ("a=é b", 5, "expected ',' or the end"),
            ("a in web", 6, "expected '(' after 'in'"),
            ("a in ()", 7, "expected a value"),
            ("a in (b", 8, "expected ',' or ')'"),
            ("a==b", 3, "expected a value"),
            ("a=\"b", 3, "this quote is never closed"),
            ("a not in (b)", 3, "expected ',' or the end"),
            ("web-*", 5, "expected ',' or the end"),
            ("name~", 6, "expected a value"),
            ("name~a%b", 9, "expected a pattern such as web-*"),
        ];
        for (text, wanted, why) in cases {
            let Err(Error::Selector { column, reason, .. }) = parse(text) else {
                panic!("{text:?} was accepted");
            };
            assert_eq!((column, reason), (wanted, why), "{text:?}");
        }
    }

    #[test]
    fn a_label_may_be_called_in() {
        assert_eq!(parse("in").unwrap().to_string(), "in");
        assert_eq!(parse("in in (in)").unwrap().to_string(), "in in (in)");
        assert_eq!(parse("inner").unwrap().to_string(), "inner");
    }

    #[test]
    fn long_text_is_refused() {
        assert!(parse(&"a,".repeat(600)).is_err());
    }
}
