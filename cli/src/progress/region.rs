use crate::output::terminal::{
    CLEAR_BELOW, CLEAR_REST, CURSOR_OFF, CURSOR_ON, WRAP_OFF, WRAP_ON, up,
};

/// The lines at the bottom of the terminal that are drawn again and again. What is written above them stays.
#[derive(Default)]
pub struct Region {
    drawn: Vec<String>,
}

impl Region {
    /// The text that puts `above` into the scrollback and shows `lines` below; nothing when nothing changed.
    pub fn draw(&mut self, above: &[String], lines: Vec<String>) -> String {
        if above.is_empty() && lines == self.drawn {
            return String::new();
        }
        let mut text = format!("{CURSOR_OFF}{}{CLEAR_BELOW}", up(self.drawn.len()));
        for line in above {
            text += &format!("{line}\n");
        }
        text += WRAP_OFF;
        for line in &lines {
            text += &format!("{line}{CLEAR_REST}\n");
        }
        self.drawn = lines;
        text + WRAP_ON + CURSOR_ON
    }

    /// The text that removes the region and leaves the cursor where it was.
    pub fn clear(&mut self) -> String {
        match std::mem::take(&mut self.drawn).len() {
            0 => String::new(),
            rows => format!("{}{CLEAR_BELOW}{CURSOR_ON}", up(rows)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a terminal shows after `text`, without the cursor's own switches.
    fn shown(screen: &mut Vec<String>, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('\n') {
                screen.push(String::new());
                rest = after;
            } else if let Some(after) = rest.strip_prefix("\x1b[") {
                let end = after.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                if &after[end..=end] == "F" {
                    let rows: usize = after[..end].parse().unwrap();
                    screen.truncate(screen.len() - rows);
                    screen.last_mut().unwrap().clear();
                }
                rest = &after[end + 1..];
            } else {
                let c = rest.chars().next().unwrap();
                if c != '\r' {
                    screen.last_mut().unwrap().push(c);
                }
                rest = &rest[c.len_utf8()..];
            }
        }
    }

    #[test]
    fn what_is_above_stays_and_what_is_below_is_replaced() {
        let (mut region, mut screen) = (Region::default(), vec![String::new()]);
        let lines =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        shown(&mut screen, &region.draw(&[], lines(&["a 1s", "b 1s", "2 running"])));
        shown(&mut screen, &region.draw(&lines(&["a done"]), lines(&["b 2s", "1 running"])));
        assert_eq!(screen, ["a done", "b 2s", "1 running", ""]);
        assert_eq!(region.draw(&[], lines(&["b 2s", "1 running"])), "");
        shown(&mut screen, &region.clear());
        shown(&mut screen, "end\n");
        assert_eq!(screen, ["a done", "end", ""]);
        assert_eq!(region.clear(), "");
    }
}
