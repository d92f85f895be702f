//! What is being typed: Markdown, and which parts of it stand for people.
//!
//! Pure. Places are byte offsets into the text; [`from_utf16`] and [`to_utf16`] translate those of the browser.

use std::ops::Range;

use ruma::OwnedUserId;
use trellis_model::protocol::{Draft, DraftMode};

/// A name in the text that stands for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) user_id: OwnedUserId,
    pub(crate) range: Range<usize>,
}

/// Text with mentions in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ComposerText {
    text: String,
    mentions: Vec<Mention>,
}

impl ComposerText {
    /// The text of a draft. A draft names people by how they are written, so their places are found again in order.
    pub(crate) fn restore(draft: &Draft) -> Self {
        let mut from = 0;
        let mut mentions = Vec::new();
        for (user_id, name) in &draft.mentions {
            let Some(at) = draft.body[from..].find(name.as_str()).filter(|_| !name.is_empty()) else { continue };
            let range = from + at..from + at + name.len();
            from = range.end;
            mentions.push(Mention { user_id: user_id.clone(), range });
        }
        Self { text: draft.body.clone(), mentions }
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), mentions: Vec::new() }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    #[cfg(test)]
    pub(crate) fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Nothing that could be sent.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The text after the person changed it to `new` in some way: what changed is found between the longest common
    /// beginning and end. A mention that was touched is plain text from then on.
    pub(crate) fn changed_to(&mut self, new: &str) {
        let old = self.text.as_str();
        let prefix = common_prefix(old, new);
        let suffix = common_suffix(&old[prefix..], &new[prefix..]);
        let replaced = prefix..old.len() - suffix;
        let inserted = new[prefix..new.len() - suffix].to_owned();
        self.replace(replaced, &inserted);
    }

    /// Puts `with` in the place of `range`; the place after it.
    pub(crate) fn replace(&mut self, range: Range<usize>, with: &str) -> usize {
        self.mentions.retain(|mention| mention.range.end <= range.start || mention.range.start >= range.end);
        for mention in &mut self.mentions {
            if mention.range.start >= range.end {
                mention.range.start = mention.range.start - range.len() + with.len();
                mention.range.end = mention.range.end - range.len() + with.len();
            }
        }
        self.text.replace_range(range.clone(), with);
        range.start + with.len()
    }

    /// Puts a person's name, and a space, in the place of `range`; the place after them. At the beginning a colon
    /// follows the name, as one speaks to somebody.
    pub(crate) fn insert_mention(&mut self, range: Range<usize>, user_id: OwnedUserId, name: &str) -> usize {
        let start = range.start;
        let follows = if start == 0 { ": " } else { " " };
        let rest = &self.text[range.end..];
        let follows = if rest.starts_with(char::is_whitespace) { follows.trim_end() } else { follows };
        let caret = self.replace(range, &format!("{name}{follows}"));
        let at = self.mentions.partition_point(|mention| mention.range.start < start);
        self.mentions.insert(at, Mention { user_id, range: start..start + name.len() });
        caret
    }

    /// The draft to store or send; `None` when there is nothing to keep.
    pub(crate) fn draft(&self, mode: DraftMode) -> Option<Draft> {
        if self.is_blank() && mode == DraftMode::Message {
            return None;
        }
        let mentions = self.mentions.iter();
        let mentions = mentions.map(|mention| (mention.user_id.clone(), self.text[mention.range.clone()].to_owned()));
        Some(Draft { body: self.text.clone(), mentions: mentions.collect(), mode })
    }
}

fn common_prefix(a: &str, b: &str) -> usize {
    let same = a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b);
    same.map_or(a.len().min(b.len()), |((at, _), _)| at)
}

fn common_suffix(a: &str, b: &str) -> usize {
    a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}

/// A place counted in UTF-16 units, as the browser does, as byte offset.
pub(crate) fn from_utf16(text: &str, units: u32) -> usize {
    let mut left = units as usize;
    for (at, c) in text.char_indices() {
        if left == 0 {
            return at;
        }
        left = left.saturating_sub(c.len_utf16());
    }
    text.len()
}

/// A byte offset as the browser counts.
pub(crate) fn to_utf16(text: &str, at: usize) -> u32 {
    let units: usize = text[..at].chars().map(char::len_utf16).sum();
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
