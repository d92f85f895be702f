//! One's own name and picture.

use leptos::{ev, html, prelude::*};
use trellis_model::protocol::{AccountProfile, Command};

use crate::{
    markup::view,
    platform::text_area::chosen,
    session::use_session,
    state::use_state,
    task::Task,
    ui::{Button, ButtonKind, Icon, Skeleton, TextField, use_toasts},
    view::{entity_avatar::EntityAvatar, sign_in::Refused},
    wording::{t, user_name},
};

/// The page.
#[component]
pub(super) fn Profile() -> impl IntoView {
    let profile = use_state().profile();
    // Made anew when another account is shown, not when a name changes.
    let known = Memo::new(move |_| profile.with(Option::is_some));
    view! {
        <Show when=move || known.get() fallback=|| view! { <Skeleton rows=3/> }>
            {move || profile.get_untracked().map(|own| view! { <Form own/> })}
        </Show>
    }
}

#[component]
fn Form(own: AccountProfile) -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let name = RwSignal::new(own.display_name.clone().unwrap_or_default());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let display_name = Some(name.get_untracked().trim().to_owned()).filter(|name| !name.is_empty());
        let answer = session.send(Command::SetDisplayName { display_name });
        task.run(answer, move |_| toasts.show(t::profile_saved()));
    };
    view! {
        <Picture/>
        <form class="settings__form" on:submit=submit>
            <TextField
                label=t::profile_name() value=name hint=Signal::stored(Some(t::profile_name_hint())) testid="profile-name"
            />
            <Refused task/>
            <Button kind=ButtonKind::Primary submit=true busy=task.busy() testid="profile-save">{t::action_save()}</Button>
        </form>
        <dl class="facts">
            <div><dt>{t::profile_id()}</dt><dd>{own.user_id.to_string()}</dd></div>
            <div><dt>{t::profile_homeserver()}</dt><dd>{own.homeserver}</dd></div>
        </dl>
    }
}

#[component]
fn Picture() -> impl IntoView {
    let session = use_session();
    let profile = use_state().profile();
    let task = Task::new();
    let input = NodeRef::<html::Input>::new();
    let of = move |read: fn(&AccountProfile) -> String| {
        Signal::derive(move || profile.with(|profile| profile.as_ref().map(read).unwrap_or_default()))
    };
    let url = Signal::derive(move || profile.with(|profile| profile.as_ref().and_then(|own| own.avatar_url.clone())));
    let choose = move |()| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let take = move |_| {
        let file = input.get_untracked().and_then(|input| chosen(&input).into_iter().next());
        if let Some(file) = file {
            task.run(session.send_file(&file, |file| Command::SetAvatar { file }), |_| {});
        }
    };
    let remove = move |()| task.run(session.send(Command::RemoveAvatar), |_| {});
    view! {
        <div class="profile-picture">
            <EntityAvatar
                id=of(|own| own.user_id.to_string())
                name=of(|own| user_name(own.display_name.as_deref(), &own.user_id))
                url size=72
            />
            <div class="profile-picture__actions">
                <input
                    class="visually-hidden" type="file" accept="image/*" node_ref=input tabindex="-1"
                    aria-label=t::profile_picture() data-testid="profile-picture" on:change=take
                />
                <Button icon=Icon::Image busy=task.busy() on_press=choose>{t::profile_picture_choose()}</Button>
                <Show when=move || url.with(Option::is_some)>
                    <Button kind=ButtonKind::Quiet busy=task.busy() on_press=remove>{t::profile_picture_remove()}</Button>
                </Show>
            </div>
        </div>
        <Refused task/>
    }
}
