use ruma::user_id;
use trellis_model::protocol::ItemContent;

use super::*;

fn said(fact: StateFact) -> String {
    let sender = user_id!("@ann:x").to_owned();
    let event = EventItem {
        event_id: None,
        transaction_id: None,
        sender,
        sender_name: Some("Ann".to_owned()),
        sender_ambiguous: false,
        sender_avatar: None,
        timestamp: 0,
        is_own: false,
        highlight: false,
        content: ItemContent::State(fact.clone()),
        in_reply_to: None,
        edits: 0,
        reactions: Vec::new(),
        read_by: Vec::new(),
        send_state: None,
        can_edit: false,
        can_redact: false,
        can_react: false,
        editable_body: None,
    };
    state_fact(&event, &fact)
}

fn bob(change: MembershipChange, reason: Option<&str>) -> StateFact {
    StateFact::Membership {
        user_id: user_id!("@bob:x").to_owned(),
        display_name: Some("Bob".to_owned()),
        change,
        reason: reason.map(str::to_owned),
    }
}

#[test]
fn a_membership_says_who_did_what_to_whom() {
    assert_eq!(said(bob(MembershipChange::Invited, None)), "Ann invited Bob");
    assert_eq!(said(bob(MembershipChange::Kicked, Some("rude"))), "Ann removed Bob: “rude”");
    assert_eq!(said(bob(MembershipChange::Banned, Some(" "))), "Ann banned Bob");
    assert_eq!(said(bob(MembershipChange::Left, None)), "Bob left");
}

#[test]
fn a_profile_says_what_changed() {
    let profile = |name: Option<(Option<&str>, Option<&str>)>, avatar_changed| StateFact::Profile {
        user_id: user_id!("@ann:x").to_owned(),
        change: ProfileChange {
            display_name: name.map(|(old, new)| (old.map(str::to_owned), new.map(str::to_owned))),
            avatar_changed,
        },
    };

    assert_eq!(said(profile(Some((Some("Anna"), Some("Ann"))), false)), "Anna is now called Ann");
    assert_eq!(said(profile(Some((None, Some("Ann"))), true)), "ann is now called Ann and has a new picture");
    assert_eq!(said(profile(None, true)), "Ann changed their picture");
}

#[test]
fn what_was_taken_away_is_said_as_such() {
    assert_eq!(said(StateFact::Topic { topic: Some("Roses".to_owned()) }), "Ann changed the topic to “Roses”");
    assert_eq!(said(StateFact::Topic { topic: Some(String::new()) }), "Ann removed the topic");
    assert_eq!(said(StateFact::Name { name: None }), "Ann removed the name of the room");
}

#[test]
fn levels_are_said_as_roles() {
    let bob = user_id!("@bob:x").to_owned();
    assert_eq!(
        said(StateFact::PowerLevels { changes: vec![(bob, 0, 50)] }),
        "Ann changed the role of bob from Member to Moderator"
    );
    assert_eq!(said(StateFact::PowerLevels { changes: Vec::new() }), "Ann changed who may do what");
}

#[test]
fn pins_are_counted() {
    assert_eq!(said(StateFact::PinnedEvents { added: 1, removed: 0 }), "Ann pinned a message");
    assert_eq!(said(StateFact::PinnedEvents { added: 0, removed: 2 }), "Ann unpinned 2 messages");
}

#[test]
fn a_run_names_a_few_and_counts_many() {
    let part = |verb, names: &[&str]| RunPart { verb, names: names.iter().map(|name| (*name).to_owned()).collect() };

    assert_eq!(run(&[part(RunVerb::Joined, &["Ann", "Bob", "Cid", "Dan", "Eve"])]), "Ann and 4 others joined");
    assert_eq!(
        run(&[part(RunVerb::WereInvited, &["Ann", "Bob"]), part(RunVerb::Left, &["Eve"])]),
        "Ann and Bob were invited, Eve left"
    );
}
