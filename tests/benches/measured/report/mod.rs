mod row;
mod sample;

pub use row::{Aim, Row, Unit};
pub use sample::Sample;

/// Rows as a table in Markdown.
pub fn table(rows: &[Row]) -> String {
    let head = ["what", "sloth", "beside it", "sloth ÷ it", "aim"].map(str::to_owned);
    let rule = ["---", "---:", "---:", "---:", "---"].map(str::to_owned);
    let cells = [head, rule].into_iter().chain(rows.iter().map(Row::cells));
    let lines: Vec<String> = cells.map(|cells| format!("| {} |", cells.join(" | "))).collect();
    lines.join("\n")
}
