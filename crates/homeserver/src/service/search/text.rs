//! Words: what a text is found by.
//!
//! Letters and digits between everything else, without case, marks and width. Chinese, Japanese and
//! Korean are written without spaces: each two neighbors are a word, so that any part of a text is
//! found, and what is found is compared once more with the whole of what was looked for.

use std::collections::BTreeMap;

use serde::Deserialize;
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::Kind;
use crate::service::timeline::StoredEvent;

/// The longest word that is kept, in characters.
const MAXIMUM_LENGTH: usize = 40;
/// The most words that are kept of a text.
const MAXIMUM_WORDS: usize = 2_000;

/// Something that has to be in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The words the index knows it by: one, or each two neighbors.
    pub(super) words: Vec<String>,
    /// The whole.
    pub(super) whole: String,
    /// Whether it may be a part of something longer.
    pub(super) part: bool,
}

/// Letters that belong together.
struct Run {
    text: Vec<char>,
    ideographic: bool,
}

/// What has to be in a text that is looked for by these words.
pub(super) fn terms(text: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    for run in runs(text) {
        let words = words_of(&run, false);
        let term = Term { words, whole: run.text.iter().collect(), part: run.ideographic };
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// The words of a text, and how often each is in it, with their number.
pub(super) fn words(text: &str) -> (BTreeMap<String, usize>, usize) {
    let mut words = BTreeMap::new();
    let mut count = 0;
    for word in runs(text).iter().flat_map(|run| words_of(run, true)).take(MAXIMUM_WORDS) {
        *words.entry(word).or_default() += 1;
        count += 1;
    }
    (words, count)
}

/// Whether the event has what its words promise.
pub(super) fn contains(event: &StoredEvent, terms: &[Term]) -> bool {
    if !terms.iter().any(|term| term.part) {
        return true;
    }
    let Some((_, text)) = searched(event) else { return false };
    let text: String = fold(&text).collect();
    terms.iter().filter(|term| term.part).all(|term| text.contains(&term.whole))
}

/// The words to mark in what was found.
pub(super) fn highlights(terms: &[Term]) -> Vec<String> {
    terms.iter().map(|term| term.whole.clone()).collect()
}

/// What of an event is searched.
pub(super) fn searched(event: &StoredEvent) -> Option<(Kind, String)> {
    #[derive(Deserialize)]
    struct Message {
        body: String,
    }
    #[derive(Deserialize)]
    struct Name {
        name: String,
    }
    #[derive(Deserialize)]
    struct Topic {
        topic: Option<String>,
        #[serde(rename = "m.topic")]
        rich: Option<Rich>,
    }
    #[derive(Deserialize)]
    struct Rich {
        #[serde(rename = "m.text", default)]
        text: Vec<Representation>,
    }
    #[derive(Deserialize)]
    struct Representation {
        body: String,
        mimetype: Option<String>,
    }
    let state = event.state_key.as_deref();
    match (event.event_type.as_str(), state) {
        ("m.room.message", None) => Some((Kind::Body, event.content_as::<Message>()?.body)),
        ("m.room.name", Some("")) => Some((Kind::Name, event.content_as::<Name>()?.name)),
        ("m.room.topic", Some("")) => {
            let Topic { topic, rich } = event.content_as()?;
            let plain = |text: &Representation| text.mimetype.as_deref().is_none_or(|kind| kind == "text/plain");
            let rich = rich.and_then(|rich| rich.text.into_iter().find(plain)).map(|text| text.body);
            let texts: Vec<String> = topic.into_iter().chain(rich).collect();
            Some((Kind::Topic, texts.join("\n")))
        }
        _ => None,
    }
}

/// Without case, marks and width.
fn fold(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfc()
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in fold(text) {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let ideographic = is_ideographic(c);
        match runs.last_mut() {
            Some(run) if open && run.ideographic == ideographic => run.text.push(c),
            _ => runs.push(Run { text: vec![c], ideographic }),
        }
        open = true;
    }
    runs
}

/// The words of a run; of one that is `kept`, also its last character, so that a single one is found.
fn words_of(run: &Run, kept: bool) -> Vec<String> {
    if !run.ideographic {
        return vec![run.text.iter().take(MAXIMUM_LENGTH).collect()];
    }
    let mut words: Vec<String> = run.text.windows(2).map(|pair| pair.iter().collect()).collect();
    if kept || words.is_empty() {
        words.extend(run.text.last().map(char::to_string));
    }
    words
}

/// Written without spaces between words.
fn is_ideographic(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff          // Thai, Lao
        | 0x1000..=0x109f        // Burmese
        | 0x1100..=0x11ff        // Hangul, in parts
        | 0x1780..=0x17ff        // Khmer
        | 0x3040..=0x30ff        // Kana
        | 0x3100..=0x31ff
        | 0x3400..=0x9fff        // Han
        | 0xa960..=0xa97f
        | 0xac00..=0xd7ff        // Hangul
        | 0xf900..=0xfaff
        | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::{terms, words};

    fn kept(text: &str) -> Vec<String> {
        words(text).0.into_keys().collect()
    }

    #[test]
    fn case_marks_and_width_do_not_matter() {
        assert_eq!(kept("Ein CAFÉ, ﬁn – Ｗide42!"), ["cafe", "ein", "fin", "wide42"]);
    }

    #[test]
    fn scripts_without_spaces_are_found_by_neighbors() {
        assert_eq!(kept("東京都"), ["京都", "東京", "都"]);
        assert_eq!(kept("한국어"), ["국어", "어", "한국"]);
        assert_eq!(terms("東京都").first().map(|term| term.words.clone()), Some(vec!["東京".into(), "京都".into()]));
        assert_eq!(terms("都").first().map(|term| term.words.clone()), Some(vec!["都".into()]));
        assert_eq!(kept("go東京"), ["go", "京", "東京"]);
    }

    #[test]
    fn what_is_looked_for_twice_is_looked_for_once() {
        assert_eq!(terms("a b A").len(), 2);
        assert!(terms("?! …").is_empty());
    }
}
