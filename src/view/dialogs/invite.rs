//! Inviting people to a room.

use leptos::{ev, prelude::*};
use ruma::{OwnedRoomId, OwnedUserId};
use trellis_model::protocol::{Command, Refusal};

use super::{Actions, close};
use crate::{
    markup::view,
    session::{Session, use_session},
    task::Task,
    ui::{Dialog, use_toasts},
    view::{
        people_picker::{People, PeoplePicker},
        sign_in::Refused,
    },
    wording::{explain, list, t},
};

/// The dialog.
#[component]
pub(super) fn InvitePeople(room_id: OwnedRoomId) -> impl IntoView {
    let (session, toasts, close) = (use_session(), use_toasts(), close());
    let people = People::several();
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let chosen = people.all();
        if chosen.is_empty() {
            return task.refuse(Refusal::InvalidInput);
        }
        let count = chosen.len();
        task.run(invite(session, room_id.clone(), chosen), move |failed| {
            toasts.show(match failed {
                None => t::invite_people_done(count),
                Some((names, refusal)) => t::invite_people_failed(list(&names), explain(&refusal).text),
            });
            close.run(());
        });
    };
    view! {
        <Dialog title=t::invite_people_title() on_close=close>
            <form class="dialog__form" on:submit=submit>
                <PeoplePicker label=t::people_search() people autofocus=true/>
                <Refused task/>
                <Actions task submit=t::invite_people_submit() on_cancel=close/>
            </form>
        </Dialog>
    }
}

/// Invites one after the other. When some could not be invited, the others are; their IDs and the last reason.
async fn invite(
    session: Session,
    room_id: OwnedRoomId,
    people: Vec<OwnedUserId>,
) -> Result<Option<(Vec<OwnedUserId>, Refusal)>, Refusal> {
    let (count, mut failed, mut reason) = (people.len(), Vec::new(), None);
    for user_id in people {
        let command = Command::Invite { room_id: room_id.clone(), user_id: user_id.clone(), reason: None };
        if let Err(refusal) = session.send(command).await {
            failed.push(user_id);
            reason = Some(refusal);
        }
    }
    match reason {
        // Nobody: the dialog stays and says why.
        Some(refusal) if failed.len() == count => Err(refusal),
        reason => Ok(reason.map(|refusal| (failed, refusal))),
    }
}
