//! Files that wait to be sent, as cards.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use super::editor::Editor;
use crate::{
    markup::view,
    platform::file::{File, ObjectUrl},
    ui::{Icon, IconButton, IconView},
    wording::{sizes::file_size, t},
};

/// A file that waits to be sent.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    id: u32,
    pub(super) file: File,
    /// Shown on the card.
    preview: Option<ObjectUrl>,
}

impl Attachment {
    pub(super) fn new(file: File) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let preview = file.mimetype().starts_with("image/").then(|| file.object_url()).flatten();
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), file, preview }
    }

    fn card(&self) -> Card {
        Card {
            id: self.id,
            name: self.file.name(),
            size: self.file.size(),
            preview: self.preview.as_ref().map(|preview| preview.as_str().to_owned()),
        }
    }
}

/// What a card shows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Card {
    id: u32,
    name: String,
    size: u64,
    preview: Option<String>,
}

/// The files that wait to be sent.
#[component]
pub(super) fn Cards(editor: Editor) -> impl IntoView {
    let cards = move || editor.files.with(|files| files.iter().map(Attachment::card).collect::<Vec<_>>());
    let card = move |card: Card| {
        let remove = move |()| {
            editor.files.update(|files| files.retain(|file| file.id != card.id));
            editor.focus();
        };
        let picture = match card.preview {
            Some(src) => view! { <img src=src alt=""/> },
            None => view! { <IconView icon=Icon::File/> },
        };
        view! {
            <li class="composer__card">
                {picture}
                <div class="composer__card-words">
                    <div class="composer__card-name" title=card.name.clone() dir="auto">{card.name.clone()}</div>
                    <div class="composer__card-size">{file_size(card.size)}</div>
                </div>
                <IconButton icon=Icon::X label=t::composer_remove_file(card.name) on_press=remove/>
            </li>
        }
    };
    view! {
        <Show when=move || editor.files.with(|files| !files.is_empty())>
            <ul class="composer__cards" aria-label=t::composer_files()>
                <For each=cards key=|card| card.id children=card/>
            </ul>
        </Show>
    }
}
