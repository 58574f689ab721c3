//! Where the join token comes from.

use std::path::Path;

use node::Token;
use web::wire::Time;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::time;
use crate::values::text_of;

/// How every token begins, whatever its version.
const FAMILY: &str = "sloth1";
/// Other users of the machine see command lines: what stands there must be worthless soon, in milliseconds.
const LITERAL_MAX: u64 = 3_600_000;
/// Clocks of two machines differ a little, in milliseconds.
const SKEW: u64 = 60_000;

/// The token that the command line or the environment names; none when there is none.
pub fn token(
    flag: Option<&str>,
    variable: Option<String>,
    now: Time,
) -> Result<Option<Token>, Error> {
    let Some(given) = flag else { return variable.map(|text| parse(&text)).transpose() };
    if given == "-" || Path::new(given).exists() {
        return parse(&text_of(Path::new(given))?).map(Some);
    }
    if !given.starts_with(FAMILY) {
        let message = format!("--join {given}: neither a join token nor a file with one");
        return Err(Error::usage(message).hint("make one with `sloth cluster token`"));
    }
    let token = parse(given)?;
    let expires = Time(token.expires.saturating_mul(1_000));
    if is_short_lived(token.uses, expires, now) {
        return Ok(Some(token));
    }
    let left = time::short(time::between(now, expires));
    let message = format!(
        "this token lets in {} for {left}, so it must not stand on a command line, where others can read it",
        crate::output::text::count(token.uses as usize, "node")
    );
    Err(Error::new(Exit::Denied, message).hint("put it into a file: sloth node --join FILE"))
}

/// Whether a token may stand on a command line.
fn is_short_lived(uses: u32, expires: Time, now: Time) -> bool {
    uses == 1 && expires.0 <= now.0 + LITERAL_MAX + SKEW
}

fn parse(text: &str) -> Result<Token, Error> {
    let parsed = text.trim().parse::<Token>();
    parsed.map_err(|error| {
        Error::usage(crate::error::chain(&error)).hint("make one with `sloth cluster token`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_800_000_000_000);

    #[test]
    fn what_is_neither_token_nor_file_is_refused_with_what_to_do() {
        assert_eq!(token(None, None, NOW).unwrap(), None);
        let error = token(Some("web-1"), None, NOW).unwrap_err();
        assert_eq!(error.message, "--join web-1: neither a join token nor a file with one");
        assert_eq!(token(Some("sloth1"), None, NOW).unwrap_err().exit, Exit::Usage);
        assert_eq!(token(None, Some("nonsense".into()), NOW).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn only_a_token_for_one_node_and_one_hour_may_stand_on_a_command_line() {
        let within = |minutes: u64| Time(NOW.0 + minutes * 60_000);
        assert!(is_short_lived(1, within(60), NOW));
        assert!(!is_short_lived(2, within(10), NOW));
        assert!(!is_short_lived(1, within(120), NOW));
    }
}
