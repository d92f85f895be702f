//! One person, as a place of their own: where a link to a user leads.

use leptos::prelude::*;
use ruma::{OwnedUserId, UserId};
use trellis_model::protocol::{Command, Member, Reply};

use super::{dialogs::room_of, entity_avatar::EntityAvatar, sign_in::Refused};
use crate::{
    markup::view,
    route::{Place, Route, SettingsPage, use_navigator},
    session::use_session,
    state::use_state,
    task::{Task, afterwards},
    ui::{Button, ButtonKind},
    wording::{t, user_name},
};

/// Who somebody is, as far as the homeserver tells, and a chat with them.
#[component]
pub(super) fn Person(
    /// Who.
    user_id: OwnedUserId,
) -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let own = use_state().profile();
    let known = known(&user_id);
    let id = StoredValue::new(user_id);
    let is_self = move || own.with(|own| own.as_ref().is_some_and(|own| id.with_value(|id| own.user_id == *id)));
    let name = Signal::derive(move || {
        known.with(|known| {
            let display_name = known.as_ref().and_then(|known| known.display_name.as_deref());
            id.with_value(|id| user_name(display_name, id))
        })
    });
    let picture = Signal::derive(move || known.with(|known| known.as_ref().and_then(|known| known.avatar_url.clone())));
    let text = id.with_value(ToString::to_string);
    let task = Task::new();
    let chat = move |()| {
        let answer = session.send(Command::StartDirectChat { user_id: id.get_value() });
        task.run(async move { room_of(answer.await?) }, move |room_id| navigator.go(Route::room(room_id)));
    };
    view! {
        <section class="home person">
            <EntityAvatar id=text.clone() name url=picture size=96/>
            <h2 class="person__name"><bdi>{move || name.get()}</bdi></h2>
            <p class="person__id" dir="ltr">{text}</p>
            <div class="home__actions">
                {move || if is_self() {
                    let profile = Route::to(Place::Settings(SettingsPage::Profile)).to_string();
                    view! { <a class="button" data-kind="secondary" href=profile>{t::person_own()}</a> }
                } else {
                    view! {
                        <Button kind=ButtonKind::Primary busy=task.busy() on_press=chat>{t::member_chat()}</Button>
                    }
                }}
                <a class="button" data-kind="quiet" href=Route::default().to_string()>{t::unknown_home()}</a>
            </div>
            <Refused task/>
        </section>
    }
}

/// What the homeserver's directory says of somebody, once it has answered.
fn known(user_id: &UserId) -> RwSignal<Option<Member>> {
    let known = RwSignal::new(None);
    let user_id = user_id.to_owned();
    let answer = use_session().send(Command::SearchUsers { text: user_id.to_string(), limit: 1 });
    afterwards(answer, move |answer| {
        if let Ok(Reply::Users(users)) = answer {
            known.try_set(users.into_iter().find(|member| member.user_id == user_id));
        }
    });
    known
}
