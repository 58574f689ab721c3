/// A decimal number kept exact: `digits` / 10^`places`.
pub(crate) struct Decimal {
    digits: u128,
    places: u32,
}

pub(crate) const NO_NUMBER: &str = "it does not begin with a number";

impl Decimal {
    /// The number at the beginning of a text, and what follows it.
    pub(crate) fn split(text: &str) -> Result<(Self, &str), &'static str> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, rest) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(NO_NUMBER);
        }
        let places = u32::try_from(fraction.len()).map_err(|_| "too many digits")?;
        let digits = format!("{whole}{fraction}");
        let digits = digits.parse().map_err(|_| "a number has too many digits or points")?;
        Ok((Self { digits, places }, rest))
    }

    /// The product, its fraction cut off; `None` beyond 128 bits.
    pub(crate) fn times(&self, unit: u128) -> Option<u128> {
        Some(self.digits.checked_mul(unit)? / 10u128.checked_pow(self.places)?)
    }
}
