//! The room list: a header with search, filters and the state of synchronisation; sections; one window of tiles.

mod header;
mod invite_actions;
mod preview;
mod sync_status;
mod tile;

use leptos::prelude::*;
use ruma::OwnedRoomId;
use trellis_model::protocol::{RoomListFilter, Section, SectionCount, SyncStatus};

use self::{header::Header, tile::Tile};
use crate::{
    markup::{live, view},
    preferences::{Density, use_preferences},
    route::use_navigator,
    state::{RoomList, use_state},
    ui::{
        Skeleton, VirtualList,
        virtual_list::geometry::{Block, Geometry},
    },
    wording::t,
};

/// The height of a section's heading, in CSS pixels.
const HEADING: f64 = 32.0;

/// The pane with the room list.
#[component]
pub(super) fn RoomListPane(
    /// What is watched.
    list: RoomList,
) -> impl IntoView {
    let filter = RwSignal::new(RoomListFilter::default());
    let list = StoredValue::new(list);
    let sections = Memo::new(move |_| list.with_value(RoomList::sections));
    let range = StoredValue::new((0, 40));
    let watch = move || {
        let (start, end) = range.get_value();
        list.with_value(|list| list.watch(filter.get_untracked(), start, end));
    };
    // The first filter is watched already.
    Effect::new(move |before: Option<()>| {
        filter.track();
        if before.is_some() {
            watch();
        }
    });
    let on_range = move |(start, end)| {
        if range.get_value() != (start, end) {
            range.set_value((start, end));
            watch();
        }
    };
    let is_empty = Memo::new(move |_| list.with_value(|list| list.tiles.total()) == Some(0));
    let is_loading = Memo::new(move |_| list.with_value(|list| list.tiles.total()).is_none());
    view! {
        <section class="room-list" aria-label=t::list_title() data-region="" tabindex="-1">
            <Header filter/>
            <Show when=move || is_loading.get()><Skeleton rows=8 avatars=true/></Show>
            <Show when=move || is_empty.get()><Nothing filter/></Show>
            <Tiles list sections on_range=on_range/>
        </section>
    }
}

#[component]
fn Tiles(
    list: StoredValue<RoomList>,
    sections: Memo<Vec<SectionCount>>,
    #[prop(into)] on_range: Callback<(u32, u32)>,
) -> impl IntoView {
    let (route, density) = (use_navigator().route(), use_preferences().density());
    let geometry = Memo::new(move |_| {
        let block = |count: &SectionCount| Block { heading: HEADING, rows: count.rooms };
        let row = if density.get() == Density::Compact { 48.0 } else { 60.0 };
        Geometry { blocks: sections.with(|sections| sections.iter().map(block).collect()), row }
    });
    let headings = Memo::new(move |_| {
        sections.with(|sections| sections.iter().map(|count| section_name(count.section)).collect::<Vec<_>>())
    });
    let open = Memo::new(move |_| {
        route.with(|route| route.room_or_alias().and_then(|room| OwnedRoomId::try_from(room.clone()).ok()))
    });
    let row =
        move |(room_id, tabindex): (OwnedRoomId, Signal<i32>)| match list.with_value(|list| list.tiles.row(&room_id)) {
            Some(tile) => view! { <Tile room_id tile=RwSignal::from(tile) open tabindex/> },
            None => ().into_any(),
        };
    view! {
        <VirtualList
            label=t::list_title() testid="room-list" geometry headings on_range
            start=Signal::derive(move || list.with_value(|list| list.tiles.start()))
            keys=Signal::derive(move || list.with_value(|list| list.tiles.order()))
            current=open
            row=row
        />
    }
}

/// What stands where the list has nothing.
#[component]
fn Nothing(filter: RwSignal<RoomListFilter>) -> impl IntoView {
    let status = use_state().status();
    let words = move || {
        filter.with(|filter| match filter {
            _ if !filter.text.is_empty() => Some((t::list_none_found(), t::list_none_found_words())),
            _ if filter.unread_only => Some((t::list_none_unread(), t::list_none_unread_words())),
            // Before the first answer nobody knows that there are none.
            _ if !matches!(status.get(), SyncStatus::Live) => None,
            _ => Some((t::list_empty(), t::list_empty_words())),
        })
    };
    live(move || {
        words().map(|(title, words)| {
            view! {
                <div class="room-list__nothing" role="status">
                    <h3>{title}</h3>
                    <p>{words}</p>
                </div>
            }
        })
    })
}

fn section_name(section: Section) -> String {
    match section {
        Section::Invites => t::section_invites(),
        Section::Favourites => t::section_favourites(),
        Section::People => t::section_people(),
        Section::Rooms => t::section_rooms(),
        Section::LowPriority => t::section_low_priority(),
    }
}
