//! What the formatting keys and a line break do to Markdown.
//!
//! Pure: a text and a selection in, what to replace and what to select out.

use std::ops::Range;

/// A change of the text: `with` goes in the place of `replace`, then `select` is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) replace: Range<usize>,
    pub(crate) with: String,
    pub(crate) select: Range<usize>,
}

/// What the formatting keys make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Strong,
    Emphasis,
    Strikethrough,
    Code,
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Self::Strong => "**",
            Self::Emphasis => "_",
            Self::Strikethrough => "~~",
            Self::Code => "`",
        }
    }

    /// Puts the selection between the signs, or takes them away when it stands between them.
    pub(crate) fn toggle(self, text: &str, selection: Range<usize>) -> Edit {
        let selected = &text[selection.clone()];
        if self == Self::Code && selected.contains('\n') {
            return fence(text, selection);
        }
        let sign = self.sign();
        if text[..selection.start].ends_with(sign) && text[selection.end..].starts_with(sign) {
            let start = selection.start - sign.len();
            return Edit {
                replace: start..selection.end + sign.len(),
                with: selected.to_owned(),
                select: start..start + selected.len(),
            };
        }
        if let Some(bare) = selected.strip_prefix(sign).and_then(|rest| rest.strip_suffix(sign)) {
            let select = selection.start..selection.start + bare.len();
            return Edit { replace: selection, with: bare.to_owned(), select };
        }
        let start = selection.start + sign.len();
        Edit { select: start..start + selected.len(), with: format!("{sign}{selected}{sign}"), replace: selection }
    }
}

/// Several lines of code stand between fences of their own lines.
fn fence(text: &str, selection: Range<usize>) -> Edit {
    let selected = &text[selection.clone()];
    let before = if selection.start == 0 || text[..selection.start].ends_with('\n') { "" } else { "\n" };
    let after = if selection.end == text.len() || text[selection.end..].starts_with('\n') { "" } else { "\n" };
    let opening = format!("{before}```\n");
    let start = selection.start + opening.len();
    let end = if selected.ends_with('\n') { "```" } else { "\n```" };
    Edit { select: start..start + selected.len(), with: format!("{opening}{selected}{end}{after}"), replace: selection }
}

/// What a line break does: a list or a quotation goes on, and ends when its line is empty.
pub(crate) fn line_break(text: &str, caret: usize) -> Edit {
    let line_start = text[..caret].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[line_start..caret];
    match Marker::of(line) {
        Some(marker) if line.len() == marker.len => {
            Edit { replace: line_start..caret, with: String::new(), select: line_start..line_start }
        }
        Some(marker) => inserted(caret, format!("\n{}", marker.next)),
        None => inserted(caret, "\n".to_owned()),
    }
}

fn inserted(caret: usize, with: String) -> Edit {
    let end = caret + with.len();
    Edit { replace: caret..caret, with, select: end..end }
}

/// The sign at the beginning of a line, and the one that follows it on the next.
struct Marker {
    len: usize,
    next: String,
}

impl Marker {
    fn of(line: &str) -> Option<Self> {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let (space, rest) = line.split_at(indent);
        if let Some(sign) = ["- ", "* ", "+ ", "> "].into_iter().find(|sign| rest.starts_with(sign)) {
            return Some(Self { len: indent + sign.len(), next: format!("{space}{sign}") });
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = rest[..digits].parse().ok()?;
        let sign = ['.', ')'].into_iter().find(|sign| rest[digits..].starts_with(&format!("{sign} ")))?;
        Some(Self { len: indent + digits + 2, next: format!("{space}{}{sign} ", number.checked_add(1)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the selection in brackets, after `edit`.
    fn drawn(text: &str, edit: &Edit) -> String {
        let mut text = text.to_owned();
        text.replace_range(edit.replace.clone(), &edit.with);
        text.insert(edit.select.end, ']');
        text.insert(edit.select.start, '[');
        text
    }

    fn toggled(mark: Mark, text: &str, selection: Range<usize>) -> String {
        drawn(text, &mark.toggle(text, selection))
    }

    #[test]
    fn a_mark_surrounds_the_selection_and_goes_again() {
        assert_eq!(toggled(Mark::Strong, "so nice it is", 3..7), "so **[nice]** it is");
        assert_eq!(toggled(Mark::Strong, "so **nice** it is", 5..9), "so [nice] it is");
        assert_eq!(toggled(Mark::Strong, "so **nice** it is", 3..11), "so [nice] it is");
        assert_eq!(toggled(Mark::Emphasis, "", 0..0), "_[]_");
    }

    #[test]
    fn several_lines_of_code_are_fenced() {
        assert_eq!(toggled(Mark::Code, "a\nb", 0..3), "```\n[a\nb]\n```");
        assert_eq!(toggled(Mark::Code, "x a\nb y", 2..5), "x \n```\n[a\nb]\n```\n y");
    }

    fn broken(text: &str) -> String {
        drawn(text, &line_break(text, text.len()))
    }

    #[test]
    fn a_list_goes_on_until_a_line_is_empty() {
        assert_eq!(broken("- one"), "- one\n- []");
        assert_eq!(broken("  * one"), "  * one\n  * []");
        assert_eq!(broken("9. nine"), "9. nine\n10. []");
        assert_eq!(broken("> said"), "> said\n> []");
        assert_eq!(broken("- one\n- "), "- one\n[]");
    }

    #[test]
    fn other_lines_break_as_they_are() {
        assert_eq!(broken("one"), "one\n[]");
        assert_eq!(broken("2026. was"), "2026. was\n2027. []");
        assert_eq!(broken("-one"), "-one\n[]");
    }
}
