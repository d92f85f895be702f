//! Starting a chat with one person.

use leptos::{ev, prelude::*};
use trellis_model::protocol::{Command, Refusal};

use super::{Actions, close, room_of};
use crate::{
    markup::view,
    route::{Route, use_navigator},
    session::use_session,
    task::Task,
    ui::Dialog,
    view::{
        people_picker::{People, PeoplePicker},
        sign_in::Refused,
    },
    wording::t,
};

/// The dialog.
#[component]
pub(super) fn StartDirectChat() -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let people = People::one();
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(user_id) = people.all().pop() else { return task.refuse(Refusal::InvalidInput) };
        let answer = session.send(Command::StartDirectChat { user_id });
        task.run(async move { room_of(answer.await?) }, move |room_id| navigator.replace(Route::room(room_id)));
    };
    view! {
        <Dialog title=t::chat_title() on_close=close()>
            <form class="dialog__form" on:submit=submit>
                <PeoplePicker label=t::chat_who() people autofocus=true/>
                <Refused task/>
                <Actions task submit=t::chat_submit() on_cancel=close()/>
            </form>
        </Dialog>
    }
}
