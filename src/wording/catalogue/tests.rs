use crate::wording::{Language, set_language, t};

#[test]
fn a_message_takes_its_arguments() {
    assert_eq!(t::room_tile_own("see you"), "You: see you");
}

#[test]
fn a_count_chooses_its_plural() {
    assert_eq!(t::unread_count(1u64), "1 unread message");
    assert_eq!(t::unread_count(12u64), "12 unread messages");
}

#[test]
fn the_mirrored_language_turns_words_but_not_names() {
    set_language(Language::Mirrored);
    let text = t::room_tile_own("see you");
    set_language(Language::English);

    assert_eq!(text, "\u{202e}You:\u{202c} \u{2068}see you\u{2069}");
}
