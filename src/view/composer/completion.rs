//! What could be completed where the caret is.
//!
//! Pure: it finds the beginning of a name or a shortcode; who or what it may stand for is looked up elsewhere.

use std::ops::Range;

/// Something that was begun before the caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Completion {
    /// `@an`: a person. The range includes the sign, the text does not.
    Member { range: Range<usize>, text: String },
    /// `:smi`: an emoji.
    Emoji { range: Range<usize>, text: String },
}

impl Completion {
    /// What stands before `caret` and could be completed.
    pub(crate) fn at(text: &str, caret: usize) -> Option<Self> {
        let before = text.get(..caret)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let (sign, range) = before[line..]
            .char_indices()
            .rev()
            .map(|(at, c)| (at + line, c))
            .find(|(at, c)| matches!(c, '@' | ':') && begins_word(&before[..*at]))
            .map(|(at, c)| (c, at..caret))?;
        let typed = &before[range.start + 1..];
        match sign {
            '@' => is_name(typed).then(|| Self::Member { range, text: typed.to_owned() }),
            _ => is_shortcode(typed).then(|| Self::Emoji { range, text: typed.to_ascii_lowercase() }),
        }
    }

    /// Where the result goes.
    pub(crate) fn range(&self) -> Range<usize> {
        let (Self::Member { range, .. } | Self::Emoji { range, .. }) = self;
        range.clone()
    }
}

/// The emoji of a shortcode that was closed by the colon just typed, and its place: `:smile:`.
pub(crate) fn closed_shortcode(text: &str, caret: usize) -> Option<(Range<usize>, &str)> {
    let name = text.get(..caret)?.strip_suffix(':')?;
    let start = name.rfind(':')?;
    let code = &name[start + 1..];
    (is_shortcode(code) && begins_word(&name[..start])).then_some((start..caret, code))
}

fn begins_word(before: &str) -> bool {
    before.chars().next_back().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '{' | '"' | '*' | '_' | '~'))
}

/// A name may have one space in it: more is a sentence.
fn is_name(typed: &str) -> bool {
    typed.chars().filter(|c| c.is_whitespace()).count() <= 1
        && !typed.starts_with(char::is_whitespace)
        && typed.chars().count() <= 40
}

fn is_shortcode(typed: &str) -> bool {
    typed.len() >= 2 && typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_end(text: &str) -> Option<Completion> {
        Completion::at(text, text.len())
    }

    #[test]
    fn an_at_sign_begins_a_person() {
        assert_eq!(at_end("hi @an"), Some(Completion::Member { range: 3..6, text: "an".into() }));
        assert_eq!(at_end("@"), Some(Completion::Member { range: 0..1, text: String::new() }));
        assert_eq!(at_end("@Ann Sm"), Some(Completion::Member { range: 0..7, text: "Ann Sm".into() }));
    }

    #[test]
    fn an_address_and_a_sentence_are_no_person() {
        assert_eq!(at_end("ann@example"), None);
        assert_eq!(at_end("@ann was here"), None);
        assert_eq!(at_end("@\nann"), None);
    }

    #[test]
    fn a_colon_and_two_letters_begin_an_emoji() {
        assert_eq!(at_end("so :Smi"), Some(Completion::Emoji { range: 3..7, text: "smi".into() }));
        assert_eq!(at_end("so :D"), None);
        assert_eq!(at_end("12:30"), None);
    }

    #[test]
    fn a_closing_colon_ends_a_shortcode() {
        assert_eq!(closed_shortcode("so :smile:", 10), Some((3..10, "smile")));
        assert_eq!(closed_shortcode("a:smile:", 8), None);
        assert_eq!(closed_shortcode("10:20:", 6), None);
    }
}
