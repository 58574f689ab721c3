//! Unix groups by name, as the local file lists them.

use std::fs;

const GROUPS: &str = "/etc/group";

/// The number of a group.
pub fn id(name: &str) -> Option<u32> {
    find(&fs::read_to_string(GROUPS).ok()?, |entry| entry.0 == name).map(|entry| entry.1)
}

/// The name of a group.
pub fn name(id: u32) -> Option<String> {
    find(&fs::read_to_string(GROUPS).ok()?, |entry| entry.1 == id).map(|entry| entry.0.to_owned())
}

fn find<'a>(text: &'a str, matches: impl Fn(&(&'a str, u32)) -> bool) -> Option<(&'a str, u32)> {
    text.lines().filter_map(parse).find(|entry| matches(entry))
}

/// `name:password:number:members`
fn parse(line: &str) -> Option<(&str, u32)> {
    let mut fields = line.split(':');
    let name = fields.next()?;
    Some((name, fields.nth(1)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_name_and_by_number() {
        let text = "root:x:0:\n# note\nsloth:x:990:ann,bob\n";
        assert_eq!(find(text, |entry| entry.0 == "sloth"), Some(("sloth", 990)));
        assert_eq!(find(text, |entry| entry.1 == 0), Some(("root", 0)));
        assert_eq!(find(text, |entry| entry.0 == "x"), None);
    }
}
