//! Where one writes: text with mentions and emoji, files, answers and changes. What is typed is never lost: it is stored
//! as a draft a moment after each key, and whenever the page may go away.

mod attachments;
mod bars;
mod closed;
mod completion;
mod draft;
mod editor;
pub(crate) mod emoji;
mod format;
mod keys;
mod send;
mod suggestions;
mod text;
mod typing;

use leptos::{html, prelude::*};
use trellis_model::protocol::{Composable, DraftMode, ItemKey};

use self::{
    attachments::Cards,
    bars::{Complaint, ContextBar},
    closed::Closed,
    editor::Editor,
    suggestions::{LIST_ID, SuggestionList, Suggestions},
};
use super::room::{Dropped, use_room};
use crate::{
    markup::{live, view},
    platform::text_area,
    ui::{Icon, IconButton},
    wording::{room_name, t},
};

/// What the text will become, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Mode {
    #[default]
    Message,
    Reply {
        to: ItemKey,
        name: Option<String>,
        excerpt: String,
    },
    Edit {
        of: ItemKey,
        /// The text as it was.
        body: String,
    },
}

impl Mode {
    fn draft_mode(&self) -> DraftMode {
        match self {
            Self::Message => DraftMode::Message,
            Self::Reply { to, .. } => DraftMode::Reply { to: to.clone() },
            Self::Edit { of, .. } => DraftMode::Edit { of: of.clone() },
        }
    }
}

/// The composer, or why there is none.
#[component]
pub(crate) fn Composer() -> impl IntoView {
    let room = use_room();
    let composable = Memo::new(move |_| room.read(|room| room.composable.clone()));
    live(move || match composable.get() {
        Some(Composable::Yes) => Some(view! { <Open/> }),
        Some(why) => Some(view! { <Closed why/> }),
        None => None,
    })
}

#[component]
fn Open() -> impl IntoView {
    let room = use_room();
    let editor = Editor::new(room);
    draft::keep(editor);
    let suggestions = Suggestions::new(editor);
    let Dropped(dropped) = expect_context();
    Effect::new(move || {
        let files = dropped.get();
        if !files.is_empty() {
            editor.attach(files);
        }
    });
    let placeholder = move || {
        room.read(|room| {
            let name = room_name(&room.name);
            if room.is_encrypted { t::composer_placeholder_encrypted(name) } else { t::composer_placeholder(name) }
        })
    };
    let input = move |_| {
        if let Some(area) = editor.area.get_untracked() {
            editor.typed(&area.value());
        }
    };
    let paste = move |event: leptos::ev::ClipboardEvent| {
        let files = text_area::pasted(&event);
        if !files.is_empty() {
            event.prevent_default();
            editor.attach(files);
        }
    };
    view! {
        <div class="composer">
            <SuggestionList suggestions/>
            <div class="composer__box">
                <ContextBar editor/>
                <Complaint editor/>
                <Cards editor/>
                <div class="composer__row">
                    <AttachButton editor/>
                    <textarea
                        class="composer__input" data-testid="composer-input" rows="1" dir="auto"
                        node_ref=editor.area
                        aria-label=placeholder placeholder=placeholder
                        aria-autocomplete="list" aria-haspopup="listbox"
                        aria-controls=move || suggestions.is_open().then_some(LIST_ID)
                        aria-activedescendant=move || suggestions.active_id()
                        prop:value=move || editor.text.with(|text| text.as_str().to_owned())
                        on:input=input
                        on:keydown=move |event| keys::pressed(&event, editor, suggestions)
                        on:keyup=move |_| editor.moved()
                        on:click=move |_| editor.moved()
                        on:paste=paste
                        on:blur=move |_| typing::stop(editor)
                    ></textarea>
                    <IconButton
                        icon=Icon::Send label=t::composer_send() testid="composer-send"
                        disabled=Signal::derive(move || editor.is_empty()) on_press=move |()| send::send(editor)
                    />
                </div>
            </div>
        </div>
    }
}

/// Opens the system's choice of files.
#[component]
fn AttachButton(editor: Editor) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let open = move |()| {
        if let Some(field) = field.get_untracked() {
            field.click();
        }
    };
    let chosen = move |_| {
        if let Some(field) = field.get_untracked() {
            editor.attach(text_area::chosen(&field));
        }
    };
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.shift_key() && matches!(event.key().as_str(), "u" | "U") {
            event.prevent_default();
            open(());
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <input type="file" multiple=true hidden=true node_ref=field on:change=chosen/>
        <IconButton icon=Icon::Paperclip label=t::composer_attach() shortcut="Ctrl+Shift+U" on_press=open/>
    }
}
