//! Creating a room.

use leptos::{ev, prelude::*};
use trellis_model::protocol::{self, Command, Preset, Refusal, Reply, Visibility};

use super::{Actions, close};
use crate::{
    markup::view,
    route::{Route, use_navigator},
    session::use_session,
    task::Task,
    ui::{Dialog, TextField},
    view::{
        people_picker::{People, PeoplePicker},
        sign_in::Refused,
    },
    wording::t,
};

/// The dialog.
#[component]
pub(super) fn CreateRoom() -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let (name, topic, alias) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let preset = RwSignal::new(Preset::PrivateChat);
    let listed = RwSignal::new(false);
    let people = People::several();
    let task = Task::new();
    let is_public = move || preset.get() == Preset::PublicChat;
    // What everybody may read needs no secrecy, unless somebody wants it.
    let wanted = RwSignal::new(None);
    let encrypted = Memo::new(move |_| wanted.get().unwrap_or(!is_public()));

    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let room = protocol::CreateRoom {
            name: name.get_untracked().trim().to_owned(),
            topic: filled(topic),
            preset: preset.get_untracked(),
            alias: filled(alias).filter(|_| preset.get_untracked() == Preset::PublicChat),
            visibility: match preset.get_untracked() {
                Preset::PublicChat if listed.get_untracked() => Visibility::Public,
                _ => Visibility::Private,
            },
            invite: people.all(),
            encrypted: encrypted.get_untracked(),
        };
        let answer = session.send(Command::CreateRoom(room));
        task.run(async move { room_of(answer.await?) }, move |room_id| navigator.replace(Route::room(room_id)));
    };
    view! {
        <Dialog title=t::create_title() on_close=close()>
            <form class="dialog__form" on:submit=submit>
                <TextField label=t::create_name() value=name required=true autofocus=true testid="create-room-name"/>
                <TextField label=t::create_topic() value=topic testid="create-room-topic"/>
                <Kind preset/>
                <Show when=is_public>
                    <TextField
                        label=t::create_alias() value=alias hint=Signal::stored(Some(t::create_alias_hint()))
                        testid="create-room-alias"
                    />
                    <label class="check">
                        <input
                            type="checkbox" prop:checked=move || listed.get()
                            on:change:target=move |event| listed.set(event.target().checked())
                        />
                        <span>{t::create_listed()}</span>
                    </label>
                </Show>
                <label class="check">
                    <input
                        type="checkbox" prop:checked=move || encrypted.get() data-testid="create-room-encrypted"
                        on:change:target=move |event| wanted.set(Some(event.target().checked()))
                    />
                    <span>{t::create_encrypted()}</span>
                </label>
                <PeoplePicker label=t::create_people() people/>
                <Refused task/>
                <Actions task submit=t::create_submit() on_cancel=close()/>
            </form>
        </Dialog>
    }
}

#[component]
fn Kind(preset: RwSignal<Preset>) -> impl IntoView {
    let option = move |value: Preset, words: String| {
        view! {
            <label class="check">
                <input
                    type="radio" name="preset" prop:checked=move || preset.get() == value
                    on:change=move |_| preset.set(value)
                />
                <span>{words}</span>
            </label>
        }
    };
    view! {
        <fieldset class="choices">
            <legend>{t::create_kind()}</legend>
            {option(Preset::PrivateChat, t::create_private())}
            {option(Preset::TrustedPrivateChat, t::create_trusted())}
            {option(Preset::PublicChat, t::create_public())}
        </fieldset>
    }
}

/// What was typed, if anything.
fn filled(text: RwSignal<String>) -> Option<String> {
    Some(text.get_untracked().trim().to_owned()).filter(|text| !text.is_empty())
}

/// The room that an answer names.
pub(crate) fn room_of(reply: Reply) -> Result<ruma::OwnedRoomId, Refusal> {
    match reply {
        Reply::Room { room_id } => Ok(room_id),
        _ => Err(Refusal::CoreFailed),
    }
}
