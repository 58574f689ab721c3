use config::suggest::nearest;

use super::color::{Meaning, Paint};
use super::layout::Layout;
use super::text::{fit, pad, width};
use crate::error::Error;

/// Aligned columns under upper-case headers.
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    /// Columns at the end that are shown only when asked for.
    extra: usize,
    headless: bool,
}

/// One field of a row.
#[derive(Clone)]
pub struct Cell {
    text: String,
    meaning: Option<Meaning>,
}

/// Between two columns.
const GAP: usize = 2;
/// No column is cut further.
const LEAST: usize = 6;

impl Cell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), meaning: None }
    }

    pub fn colored(text: impl Into<String>, meaning: Option<Meaning>) -> Self {
        Self { text: text.into(), meaning }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

impl Table {
    pub fn new<const N: usize>(headers: [&'static str; N]) -> Self {
        Self { headers: headers.into(), rows: Vec::new(), extra: 0, headless: false }
    }

    /// The last `count` columns are shown only in the wide form, or by name.
    pub fn extra(mut self, count: usize) -> Self {
        self.extra = count;
        self
    }

    /// The columns that are asked for, in that order.
    pub fn laid(mut self, layout: &Layout) -> Result<Self, Error> {
        let shown = self.headers.len() - if layout.wide { 0 } else { self.extra };
        let picked: Vec<usize> = match layout.columns.is_empty() {
            true => (0..shown).collect(),
            false => layout.columns.iter().map(|name| self.find(name)).collect::<Result<_, _>>()?,
        };
        self.pick(&picked);
        self.headless = layout.without_headers;
        Ok(self)
    }

    fn find(&self, name: &str) -> Result<usize, Error> {
        let wanted = name.to_uppercase();
        if let Some(index) = self.headers.iter().position(|header| *header == wanted) {
            return Ok(index);
        }
        let error = Error::usage(format!("there is no column `{name}`"));
        Err(match nearest(&wanted, self.headers.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{}`?", near.to_lowercase())),
            None => error.hint(format!("columns: {}", self.headers.join(",").to_lowercase())),
        })
    }

    fn pick(&mut self, picked: &[usize]) {
        self.headers = picked.iter().map(|index| self.headers[*index]).collect();
        for row in &mut self.rows {
            *row = picked.iter().filter_map(|index| row.get(*index).cloned()).collect();
        }
        self.extra = 0;
    }

    /// Adds a row with one cell a header, those of the extra columns too.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The text, one line a row. Given a width, the widest columns are cut until all fit, but never the first: it
    /// names the row.
    pub fn render(&self, columns: Option<usize>, paint: Paint) -> String {
        let mut widths = self.natural();
        if let Some(columns) = columns {
            shrink(&mut widths, columns);
        }
        let headers = self.headers.iter().map(|header| Cell::new(*header)).collect::<Vec<_>>();
        let mut text = match self.headless {
            true => String::new(),
            false => line(&headers, &widths, paint),
        };
        for row in &self.rows {
            text += &line(row, &widths, paint);
        }
        text
    }

    fn natural(&self) -> Vec<usize> {
        let widest = |(index, header): (usize, &&str)| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let header = if self.headless { 0 } else { width(header) };
            cells.map(|cell| width(&cell.text)).max().unwrap_or(0).max(header)
        };
        self.headers.iter().enumerate().map(widest).collect()
    }
}

fn line(cells: &[Cell], widths: &[usize], paint: Paint) -> String {
    let mut text = String::new();
    let last = cells.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
    for (index, (cell, columns)) in cells.iter().zip(widths).take(last + 1).enumerate() {
        let shown = fit(&cell.text, *columns);
        let padding = if index == last { 0 } else { columns - width(&shown) + GAP };
        let shown = cell.meaning.map_or_else(|| shown.clone(), |meaning| paint.of(meaning, &shown));
        text += &pad(&shown, width(&shown) + padding);
    }
    text + "\n"
}

fn shrink(widths: &mut [usize], columns: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > columns {
        let Some(widest) = widths.iter_mut().skip(1).max().filter(|widest| **widest > LEAST) else {
            return;
        };
        *widest -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["ID", "STATUS", "ERROR"]);
        table.row(["1".into(), Cell::colored("ok", Some(Meaning::Good)), "".into()]);
        table.row(["22".into(), "failed".into(), "task `build` failed: exit 2".into()]);
        table
    }

    fn laid(layout: Layout) -> Result<String, Error> {
        Ok(table().extra(1).laid(&layout)?.render(None, Paint::OFF))
    }

    #[test]
    fn columns_can_be_chosen_and_headers_left_out() {
        insta::assert_snapshot!(laid(Layout::default()).unwrap(), @r"
        ID  STATUS
        1   ok
        22  failed
        ");
        let wide = Layout { wide: true, ..Layout::default() };
        assert_eq!(laid(wide).unwrap(), table().render(None, Paint::OFF));
        let columns = vec!["error".to_owned(), "id".to_owned()];
        let chosen = Layout { columns, without_headers: true, ..Layout::default() };
        insta::assert_snapshot!(laid(chosen).unwrap(), @r"
                                     1
        task `build` failed: exit 2  22
        ");
        let columns = vec!["stats".to_owned()];
        let error = laid(Layout { columns, ..Layout::default() }).unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean `status`?"));
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_lines_have_no_trailing_blanks() {
        insta::assert_snapshot!(table().render(None, Paint::OFF), @r"
        ID  STATUS  ERROR
        1   ok
        22  failed  task `build` failed: exit 2
        ");
    }

    #[test]
    fn the_widest_column_is_cut_to_fit_the_terminal() {
        insta::assert_snapshot!(table().render(Some(24), Paint::OFF), @r"
        ID  STATUS  ERROR
        1   ok
        22  failed  task `build…
        ");
    }

    #[test]
    fn an_empty_table_has_its_headers() {
        assert_eq!(Table::new(["A", "B"]).render(Some(3), Paint::OFF), "A  B\n");
    }
}
