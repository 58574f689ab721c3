//! Sizes in bytes as people write them: `512B`, `64KiB`, `1.5GB`.

use crate::Error;
use crate::decimal::Decimal;

const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Reads a number of bytes with a unit (`B KB MB GB TB KiB MiB GiB TiB`, none means bytes).
pub fn parse(text: &str) -> Result<u64, Error> {
    let refused = |reason| Error::Size { text: text.into(), reason };
    let (amount, unit) = Decimal::split(text).map_err(refused)?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let (_, bytes) = unit.ok_or_else(|| {
        refused("units are B, KB, MB, GB, TB (thousands) and KiB, MiB, GiB, TiB (1024s)")
    })?;
    let total = amount.times((*bytes).into()).and_then(|total| u64::try_from(total).ok());
    total.ok_or_else(|| refused("too large"))
}

/// The size for people, in 1024s and rounded to a tenth: `0B`, `64KiB`, `1.5GiB`.
pub fn format(bytes: u64) -> String {
    let scale = UNITS[6..].iter().rev().find(|(_, unit)| bytes >= *unit);
    let Some((name, unit)) = scale else {
        return format!("{bytes}B");
    };
    let tenths = (u128::from(bytes) * 10 + u128::from(*unit) / 2) / u128::from(*unit);
    match tenths % 10 {
        0 => format!("{}{name}", tenths / 10),
        tenth => format!("{}.{tenth}{name}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_write_is_understood() {
        let cases = [
            ("0", 0),
            ("512", 512),
            ("64KiB", 65_536),
            ("1GB", 1_000_000_000),
            ("1.5 MiB", 1_572_864),
            ("10B", 10),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "KiB", "-1", "1K", "1kb", "1.2.3B", "20000000TiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_short_form_is_short() {
        let cases = [(0, "0B"), (1023, "1023B"), (65_536, "64KiB"), (1_572_864, "1.5MiB")];
        for (bytes, text) in cases {
            assert_eq!(format(bytes), text);
        }
    }

    proptest! {
        #[test]
        fn the_short_form_is_near(bytes in any::<u64>()) {
            let back = i128::from(parse(&format(bytes)).unwrap_or(u64::MAX));
            prop_assert!((back - i128::from(bytes)).unsigned_abs() <= u128::from(bytes / 20 + 1));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = parse(&text);
        }
    }
}
