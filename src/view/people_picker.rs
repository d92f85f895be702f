//! Choosing people: typing searches the homeserver, whole IDs are taken as they are, the chosen ones stand as chips.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use ruma::{OwnedUserId, UserId};
use trellis_model::protocol::{Command, Member, Reply};

use super::entity_avatar::EntityAvatar;
use crate::{
    markup::view,
    session::use_session,
    task::afterwards,
    ui::{Icon, IconButton, TextField},
    wording::{t, user_name},
};

/// How long to wait for the next letter before asking.
const PAUSE: Duration = Duration::from_millis(250);
const FOUND: u32 = 8;

/// Who is chosen, and what is typed.
#[derive(Clone, Copy)]
pub(crate) struct People {
    chosen: RwSignal<Vec<OwnedUserId>>,
    typed: RwSignal<String>,
    /// Only one.
    single: bool,
}

impl People {
    pub(crate) fn several() -> Self {
        Self { chosen: RwSignal::new(Vec::new()), typed: RwSignal::new(String::new()), single: false }
    }

    pub(crate) fn one() -> Self {
        Self { single: true, ..Self::several() }
    }

    /// Who is chosen, with a whole ID that was typed and not confirmed.
    pub(crate) fn all(self) -> Vec<OwnedUserId> {
        let mut all = self.chosen.get_untracked();
        if let Some(user_id) = self.typed.with_untracked(|typed| whole_id(typed))
            && !all.contains(&user_id)
        {
            all.push(user_id);
        }
        all
    }

    fn choose(self, user_id: OwnedUserId) {
        self.typed.set(String::new());
        self.chosen.update(|chosen| {
            if self.single {
                chosen.clear();
            }
            if !chosen.contains(&user_id) {
                chosen.push(user_id);
            }
        });
    }
}

fn whole_id(typed: &str) -> Option<OwnedUserId> {
    UserId::parse(typed.trim()).ok()
}

/// The field, the chosen ones, and who was found.
#[component]
pub(crate) fn PeoplePicker(
    /// What they are chosen for.
    #[prop(into)]
    label: String,
    /// Who is chosen.
    people: People,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let found = found(people);
    let confirm = move |event: ev::KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | ",")
            && let Some(user_id) = people.typed.with_untracked(|typed| whole_id(typed))
        {
            event.prevent_default();
            people.choose(user_id);
        }
    };
    let hit = move |member: Member| {
        let name = user_name(member.display_name.as_deref(), &member.user_id);
        let user_id = member.user_id.clone();
        view! {
            <li>
                <button type="button" class="people-picker__hit" on:click=move |_| people.choose(user_id.clone())>
                    <EntityAvatar
                        id=member.user_id.to_string() name=name.clone() url=Signal::stored(member.avatar_url) size=28
                    />
                    <span class="people-picker__name" dir="auto">{name}</span>
                    <span class="people-picker__id">{member.user_id.to_string()}</span>
                </button>
            </li>
        }
    };
    view! {
        <div class="people-picker" on:keydown=confirm>
            <Chips people/>
            <TextField
                label=label value=people.typed hint=Signal::stored(Some(t::people_hint())) autofocus testid="people-input"
            />
            <Show when=move || !found.with(Vec::is_empty)>
                <ul class="people-picker__found" aria-label=t::people_found()>
                    <For each=move || found.get() key=|member| member.user_id.clone() children=hit/>
                </ul>
            </Show>
        </div>
    }
}

#[component]
fn Chips(people: People) -> impl IntoView {
    let chip = move |user_id: OwnedUserId| {
        let gone = user_id.clone();
        let remove = move |()| people.chosen.update(|chosen| chosen.retain(|one| *one != gone));
        view! {
            <li class="people-picker__chip">
                <span dir="auto">{user_id.to_string()}</span>
                <IconButton icon=Icon::X label=t::people_remove(user_id.as_str()) on_press=remove/>
            </li>
        }
    };
    view! {
        <Show when=move || !people.chosen.with(Vec::is_empty)>
            <ul class="people-picker__chips" aria-label=t::people_chosen()>
                <For each=move || people.chosen.get() key=OwnedUserId::clone children=chip/>
            </ul>
        </Show>
    }
}

/// Who the homeserver knows by what is typed, asked for after a pause.
fn found(people: People) -> RwSignal<Vec<Member>> {
    let session = use_session();
    let found = RwSignal::new(Vec::new());
    let asked = StoredValue::new(0_u32);
    Effect::new(move |before: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = before.flatten() {
            timer.clear();
        }
        let text = people.typed.with(|typed| typed.trim().to_owned());
        let this = asked.get_value() + 1;
        asked.set_value(this);
        if text.chars().count() < 2 {
            found.set(Vec::new());
            return None;
        }
        let ask = move || {
            let answer = session.send(Command::SearchUsers { text, limit: FOUND });
            afterwards(answer, move |answer| {
                // The person may have typed on, or left.
                if let Ok(Reply::Users(users)) = answer
                    && asked.try_get_value() == Some(this)
                {
                    found.set(users);
                }
            });
        };
        set_timeout_with_handle(ask, PAUSE).ok()
    });
    found
}
