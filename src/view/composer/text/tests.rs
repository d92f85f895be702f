use ruma::user_id;

use super::*;

fn greeting() -> ComposerText {
    let mut text = ComposerText::plain("@a how are @b");
    let at = text.as_str().len() - 2;
    text.insert_mention(at..at + 2, user_id!("@bob:x").to_owned(), "Bob");
    text.insert_mention(0..2, user_id!("@ann:x").to_owned(), "Ann");
    text
}

fn named(text: &ComposerText) -> Vec<&str> {
    text.mentions().iter().map(|mention| &text.as_str()[mention.range.clone()]).collect()
}

#[test]
fn a_mention_takes_the_place_of_what_was_typed() {
    let text = greeting();

    assert_eq!(text.as_str(), "Ann: how are Bob ");
    assert_eq!(named(&text), ["Ann", "Bob"]);
}

#[test]
fn typing_between_mentions_moves_the_later_one() {
    let mut text = greeting();

    text.changed_to("Ann: hello, how are Bob ");

    assert_eq!(named(&text), ["Ann", "Bob"]);
}

#[test]
fn a_mention_that_is_changed_becomes_text() {
    let mut text = greeting();

    text.changed_to("Ann: how are Bo ");

    assert_eq!(named(&text), ["Ann"]);
}

#[test]
fn text_added_after_a_mention_leaves_it() {
    let mut text = greeting();

    text.changed_to("Ann: how are Bob and the others");

    assert_eq!(named(&text), ["Ann", "Bob"]);
}

#[test]
fn a_draft_brings_the_mentions_back() {
    let text = greeting();

    let draft = text.draft(DraftMode::Message).unwrap();

    assert_eq!(ComposerText::restore(&draft), text);
}

#[test]
fn blank_text_is_no_draft() {
    assert_eq!(ComposerText::plain(" \n").draft(DraftMode::Message), None);
}

#[test]
fn a_mention_before_a_space_adds_none() {
    let mut text = ComposerText::plain("hi @a there");
    text.insert_mention(3..5, user_id!("@ann:x").to_owned(), "Ann");
    assert_eq!(text.as_str(), "hi Ann there");
}

#[test]
fn places_are_translated_between_bytes_and_utf_16() {
    let text = "aä😀b";

    for (bytes, units) in [(0, 0), (1, 1), (3, 2), (7, 4), (8, 5)] {
        assert_eq!(to_utf16(text, bytes), units);
        assert_eq!(from_utf16(text, units), bytes);
    }
}

#[test]
fn a_changed_emoji_is_replaced_whole() {
    let mut text = ComposerText::plain("😀");
    text.changed_to("😁");
    assert_eq!(text.as_str(), "😁");
}
