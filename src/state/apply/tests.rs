use leptos::prelude::*;
use ruma::{device_id, room_id, user_id};
use trellis_model::protocol::{
    AccountProfile, BootRecord, Command, RoomName, RoomTile, Section, SectionCount, SessionEnd, SubscriptionId, Update,
    Window,
};

use super::apply;
use crate::state::{Link, State};

struct Silent;

impl Link for Silent {
    fn subscription(&self) -> SubscriptionId {
        SubscriptionId(7)
    }

    fn dispatch(&self, _: Command) {}
}

fn tile(name: &str) -> RoomTile {
    RoomTile {
        room_id: room_id!("!garden:example.org").to_owned(),
        section: Section::Rooms,
        name: RoomName::Named(name.to_owned()),
        avatar_url: None,
        is_direct: false,
        is_space: false,
        is_encrypted: false,
        inviter: None,
        unread_count: 0,
        highlight_count: 0,
        is_unread: false,
        preview: None,
        activity: 0,
        typing: Vec::new(),
        unsent: 0,
    }
}

fn booted() -> State {
    let state = State::new();
    state.connect(Silent);
    state.boot(BootRecord {
        profile: AccountProfile {
            user_id: user_id!("@ann:example.org").to_owned(),
            device_id: device_id!("D").to_owned(),
            homeserver: "https://example.org".to_owned(),
            display_name: None,
            avatar_url: None,
        },
        sections: vec![SectionCount { section: Section::Rooms, rooms: 1 }],
        rooms: vec![tile("Garden")],
        room: None,
        timeline: Vec::new(),
    });
    state
}

fn names(list: &crate::state::RoomList) -> Vec<RoomName> {
    let order = list.tiles.order_signal().get_untracked();
    order.iter().filter_map(|key| list.tiles.row(key)).map(|tile| tile.get_untracked().name).collect()
}

#[test]
fn a_list_begins_with_what_was_seen_last() {
    let _owner = Owner::new();

    let list = booted().watch_rooms(10);

    assert_eq!(names(&list), [RoomName::Named("Garden".to_owned())]);
}

#[test]
fn the_core_has_the_last_word() {
    let _owner = Owner::new();
    let state = booted();
    let list = state.watch_rooms(10);

    let window = Window { total: 1, start: 0, order: None, rows: vec![tile("Orchard")] };
    apply(state, Update::RoomList { subscription: SubscriptionId(7), sections: Vec::new(), window });

    assert_eq!(names(&list), [RoomName::Named("Orchard".to_owned())]);
}

#[test]
fn nothing_of_an_account_is_left_after_logging_out() {
    let _owner = Owner::new();
    let state = booted();

    apply(state, Update::SignedOut(SessionEnd::Fully));

    assert_eq!(state.profile().get_untracked(), None);
    assert_eq!(names(&state.watch_rooms(10)), []);
}
