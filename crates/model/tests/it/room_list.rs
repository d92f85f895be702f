//! The order of the room list.

use ruma::OwnedRoomId;
use trellis_model::{
    account::Account,
    protocol::{Membership, RoomListFilter, Section},
    room::{StoredRoom, room_tile},
    room_list::RoomList,
};
use trellis_testkit::alice;

fn room(name: &str, activity: u64) -> StoredRoom {
    let room_id = OwnedRoomId::try_from(format!("!{}:x", name.to_lowercase())).unwrap();
    StoredRoom { name: Some(name.to_owned()), bump_stamp: activity, ..StoredRoom::new(room_id, Membership::Join) }
}

fn account() -> Account {
    Account::new(alice().id())
}

fn list(rooms: &[StoredRoom]) -> RoomList {
    let mut list = RoomList::default();
    for room in rooms {
        update(&mut list, room);
    }
    list
}

fn update(list: &mut RoomList, room: &StoredRoom) -> bool {
    room_tile(&account(), room, Vec::new()).is_some_and(|tile| list.update(&tile, room.canonical_alias.as_deref()))
}

fn keys(list: &RoomList, filter: &RoomListFilter) -> Vec<String> {
    let window = list.window(filter, 0, 100);
    window.keys.iter().map(|room_id| room_id.as_str()[1..].split(':').next().unwrap().to_owned()).collect()
}

fn text(text: &str) -> RoomListFilter {
    RoomListFilter { text: text.to_owned(), unread_only: false }
}

#[test]
fn rooms_are_sorted_by_section_and_activity() {
    let mut favourite = room("a", 1);
    favourite.tags.insert("m.favourite".to_owned());
    let mut low = room("b", 9);
    low.tags.insert("m.lowpriority".to_owned());
    let direct = StoredRoom { is_direct: true, ..room("c", 2) };
    let invite = StoredRoom { membership: Membership::Invite, ..room("d", 0) };
    let left = StoredRoom { membership: Membership::Leave, ..room("e", 0) };
    let list = list(&[low, room("f", 3), room("g", 4), direct, invite, left, favourite]);

    assert_eq!(keys(&list, &RoomListFilter::default()), ["d", "a", "c", "g", "f", "b"]);
    let sections = list.window(&RoomListFilter::default(), 0, 0).sections;
    let counts: Vec<_> = sections.iter().map(|count| (count.section, count.rooms)).collect();
    assert_eq!(
        counts,
        [
            (Section::Invites, 1),
            (Section::Favourites, 1),
            (Section::People, 1),
            (Section::Rooms, 2),
            (Section::LowPriority, 1)
        ]
    );
}

#[test]
fn a_room_with_something_new_moves_to_the_top() {
    let mut list = list(&[room("a", 1), room("b", 2)]);

    assert!(update(&mut list, &room("a", 3)));
    assert!(!update(&mut list, &room("a", 3)), "what has not changed moves nothing");
    assert_eq!(keys(&list, &RoomListFilter::default()), ["a", "b"]);
    assert!(list.remove(ruma::room_id!("!a:x")));
    assert_eq!(list.len(), 1);
}

#[test]
fn a_search_knows_no_case_and_no_accents() {
    let names = ["Café", "CAFETERIA", "Garden"];
    let rooms: Vec<StoredRoom> = (0..)
        .zip(names)
        .map(|(index, name)| StoredRoom { name: Some(name.into()), ..room(&format!("r{index}"), 9 - index) })
        .collect();
    let list = list(&rooms);

    assert_eq!(keys(&list, &text("CAFÉ")), ["r0", "r1"]);
    assert_eq!(keys(&list, &text("cafe")), ["r0", "r1"]);
    assert_eq!(keys(&list, &text("den")), ["r2"]);
    assert_eq!(list.window(&text("cafe"), 1, 2).keys.len(), 1);
    assert_eq!(list.window(&text("cafe"), 1, 2).total, 2);
}

#[test]
fn only_unread_rooms_pass_where_that_is_asked() {
    let list = list(&[room("a", 1), StoredRoom { is_unread: true, ..room("b", 0) }]);

    assert_eq!(keys(&list, &RoomListFilter { text: String::new(), unread_only: true }), ["b"]);
}
