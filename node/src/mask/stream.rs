use std::borrow::Cow;

use super::Masker;

/// A line that is nothing but secrets is handed on nevertheless.
const HELD_MAX: usize = 1 << 20;

/// A line that comes in pieces: a secret that is cut between two of them is found all the same.
#[derive(Default)]
pub struct Stream {
    /// The end of what came, not yet handed on: a secret may begin in it.
    held: String,
}

impl Stream {
    /// The next piece, and whether the line ends with it; what can be handed on of it, or nothing yet.
    pub fn push<'a>(
        &mut self,
        masker: &Masker,
        piece: &'a str,
        ends: bool,
    ) -> Option<Cow<'a, str>> {
        if self.held.is_empty() && ends {
            return Some(masker.text(piece));
        }
        let whole = std::mem::take(&mut self.held) + piece;
        if ends {
            return Some(Cow::Owned(masker.text(&whole).into_owned()));
        }
        let back = whole.len().saturating_sub(masker.longest().saturating_sub(1));
        let cut = masker.gap(&whole, whole.floor_char_boundary(back));
        let cut = if cut == 0 && whole.len() > HELD_MAX { whole.len() } else { cut };
        self.held = whole[cut..].to_owned();
        (cut > 0).then(|| Cow::Owned(masker.text(&whole[..cut]).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn streamed(masker: &Masker, pieces: &[&str]) -> String {
        let mut stream = Stream::default();
        let last = pieces.len() - 1;
        let parts = pieces.iter().enumerate();
        parts.filter_map(|(index, piece)| stream.push(masker, piece, index == last)).collect()
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_a_line_is_cut(
            text in "[abä]{0,60}",
            secrets in prop::collection::vec("[abä]{4,9}", 0..4),
            cuts in prop::collection::vec(0usize..60, 0..6),
        ) {
            let masker = Masker::default();
            secrets.iter().for_each(|secret| masker.hide("n", secret).unwrap());
            let mut cuts: Vec<usize> =
                cuts.into_iter().map(|cut| text.floor_char_boundary(cut.min(text.len()))).collect();
            cuts.extend([0, text.len()]);
            cuts.sort();
            let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            let got = streamed(&masker, &pieces);
            for secret in &secrets {
                prop_assert!(!got.contains(secret.as_str()), "{got} holds {secret}");
            }
            prop_assert_eq!(got, masker.text(&text).into_owned());
        }
    }

    #[test]
    fn without_secrets_pieces_pass_as_they_come() {
        let (masker, mut stream) = (Masker::default(), Stream::default());
        assert_eq!(stream.push(&masker, "abc", false).as_deref(), Some("abc"));
        assert_eq!(stream.push(&masker, "def", true).as_deref(), Some("def"));
    }
}
