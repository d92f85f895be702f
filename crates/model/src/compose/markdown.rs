//! Markdown to the HTML of a message.

use std::collections::BTreeSet;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use ruma::OwnedUserId;

use crate::rich_text::address_ranges;

/// What became of a text.
#[derive(Debug, Clone, Default)]
pub(super) struct Formatted {
    /// `None`: nothing in it is formatted.
    pub(super) html: Option<String>,
    /// The people named in it.
    pub(super) mentioned: BTreeSet<OwnedUserId>,
}

/// What Markdown must not read: a name or an address that may have its signs in it. Stands in the source as one
/// character of a private plane.
enum Kept {
    Mention(OwnedUserId, String),
    Address(String),
}

/// The first of the characters that stand for what is kept.
const FIRST: u32 = 0xF_0000;

/// How many there are.
const MOST: usize = 0xFFFD;

/// Formats a text. `people`: whom it may name, and by which name.
pub(super) fn format(body: &str, people: &[(OwnedUserId, String)]) -> Formatted {
    let (source, kept) = keep(body, people);
    let mentioned = kept
        .iter()
        .filter_map(|kept| match kept {
            Kept::Mention(user_id, _) => Some(user_id.clone()),
            Kept::Address(_) => None,
        })
        .collect::<BTreeSet<_>>();

    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let events: Vec<Event<'_>> = Parser::new_ext(&source, options).map(as_text).collect();
    let is_formatted = !mentioned.is_empty() || events.iter().any(formats) || reads_otherwise(&events, &source);
    if !is_formatted {
        return Formatted { html: None, mentioned };
    }
    let only_paragraph = events.iter().filter(|event| matches!(event, Event::Start(Tag::Paragraph))).count() == 1
        && matches!(events.first(), Some(Event::Start(Tag::Paragraph)))
        && matches!(events.last(), Some(Event::End(TagEnd::Paragraph)));
    let shown = events.into_iter().filter(|event| {
        !(only_paragraph && matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)))
    });
    let mut output = String::new();
    html::push_html(&mut output, restore(shown, &kept).into_iter());
    Formatted { html: Some(output.trim_end().to_owned()), mentioned }
}

/// HTML that is typed is text. A line that ends is a line that ends.
fn as_text(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::SoftBreak => Event::HardBreak,
        event => event,
    }
}

fn formats(event: &Event<'_>) -> bool {
    !matches!(event, Event::Text(_) | Event::HardBreak | Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
}

/// Whether Markdown reads the text otherwise than it stands there: escapes and entities.
fn reads_otherwise(events: &[Event<'_>], source: &str) -> bool {
    let read = events.iter().filter_map(|event| match event {
        Event::Text(text) => Some(&**text),
        _ => None,
    });
    let read = read.flat_map(str::chars).filter(|character| !character.is_whitespace());
    !read.eq(source.chars().filter(|character| !character.is_whitespace()))
}

/// Takes out of a text what Markdown must not read.
fn keep(body: &str, people: &[(OwnedUserId, String)]) -> (String, Vec<Kept>) {
    let addresses = address_ranges(body);
    let mut people: Vec<_> = people.iter().filter(|(_, name)| !name.is_empty()).collect();
    // Of two names that begin alike the longer one is meant.
    people.sort_by_key(|(_, name)| std::cmp::Reverse(name.len()));

    let (mut source, mut kept) = (String::with_capacity(body.len()), Vec::new());
    let mut at = 0;
    while let Some(character) = body[at..].chars().next() {
        let found = if kept.len() >= MOST { None } else { found_at(body, at, &addresses, &people) };
        if let Some((length, what)) = found {
            source.extend(char::from_u32(FIRST + kept.len() as u32));
            kept.push(what);
            at += length;
        } else {
            // Nobody types characters of this plane; one that came by pasting would be taken for a name.
            if !is_private(character) {
                source.push(character);
            }
            at += character.len_utf8();
        }
    }
    (source, kept)
}

fn found_at(
    body: &str,
    at: usize,
    addresses: &[std::ops::Range<usize>],
    people: &[&(OwnedUserId, String)],
) -> Option<(usize, Kept)> {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let rest = &body[at..];
    let begins = !body[..at].chars().next_back().is_some_and(is_word);
    let person = people.iter().filter(|_| begins).find(|(_, name)| {
        rest.strip_prefix(name.as_str()).is_some_and(|after| !after.chars().next().is_some_and(is_word))
    });
    if let Some((user_id, name)) = person {
        return Some((name.len(), Kept::Mention(user_id.clone(), name.clone())));
    }
    let address = addresses.iter().find(|range| range.start == at)?;
    Some((address.len(), Kept::Address(body[address.clone()].to_owned())))
}

fn is_private(character: char) -> bool {
    (FIRST..FIRST + MOST as u32 + 1).contains(&u32::from(character))
}

/// Puts back what was kept: names become pills, but in code and in addresses they are text.
fn restore<'a>(events: impl Iterator<Item = Event<'a>>, kept: &[Kept]) -> Vec<Event<'a>> {
    let mut restored = Vec::new();
    let (mut in_code, mut in_link) = (false, false);
    for event in events {
        match event {
            Event::Text(text) if in_code || in_link => restored.push(Event::Text(plain(&text, kept).into())),
            Event::Text(text) => restore_text(&text, kept, &mut restored),
            Event::Code(text) => restored.push(Event::Code(plain(&text, kept).into())),
            Event::Start(tag) => {
                in_code |= matches!(tag, Tag::CodeBlock(_));
                in_link |= matches!(tag, Tag::Link { .. });
                restored.push(Event::Start(restore_tag(tag, kept)));
            }
            Event::End(tag) => {
                in_code &= tag != TagEnd::CodeBlock;
                in_link &= tag != TagEnd::Link;
                restored.push(Event::End(tag));
            }
            event => restored.push(event),
        }
    }
    restored
}

fn restore_tag<'a>(tag: Tag<'a>, kept: &[Kept]) -> Tag<'a> {
    let put_back = |text: &CowStr<'a>| CowStr::from(plain(text, kept));
    match tag {
        Tag::Link { link_type, dest_url, title, id } => {
            Tag::Link { link_type, dest_url: put_back(&dest_url), title: put_back(&title), id }
        }
        Tag::Image { link_type, dest_url, title, id } => {
            Tag::Image { link_type, dest_url: put_back(&dest_url), title: put_back(&title), id }
        }
        tag => tag,
    }
}

fn restore_text(text: &str, kept: &[Kept], events: &mut Vec<Event<'_>>) {
    let mut words = String::new();
    for character in text.chars() {
        match place(character).and_then(|index| kept.get(index)) {
            Some(Kept::Mention(user_id, name)) => {
                events.push(Event::Text(std::mem::take(&mut words).into()));
                events.push(Event::InlineHtml(pill(user_id, name).into()));
            }
            Some(Kept::Address(address)) => words.push_str(address),
            None => words.push(character),
        }
    }
    events.push(Event::Text(words.into()));
}

fn plain(text: &str, kept: &[Kept]) -> String {
    let mut words = String::with_capacity(text.len());
    for character in text.chars() {
        match place(character).and_then(|index| kept.get(index)) {
            Some(Kept::Mention(_, text) | Kept::Address(text)) => words.push_str(text),
            None => words.push(character),
        }
    }
    words
}

fn place(character: char) -> Option<usize> {
    is_private(character).then(|| (u32::from(character) - FIRST) as usize)
}

fn pill(user_id: &OwnedUserId, name: &str) -> String {
    let mut words = String::new();
    html::push_html(&mut words, std::iter::once(Event::Text(name.into())));
    format!("<a href=\"{}\">{}</a>", user_id.matrix_to_uri(), words)
}
