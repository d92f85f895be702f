use ruma::{
    events::room::{
        history_visibility::HistoryVisibility::{self, Invited, Joined, Shared, WorldReadable},
        member::MembershipState::{self, Invite, Join, Leave},
    },
    owned_event_id, owned_room_id, owned_user_id,
};

use super::{History, StoredEvent};

fn history(memberships: &[(i64, MembershipState)], setting: HistoryVisibility) -> History {
    History {
        user_id: "@alice:test".to_owned(),
        memberships: memberships.to_vec(),
        settings: vec![(1, setting)],
        ignored: [owned_user_id!("@mallory:test")].into(),
    }
}

fn event(position: i64, event_type: &str, state_key: Option<&str>) -> StoredEvent {
    StoredEvent {
        position,
        event_id: owned_event_id!("$event"),
        room_id: owned_room_id!("!room:test"),
        event_type: event_type.to_owned(),
        state_key: state_key.map(ToOwned::to_owned),
        sender: owned_user_id!("@bob:test"),
        origin_server_ts: 0,
        state_before: None,
        state_after: 1,
        replaces: None,
        redacted_by: None,
        device_id: None,
        txn_id: None,
        json: Vec::new(),
    }
}

/// Which of the positions 2 to 9 are visible, invited at 4, joined at 6, gone at 8.
fn visible(setting: HistoryVisibility) -> Vec<i64> {
    let history = history(&[(4, Invite), (6, Join), (8, Leave)], setting);
    (2..10).filter(|position| history.allows(&event(*position, "m.room.message", None))).collect()
}

#[test]
fn each_setting_shows_its_part_of_the_history() {
    // The events that change the membership are seen by whom they concern: see below.
    assert_eq!(visible(WorldReadable), [2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(visible(Shared), [2, 3, 4, 5, 7, 8]);
    assert_eq!(visible(Invited), [5, 6, 7, 8]);
    assert_eq!(visible(Joined), [7, 8]);
}

#[test]
fn a_stranger_sees_only_what_the_world_may() {
    let message = event(5, "m.room.message", None);
    for setting in [Shared, Invited, Joined] {
        assert!(!history(&[], setting).allows(&message));
    }
    assert!(history(&[], WorldReadable).allows(&message));
}

#[test]
fn one_sees_ones_own_joining() {
    let history = history(&[(6, Join)], Joined);
    assert!(history.allows(&event(6, "m.room.member", Some("@alice:test"))));
    assert!(!history.allows(&event(6, "m.room.member", Some("@bob:test"))));
}

#[test]
fn one_does_not_see_what_those_say_whom_one_ignores() {
    let history = history(&[(1, Join)], Shared);
    let mut from_mallory = event(5, "m.room.message", None);
    from_mallory.sender = owned_user_id!("@mallory:test");
    assert!(!history.allows(&from_mallory));
    let mut state = event(5, "m.room.topic", Some(""));
    state.sender = owned_user_id!("@mallory:test");
    assert!(history.allows(&state));
}
