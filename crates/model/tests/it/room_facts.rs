//! What a room is called, who is in it, and what one may do.

use serde_json::json;
use trellis_model::{
    account::DirectRooms,
    protocol::{Composable, MemberFilter, Membership, RoomName},
    room::{CREATOR, Members, completions, composable, member_list, member_row, permissions, room_name, room_tile},
    sync::RoomInput,
};
use trellis_testkit::{MessagesBuilder, SyncBuilder, TestRoom, alice, bob, carol};

fn name_of(sync: SyncBuilder) -> RoomName {
    let mut room = TestRoom::new(&alice());
    room.sync(sync);
    room_name(room.room(), &alice().id())
}

fn people(names: &[&str], others: u64) -> RoomName {
    RoomName::People { names: names.iter().map(|name| (*name).to_owned()).collect(), others }
}

#[test]
fn a_name_comes_before_an_alias_and_both_before_people() {
    let sync = SyncBuilder::joined().summary(&["@bob:x"], 2, 0);
    assert_eq!(name_of(sync.clone()), people(&["@bob:x"], 0));
    let sync = sync.event(bob().state("m.room.canonical_alias", "", json!({ "alias": "#a:x" })));
    assert_eq!(name_of(sync.clone()), RoomName::Named("#a:x".into()));
    let sync = sync.event(bob().state("m.room.name", "", json!({ "name": "Garden" })));
    assert_eq!(name_of(sync.clone()), RoomName::Named("Garden".into()));
    let emptied = sync.event(bob().state("m.room.name", "", json!({ "name": "" })));
    assert_eq!(name_of(emptied), RoomName::Named("#a:x".into()));
}

#[test]
fn a_room_without_a_name_is_called_after_its_people() {
    let sync = SyncBuilder::joined()
        .state(bob().membership("join", Some("Bob")))
        .state(alice().membership("join", Some("Alice")));
    assert_eq!(name_of(sync.clone().summary(&["@bob:x"], 2, 0)), people(&["Bob"], 0));
    assert_eq!(name_of(sync.clone().summary(&["@bob:x", "@carol:x"], 7, 1)), people(&["Bob", "@carol:x"], 5));
    assert_eq!(name_of(sync.summary(&["@bob:x"], 1, 0)), RoomName::Empty { was: vec!["Bob".into()] });
}

#[test]
fn an_invite_is_called_after_who_invites() {
    let mut room = TestRoom::new(&alice());
    room.sync(
        SyncBuilder::invited()
            .event(bob().membership("join", Some("Bob")))
            .event(bob().member(&alice(), "invite", None).with("is_direct", json!(true))),
    );

    assert_eq!(room_name(room.room(), &alice().id()), people(&["Bob"], 0));
    assert_eq!(room.room().membership, Membership::Invite);
    assert_eq!(room.room().inviter, Some(bob().id()));
    assert!(room.room().is_direct);
    let tile = room_tile(&trellis_model::account::Account::new(alice().id()), room.room(), Vec::new()).unwrap();
    assert_eq!(tile.inviter, Some(bob().id()));
}

#[test]
fn an_accepted_invite_is_a_room() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::invited().event(bob().member(&alice(), "invite", None)));
    room.sync(SyncBuilder::joined().prev_batch("p").event(alice().membership("join", None)));

    assert_eq!(room.room().membership, Membership::Join);
    assert_eq!(room.room().inviter, None);
    assert!(room.room().state_complete);
}

#[test]
fn a_declined_invite_is_not_listed() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::invited().event(bob().member(&alice(), "invite", None)));
    room.sync(SyncBuilder::left().event(alice().membership("leave", None)));

    assert_eq!(room.room().membership, Membership::Leave);
    assert_eq!(room_tile(&trellis_model::account::Account::new(alice().id()), room.room(), Vec::new()), None);
}

#[test]
fn a_ban_is_told_from_leaving() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(alice().membership("join", None)));
    room.sync(SyncBuilder::left().event(bob().member(&alice(), "ban", None)));

    assert_eq!(room.room().membership, Membership::Ban);
}

#[test]
fn direct_chats_follow_the_account_data() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("hi")));
    let content = serde_json::value::to_raw_value(&json!({ "@bob:x": ["!r:x", 7], "nobody": ["!s:x"] })).unwrap();
    room.account().direct = DirectRooms::parse(&content);
    room.apply(&RoomInput::Direct);

    assert!(room.room().is_direct);
    let direct = &room.account().direct;
    assert_eq!(direct.with(ruma::room_id!("!t:x"), &carol().id()), json!({ "@bob:x": ["!r:x"], "@carol:x": ["!t:x"] }));
}

#[test]
fn members_are_complete_once_they_were_asked_for() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(bob().text("hi")));
    assert!(!room.room().members_complete);
    room.apply(&MessagesBuilder::members([bob().membership("join", Some("Bob")), carol().membership("join", None)]));

    assert!(room.room().members_complete);
    assert_eq!(room.stored().members.len(), 2);
}

#[test]
fn members_of_old_pages_do_not_replace_what_is_known_now() {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().limited("p1").event(bob().membership("join", Some("Robert"))));
    let (position, _) = room.gap().unwrap();
    let page = MessagesBuilder::new(1, [bob().text("old")])
        .state(bob().membership("join", Some("Bob")))
        .state(carol().membership("join", Some("Carol")));
    room.apply(&page.backward(position, "p1"));

    let names = [bob(), carol()].map(|person| room.stored().members[&person.id()].display_name.clone().unwrap());
    assert_eq!(names, ["Robert", "Carol"]);
}

fn levels() -> TestRoom {
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(alice().state(
        "m.room.power_levels",
        "",
        json!({ "users": { "@alice:x": 50, "@bob:x": "100" }, "ban": 75, "events": { "m.room.name": 60 }, "invite": 25 }),
    )));
    room
}

#[test]
fn levels_say_what_the_person_may_do() {
    let mut room = levels();
    let account = room.account().clone();
    let permissions = permissions(&account, room.room());

    assert!(permissions.send_messages && permissions.invite && permissions.kick && permissions.redact_others);
    assert!(permissions.set_topic && !permissions.set_name && !permissions.ban);
}

#[test]
fn nobody_removes_an_equal_or_higher_member() {
    let mut room = levels();
    room.sync(SyncBuilder::joined().event(bob().membership("join", None)).event(carol().membership("join", None)));
    let account = room.account().clone();
    let members = Members::new(room.stored().members.values().cloned());
    let can_kick = |person: trellis_testkit::Person| {
        member_row(&account, room.room(), &members, members.get(&person.id()).unwrap()).can_kick
    };

    assert!(can_kick(carol()));
    assert!(!can_kick(bob()));
}

#[test]
fn creators_of_a_version_12_room_stand_above_all_levels() {
    let mut room = TestRoom::new(&alice());
    room.sync(
        SyncBuilder::joined()
            .event(alice().state(
                "m.room.create",
                "",
                json!({ "room_version": "12", "additional_creators": ["@bob:x"] }),
            ))
            .event(alice().state("m.room.power_levels", "", json!({ "users": { "@carol:x": 100 } }))),
    );
    let levels = &room.room().power_levels;

    assert_eq!([alice(), bob(), carol()].map(|person| levels.of(&person.id())), [CREATOR, CREATOR, 100]);
    assert!(levels.may_kick(&bob().id(), &carol().id()) && !levels.may_kick(&bob().id(), &alice().id()));
}

#[test]
fn the_creator_of_an_older_room_has_only_the_level_that_is_written() {
    let mut room = TestRoom::new(&alice());
    room.sync(
        SyncBuilder::joined()
            .event(alice().state("m.room.create", "", json!({ "room_version": "11" })))
            .event(alice().state("m.room.power_levels", "", json!({ "users": { "@alice:x": 100 } }))),
    );

    assert_eq!(room.room().power_levels.of(&alice().id()), 100);
}

#[test]
fn the_composer_says_why_it_is_closed() {
    let mut room = TestRoom::new(&alice());
    let account = room.account().clone();
    room.sync(SyncBuilder::joined().event(alice().membership("join", None)));
    assert_eq!(composable(&account, room.room()), Composable::Yes);
    room.sync(SyncBuilder::joined().event(bob().state("m.room.power_levels", "", json!({ "events_default": 10 }))));
    assert_eq!(composable(&account, room.room()), Composable::NotPermitted);
    room.sync(SyncBuilder::joined().event(bob().state("m.room.encryption", "", json!({}))));
    assert_eq!(composable(&account, room.room()), Composable::Encrypted);
    let encrypting = trellis_model::account::Account { encrypts: true, ..account.clone() };
    assert_eq!(composable(&encrypting, room.room()), Composable::NotPermitted);
    room.sync(SyncBuilder::joined().event(bob().state("m.room.tombstone", "", json!({ "replacement_room": "!n:x" }))));
    assert_eq!(
        composable(&account, room.room()),
        Composable::Tombstoned { replacement: Some(ruma::owned_room_id!("!n:x")) }
    );
    room.sync(SyncBuilder::left().event(alice().membership("leave", None)));
    assert_eq!(composable(&account, room.room()), Composable::NotAMember);
}

#[test]
fn people_who_share_a_name_are_told_apart() {
    let mut room = TestRoom::new(&alice());
    room.sync(
        SyncBuilder::joined()
            .event(bob().membership("join", Some("Sam")))
            .event(carol().membership("join", Some("Sam")))
            .event(alice().membership("join", Some("Alice"))),
    );
    let members = Members::new(room.stored().members.values().cloned());
    assert_eq!([alice(), bob(), carol()].map(|person| members.is_ambiguous(&person.id())), [false, true, true]);

    room.sync(SyncBuilder::joined().event(carol().membership("leave", Some("Sam"))));
    let members = Members::new(room.stored().members.values().cloned());
    assert!(!members.is_ambiguous(&bob().id()));
}

#[test]
fn the_member_list_is_sorted_by_level_and_name() {
    let mut room = levels();
    room.sync(
        SyncBuilder::joined()
            .event(bob().membership("join", Some("zed")))
            .event(carol().membership("join", Some("Émile")))
            .event(trellis_testkit::Person::new("@dan:x").membership("join", Some("dan")))
            .event(trellis_testkit::Person::new("@eve:x").membership("ban", Some("eve"))),
    );
    let members = Members::new(room.stored().members.values().cloned());
    let list = |filter: MemberFilter| -> Vec<String> {
        member_list(room.room(), &members, &filter)
            .into_iter()
            .map(|member| member.user_id.localpart().into())
            .collect()
    };

    assert_eq!(list(MemberFilter::default()), ["bob", "dan", "carol"]);
    assert_eq!(list(MemberFilter { text: "EMI".into(), banned: false }), ["carol"]);
    assert_eq!(list(MemberFilter { text: String::new(), banned: true }), ["eve"]);
    let found: Vec<_> = completions(&members, "e", 5).into_iter().map(|member| member.user_id.localpart()).collect();
    assert_eq!(found, ["carol"]);
}
