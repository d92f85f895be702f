//! Joining a room by its address.

use leptos::{ev, prelude::*};
use ruma::{OwnedRoomOrAliasId, OwnedServerName};
use trellis_model::protocol::{Command, Refusal};

use super::{Actions, close, create_room::room_of};
use crate::{
    markup::view,
    route::{Route, use_navigator},
    session::use_session,
    task::Task,
    ui::{Dialog, TextField},
    view::sign_in::Refused,
    wording::t,
};

/// The dialog.
#[component]
pub(super) fn JoinRoom() -> impl IntoView {
    let (session, navigator) = (use_session(), use_navigator());
    let address = RwSignal::new(String::new());
    let task = Task::new();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some((room, via)) = address.with_untracked(|address| room_address(address)) else {
            return task.refuse(Refusal::InvalidInput);
        };
        let answer = session.send(Command::Join { room, via });
        task.run(async move { room_of(answer.await?) }, move |room_id| navigator.replace(Route::room(room_id)));
    };
    view! {
        <Dialog title=t::join_title() on_close=close()>
            <form class="dialog__form" on:submit=submit>
                <TextField
                    label=t::join_address() value=address required=true autofocus=true testid="join-address"
                    hint=Signal::stored(Some(t::join_address_hint()))
                />
                <Refused task/>
                <Actions task submit=t::join_submit() on_cancel=close()/>
            </form>
        </Dialog>
    }
}

/// What was typed as a room: an ID, an alias, or a link to one of ours or of matrix.to.
fn room_address(text: &str) -> Option<(OwnedRoomOrAliasId, Vec<OwnedServerName>)> {
    let text = text.trim();
    if let Ok(room) = OwnedRoomOrAliasId::try_from(text) {
        return Some((room, Vec::new()));
    }
    let (_, fragment) = text.split_once("#/")?;
    let path = fragment.strip_prefix("room/").unwrap_or(fragment);
    let route = Route::parse(&format!("#/room/{path}"));
    Some((route.room_or_alias()?.clone(), route.via))
}

#[cfg(test)]
mod tests {
    use super::room_address;

    fn room(text: &str) -> Option<String> {
        room_address(text).map(|(room, _)| room.to_string())
    }

    #[test]
    fn an_address_is_an_id_an_alias_or_a_link() {
        assert_eq!(room(" #garden:example.org ").as_deref(), Some("#garden:example.org"));
        assert_eq!(room("!garden:example.org").as_deref(), Some("!garden:example.org"));
        assert_eq!(room("https://matrix.to/#/%23garden:example.org").as_deref(), Some("#garden:example.org"));
        assert_eq!(room("https://chat.example.org/#/room/!garden").as_deref(), Some("!garden"));
        assert_eq!(room("garden"), None);
    }

    #[test]
    fn a_link_names_the_servers_that_know_the_room() {
        let (_, via) = room_address("https://matrix.to/#/!garden?via=example.org").unwrap();

        assert_eq!(via, ["example.org"]);
    }
}
