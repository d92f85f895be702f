//! A picture, or letters on a hue made from an ID.

use leptos::prelude::*;

use crate::{markup::view, wording::uppercase};

/// A picture of a person or a room. Its name stands beside it, so it has none of its own.
#[component]
pub fn Avatar(
    /// What the hue is made from.
    #[prop(into)]
    id: Signal<String>,
    /// What the letters are made from.
    #[prop(into)]
    name: Signal<String>,
    /// The address of the picture, once it is there.
    #[prop(optional, into)]
    src: Signal<Option<String>>,
    /// The side, in CSS pixels.
    #[prop(default = 36)]
    size: u16,
    /// A room or space has corners; a person is round.
    #[prop(optional, into)]
    square: Signal<bool>,
) -> impl IntoView {
    let picture =
        move || src.get().map(|src| view! { <img class="avatar__picture" src=src alt="" draggable="false"/> });
    view! {
        <span
            class="avatar"
            aria-hidden="true"
            data-square=move || square.get().then_some("")
            style:--avatar-size=format!("{size}px")
            style:--avatar-hue=move || id.with(|id| hue(id)).to_string()
        >
            <span class="avatar__letters">{move || name.with(|name| letters(name))}</span>
            {picture}
        </span>
    }
}

/// The first letter of the first word, and of the last where there are several.
fn letters(name: &str) -> String {
    let first = |word: &str| word.chars().find(|letter| letter.is_alphanumeric());
    let mut words = name.split_whitespace().filter_map(first);
    let (start, end) = (words.next(), words.next_back());
    let letters: String = start.into_iter().chain(end).collect();
    uppercase(&letters)
}

/// The same angle for the same ID everywhere, by FNV-1a.
fn hue(id: &str) -> u32 {
    let hash = id.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // In steps that can be told apart.
    (hash >> 8) % 24 * 15
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn letters_come_from_the_first_and_the_last_word() {
        assert_eq!(letters("Ann Example of Berg"), "AB");
        assert_eq!(letters("garden"), "G");
        assert_eq!(letters("#garden:x"), "G");
        assert_eq!(letters("🌱"), "");
    }
}
