/// What of a table is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// These columns, in this order; those of the table when empty.
    pub columns: Vec<String>,
    pub without_headers: bool,
    /// Every column, nothing cut.
    pub wide: bool,
}
