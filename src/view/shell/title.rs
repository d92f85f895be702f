//! The name of the tab: what waits, and where one is.

use leptos::prelude::*;

use crate::{
    platform::dom,
    route::use_navigator,
    state::RoomList,
    wording::{room_name, t},
};

/// Keeps the tab's name in step with the list and the route.
pub(super) fn keep(list: RoomList) {
    let route = use_navigator().route();
    let title = Memo::new(move |_| {
        let (mut unread, mut place) = (0_u64, None);
        let room = route.with(|route| route.room_or_alias().map(ToString::to_string));
        for key in list.tiles.order() {
            let Some(tile) = list.tiles.row(&key) else { continue };
            tile.with(|tile| {
                unread += tile.unread_count.max(tile.highlight_count);
                if room.as_deref() == Some(tile.room_id.as_str()) {
                    place = Some(room_name(&tile.name));
                }
            });
        }
        let name = place.map_or_else(t::app_name, |place| t::title_at(t::app_name(), place));
        if unread == 0 { name } else { t::title_unread(name, unread) }
    });
    Effect::new(move || title.with(|title| dom::set_title(title)));
}
