//! State events as facts.

use serde_json::{Value, json};
use trellis_model::protocol::{ItemContent, JoinRule, MembershipChange, ProfileChange, StateFact};
use trellis_testkit::{EventBuilder, SyncBuilder, TestRoom, alice, bob, carol};

fn content(event: EventBuilder) -> ItemContent {
    let event_id = event.event_id();
    let mut room = TestRoom::new(&alice());
    room.sync(SyncBuilder::joined().event(event));
    room.row(event_id.as_str()).content
}

fn fact(event: EventBuilder) -> StateFact {
    match content(event) {
        ItemContent::State(fact) => fact,
        other => panic!("no state fact: {other:?}"),
    }
}

fn change(event: EventBuilder, before: Option<&str>) -> MembershipChange {
    let event = match before {
        Some(membership) => event.replacing(json!({ "membership": membership })),
        None => event,
    };
    match fact(event) {
        StateFact::Membership { change, .. } => change,
        other => panic!("no membership: {other:?}"),
    }
}

#[test]
fn every_change_of_membership_has_its_name() {
    use MembershipChange as M;
    let own = |membership: &str| bob().membership(membership, None);
    let by_alice = |membership: &str| alice().member(&bob(), membership, None);
    let table = [
        (own("join"), None, M::Joined),
        (own("join"), Some("leave"), M::Joined),
        (own("join"), Some("invite"), M::InviteAccepted),
        (by_alice("invite"), None, M::Invited),
        (by_alice("invite"), Some("knock"), M::KnockAccepted),
        (own("leave"), Some("join"), M::Left),
        (by_alice("leave"), Some("join"), M::Kicked),
        (own("leave"), Some("invite"), M::InviteRejected),
        (by_alice("leave"), Some("invite"), M::InviteRevoked),
        (own("leave"), Some("knock"), M::KnockRetracted),
        (by_alice("leave"), Some("knock"), M::KnockDenied),
        (by_alice("leave"), Some("ban"), M::Unbanned),
        (by_alice("ban"), Some("join"), M::KickedAndBanned),
        (by_alice("ban"), None, M::Banned),
        (own("knock"), None, M::Knocked),
        (own("join"), Some("join"), M::None),
    ];
    for (event, before, expected) in table {
        assert_eq!(change(event.clone(), before), expected, "{event:?}");
    }
}

#[test]
fn a_new_name_is_a_change_of_profile() {
    let event = bob()
        .membership("join", Some("Robert"))
        .replacing(json!({ "membership": "join", "displayname": "Bob", "avatar_url": "mxc://x/a" }));
    let expected =
        ProfileChange { display_name: Some((Some("Bob".into()), Some("Robert".into()))), avatar_changed: true };

    assert_eq!(fact(event), StateFact::Profile { user_id: bob().id(), change: expected });
}

#[test]
fn whoever_leaves_keeps_the_name_they_had() {
    let event = carol()
        .member(&bob(), "leave", None)
        .with("reason", json!("spam"))
        .replacing(json!({ "membership": "join", "displayname": "Bob" }));
    let StateFact::Membership { display_name, reason, .. } = fact(event) else { panic!() };

    assert_eq!((display_name.as_deref(), reason.as_deref()), (Some("Bob"), Some("spam")));
}

#[test]
fn other_state_is_told_as_facts() {
    let state = |event_type: &str, content: Value| fact(bob().state(event_type, "", content));
    assert_eq!(state("m.room.name", json!({ "name": "Garden" })), StateFact::Name { name: Some("Garden".into()) });
    assert_eq!(state("m.room.topic", json!({ "topic": " " })), StateFact::Topic { topic: None });
    assert_eq!(state("m.room.encryption", json!({ "algorithm": "?" })), StateFact::Encryption);
    assert_eq!(
        state("m.room.guest_access", json!({ "guest_access": "can_join" })),
        StateFact::GuestAccess { allowed: true }
    );
    assert_eq!(
        state("m.room.join_rules", json!({ "join_rule": "restricted", "allow": [{ "room_id": "!s:x" }, {}] })),
        StateFact::JoinRules { rule: JoinRule::Restricted { allow: vec![ruma::owned_room_id!("!s:x")] } }
    );
    assert_eq!(
        state("m.room.tombstone", json!({ "body": "moved", "replacement_room": "!n:x" })),
        StateFact::Tombstone { replacement: Some(ruma::owned_room_id!("!n:x")), body: "moved".into() }
    );
    assert_eq!(
        fact(bob().state("m.space.child", "!c:x", json!({ "via": ["x"] }))),
        StateFact::SpaceChild { room_id: ruma::owned_room_id!("!c:x"), removed: false }
    );
    assert_eq!(
        state("org.example.thing", json!({})),
        StateFact::Other { event_type: "org.example.thing".into(), state_key: String::new() }
    );
}

#[test]
fn changed_levels_are_told_person_by_person() {
    let event = alice()
        .state("m.room.power_levels", "", json!({ "users": { "@alice:x": 100, "@bob:x": 50 } }))
        .replacing(json!({ "users": { "@alice:x": 100, "@carol:x": 50 } }));

    assert_eq!(fact(event), StateFact::PowerLevels { changes: vec![(bob().id(), 0, 50), (carol().id(), 50, 0)] });
}

#[test]
fn pinned_events_are_counted() {
    let event = alice()
        .state("m.room.pinned_events", "", json!({ "pinned": ["$a", "$b"] }))
        .replacing(json!({ "pinned": ["$b", "$c", "$d"] }));

    assert_eq!(fact(event), StateFact::PinnedEvents { added: 1, removed: 2 });
}

#[test]
fn state_that_is_not_what_its_type_demands_is_malformed() {
    let event = bob().state("m.room.member", "@bob:x", json!({ "membership": 7 }));

    assert_eq!(content(event), ItemContent::Malformed { event_type: "m.room.member".into() });
}
