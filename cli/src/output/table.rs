use super::color::{Meaning, Paint};
use super::text::{fit, pad, width};

/// Aligned columns under upper-case headers.
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// One field of a row.
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
        Self { headers: headers.into(), rows: Vec::new() }
    }

    /// Adds a row with one cell a header.
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
        let mut text = line(&headers, &widths, paint);
        for row in &self.rows {
            text += &line(row, &widths, paint);
        }
        text
    }

    fn natural(&self) -> Vec<usize> {
        let widest = |(index, header): (usize, &&str)| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            cells.map(|cell| width(&cell.text)).max().unwrap_or(0).max(width(header))
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
