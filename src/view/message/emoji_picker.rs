//! Choosing an emoji: the usual ones, and all by name.

use leptos::prelude::*;

use crate::{markup::view, ui::TextField, view::composer::emoji, wording::t};

const USUAL: [&str; 16] =
    ["👍", "👎", "❤️", "😄", "🎉", "😕", "👀", "🚀", "🙏", "😂", "😮", "😢", "👏", "🔥", "💯", "✅"];

/// How many of those found are shown.
const FOUND: usize = 64;

/// Chooses an emoji.
#[component]
pub(super) fn EmojiPicker(
    /// Takes the choice.
    chosen: Callback<String>,
) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let found = Memo::new(move |_| {
        let text = text.get().trim().trim_matches(':').to_ascii_lowercase().replace(' ', "_");
        if text.is_empty() {
            return USUAL.map(|emoji| (emoji, emoji::shortcode(emoji).unwrap_or(emoji))).to_vec();
        }
        emoji::search(&text, FOUND).into_iter().map(|found| (found.emoji, found.shortcode)).collect()
    });
    let choice = move |(emoji, name): (&'static str, &'static str)| {
        let label = format!("{emoji} {}", name.replace('_', " "));
        view! {
            <button
                type="button" class="emoji-choice__emoji" aria-label=label.clone() title=label
                on:click=move |_| chosen.run(emoji.to_owned())
            >
                {emoji}
            </button>
        }
    };
    view! {
        <div class="dialog__form emoji-choice">
            <TextField label=t::reaction_search() value=text autofocus=true/>
            <Show when=move || found.with(Vec::is_empty)><p>{t::reaction_none()}</p></Show>
            <div class="emoji-choice__list">
                <For each=move || found.get() key=|(emoji, _)| *emoji children=choice/>
            </div>
        </div>
    }
}
