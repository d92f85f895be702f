//! People and emoji that what was begun may stand for, in a list above the text.

use leptos::prelude::*;
use trellis_model::protocol::{Command, Member, Reply};

use super::{
    completion::Completion,
    editor::Editor,
    emoji::{self, Found},
};
use crate::{
    markup::view,
    task::afterwards,
    view::people::PersonAvatar,
    wording::{t, user_name},
};

/// The element of the list.
pub(super) const LIST_ID: &str = "composer-suggestions";

const MOST: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Suggestion {
    Member(Member),
    Emoji(Found),
}

/// What is suggested, and which of it is chosen. Copy it into handlers.
#[derive(Clone, Copy)]
pub(super) struct Suggestions {
    editor: Editor,
    completion: Memo<Option<Completion>>,
    all: Memo<Vec<Suggestion>>,
    chosen: RwSignal<usize>,
    /// Where the list was closed without a choice; it stays closed while that word is written.
    dismissed: RwSignal<Option<usize>>,
}

impl Suggestions {
    pub(super) fn new(editor: Editor) -> Self {
        let completion = Memo::new(move |_| editor.text.with(|text| Completion::at(text.as_str(), editor.caret.get())));
        let wanted = Memo::new(move |_| match completion.get() {
            Some(Completion::Member { text, .. }) => Some(text),
            _ => None,
        });
        let members = RwSignal::new(Vec::new());
        Effect::new(move || {
            let Some(text) = wanted.get() else { return members.set(Vec::new()) };
            let (room_id, limit) = (editor.room.room_id(), MOST as u32);
            let command = Command::SearchMembers { room_id, text: text.clone(), limit };
            afterwards(editor.room.session.send(command), move |answer| {
                // An answer that comes after more was typed is not wanted any more.
                if let Ok(Reply::Members(found)) = answer
                    && wanted.try_get_untracked().flatten() == Some(text)
                {
                    members.try_set(found);
                }
            });
        });
        let all = Memo::new(move |_| match completion.get() {
            Some(Completion::Emoji { text, .. }) => {
                emoji::search(&text, MOST).into_iter().map(Suggestion::Emoji).collect()
            }
            Some(Completion::Member { .. }) => members.get().into_iter().take(MOST).map(Suggestion::Member).collect(),
            None => Vec::new(),
        });
        let dismissed = RwSignal::new(None);
        // Another word may begin at the same place.
        Effect::new(move || {
            if completion.with(Option::is_none) {
                dismissed.set(None);
            }
        });
        Self { editor, completion, all, chosen: RwSignal::new(0), dismissed }
    }

    pub(super) fn is_open(self) -> bool {
        let start = self.completion.with(|completion| completion.as_ref().map(|completion| completion.range().start));
        start.is_some() && start != self.dismissed.get() && self.all.with(|all| !all.is_empty())
    }

    fn place(self) -> usize {
        self.chosen.get().min(self.all.with(Vec::len).saturating_sub(1))
    }

    /// The element of the chosen suggestion.
    pub(super) fn active_id(self) -> Option<String> {
        self.is_open().then(|| format!("{LIST_ID}-{}", self.place()))
    }

    /// A key while the list is open. False: it is not for the list.
    pub(super) fn key(self, key: &str) -> bool {
        if !untrack(|| self.is_open()) {
            return false;
        }
        let (place, count) = (untrack(|| self.place()), self.all.with_untracked(Vec::len));
        match key {
            "ArrowDown" => self.chosen.set((place + 1) % count),
            "ArrowUp" => self.chosen.set((place + count - 1) % count),
            "Enter" | "Tab" => self.accept(place),
            "Escape" => {
                let start = self.completion.with_untracked(|one| one.as_ref().map(|one| one.range().start));
                self.dismissed.set(start);
            }
            _ => return false,
        }
        true
    }

    fn accept(self, place: usize) {
        let suggestion = self.all.with_untracked(|all| all.get(place).cloned());
        let range = self.completion.with_untracked(|completion| completion.as_ref().map(Completion::range));
        let (Some(suggestion), Some(range)) = (suggestion, range) else { return };
        self.chosen.set(0);
        match suggestion {
            Suggestion::Member(member) => {
                let name = user_name(member.display_name.as_deref(), &member.user_id);
                self.editor.mention(range, member.user_id, &name);
            }
            Suggestion::Emoji(found) => self.editor.replace(range, &format!("{} ", found.emoji)),
        }
    }
}

/// The list.
#[component]
pub(super) fn SuggestionList(suggestions: Suggestions) -> impl IntoView {
    let option = move |(place, suggestion): (usize, Suggestion)| {
        // Before the text loses the focus.
        let press = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            suggestions.accept(place);
        };
        view! {
            <li
                class="completion__option" role="option" id=format!("{LIST_ID}-{place}")
                aria-selected=move || (suggestions.place() == place).to_string()
                on:mousedown=press
            >
                {draw(suggestion)}
            </li>
        }
    };
    let all = move || suggestions.all.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <Show when=move || suggestions.is_open()>
            <ul class="completion" role="listbox" id=LIST_ID aria-label=t::composer_suggestions()>
                {move || all().into_iter().map(option).collect_view()}
            </ul>
        </Show>
    }
}

fn draw(suggestion: Suggestion) -> AnyView {
    match suggestion {
        Suggestion::Member(member) => {
            let name = user_name(member.display_name.as_deref(), &member.user_id);
            let id = member.user_id.to_string();
            view! {
                <PersonAvatar user_id=member.user_id name=member.display_name avatar=member.avatar_url size=24/>
                <bdi class="completion__name">{name}</bdi>
                <span class="completion__detail">{id}</span>
            }
        }
        Suggestion::Emoji(found) => view! {
            <span class="completion__emoji">{found.emoji}</span>
            <span class="completion__name">":"{found.shortcode}":"</span>
        },
    }
}
