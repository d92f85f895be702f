//! The people of the open room, beside it: a list to search, and one person's card.

mod card;
mod list;

use leptos::prelude::*;

use self::{card::ProfileCard, list::MemberList};
use super::room::use_room;
use crate::{
    markup::view,
    platform::dom,
    ui::{Icon, IconButton},
    wording::t,
};

/// The panel.
#[component]
pub(crate) fn MembersPanel() -> impl IntoView {
    let room = use_room();
    let is_card = Memo::new(move |_| room.profile.with(Option::is_some));
    let back = move |()| room.profile.set(None);
    let close = move |()| _ = room.navigator.close_layer();
    // The row or the button that had the focus goes with its view.
    Effect::new(move || {
        is_card.track();
        request_animation_frame(|| dom::rescue_focus(".members button"));
    });
    on_cleanup(move || {
        // However it was closed, it opens with the list. The room may be gone with it.
        _ = room.profile.try_set(None);
        request_animation_frame(|| dom::rescue_focus(".room-header__actions button"));
    });
    let title = move || if is_card.get() { t::member_profile() } else { t::members_title() };
    view! {
        <div class="members">
            <header class="members__header">
                <Show when=move || is_card.get()>
                    <span class="members__back">
                        <IconButton icon=Icon::ArrowLeft label=t::member_back() on_press=back/>
                    </span>
                </Show>
                <h2 class="members__title">{title}</h2>
                <IconButton icon=Icon::X label=t::action_close() on_press=close/>
            </header>
            {move || match room.profile.get() {
                Some(user_id) => view! { <ProfileCard user_id/> },
                None => view! { <MemberList/> },
            }}
        </div>
    }
}
