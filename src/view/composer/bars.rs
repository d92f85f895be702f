//! What stands above the text: whom it answers or what it changes, and why something was not taken.

use leptos::prelude::*;

use super::{Mode, editor::Editor};
use crate::{
    markup::{live, view},
    ui::{Icon, IconButton, IconView},
    wording::t,
};

/// Whom the text answers, or that it changes a message.
#[component]
pub(super) fn ContextBar(editor: Editor) -> impl IntoView {
    let mode = editor.room.mode;
    let cancel = move |()| editor.cancel_mode();
    live(move || {
        let (icon, words, excerpt, label) = match mode.get() {
            Mode::Message => return None,
            Mode::Reply { name, excerpt, .. } => {
                let words = name.map_or_else(t::composer_replying_unknown, t::composer_replying);
                (Icon::Reply, words, excerpt, t::composer_cancel_reply())
            }
            Mode::Edit { .. } => (Icon::Pencil, t::composer_editing(), String::new(), t::composer_cancel_edit()),
        };
        Some(view! {
            <div class="composer__context">
                <IconView icon/>
                <div class="composer__context-words"><strong>{words}</strong>" "<span dir="auto">{excerpt}</span></div>
                <IconButton icon=Icon::X label shortcut="Esc" on_press=cancel/>
            </div>
        })
    })
}

/// Why something was not taken.
#[component]
pub(super) fn Complaint(editor: Editor) -> impl IntoView {
    live(move || editor.complaint.get().map(|words| view! { <p class="composer__complaint" role="alert">{words}</p> }))
}
