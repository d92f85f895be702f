//! The people of the open room, beside it: a list to search, and one person's card.

mod card;
mod list;

use leptos::prelude::*;

use self::{card::ProfileCard, list::MemberList};
use super::room::use_room;
use crate::{
    ui::{Icon, IconButton},
    wording::t,
};

/// The panel.
#[component]
pub(crate) fn MembersPanel() -> impl IntoView {
    let room = use_room();
    let is_card = Memo::new(move |_| room.profile.with(Option::is_some));
    let back = move |()| room.profile.set(None);
    let close = move |()| {
        room.profile.set(None);
        _ = room.navigator.close_layer();
    };
    let title = move || if is_card.get() { t::member_profile() } else { t::members_title() };
    view! {
        <div class="members">
            <header class="members__header">
                <Show when=move || is_card.get()>
                    <IconButton icon=Icon::ArrowLeft label=t::member_back() on_press=back/>
                </Show>
                <h2 class="members__title">{title}</h2>
                <IconButton icon=Icon::X label=t::action_close() on_press=close/>
            </header>
            {move || match room.profile.get() {
                Some(user_id) => view! { <ProfileCard user_id/> }.into_any(),
                None => view! { <MemberList/> }.into_any(),
            }}
        </div>
    }
}
