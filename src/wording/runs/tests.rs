use ruma::UserId;

use super::*;

fn event(sender: &str, fact: StateFact) -> EventItem {
    let sender = UserId::parse(format!("@{sender}:x")).unwrap();
    EventItem {
        event_id: None,
        transaction_id: None,
        sender_name: Some(sender.localpart().to_uppercase()),
        sender,
        sender_ambiguous: false,
        sender_avatar: None,
        timestamp: 0,
        is_own: false,
        highlight: false,
        content: ItemContent::State(fact),
        in_reply_to: None,
        edits: 0,
        reactions: Vec::new(),
        read_by: Vec::new(),
        send_state: None,
        can_edit: false,
        can_redact: false,
        can_react: false,
        editable_body: None,
    }
}

fn member(user: &str, change: MembershipChange) -> EventItem {
    let user_id = UserId::parse(format!("@{user}:x")).unwrap();
    event(user, StateFact::Membership { user_id, display_name: Some(user.to_uppercase()), change, reason: None })
}

fn drawn(events: &[EventItem]) -> String {
    let parts = summarize(events).into_iter().map(|part| format!("{}: {:?}", part.names.join(" "), part.verb));
    parts.collect::<Vec<_>>().join("; ")
}

#[test]
fn people_who_did_the_same_are_named_together() {
    let events = [
        member("ann", MembershipChange::Joined),
        member("bob", MembershipChange::InviteAccepted),
        member("eve", MembershipChange::Banned),
    ];
    assert_eq!(drawn(&events), "ANN BOB: Joined; EVE: WereBanned");
}

#[test]
fn each_person_is_named_once_by_what_became_of_them() {
    let events = [
        member("ann", MembershipChange::Invited),
        member("ann", MembershipChange::InviteAccepted),
        member("bob", MembershipChange::Joined),
        member("bob", MembershipChange::Left),
        event("ann", StateFact::ServerAcl),
    ];
    assert_eq!(drawn(&events), "ANN: Joined; BOB: JoinedAndLeft; ANN: ChangedRoom");
}
