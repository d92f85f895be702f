use ruma::{
    CanonicalJsonObject,
    events::StateEventType,
    serde::Base64,
    signatures::{PublicKeyMap, PublicKeySet, Verified, reference_hash, verify_event},
};

use super::{VERSIONS, World, alice, bob, is_forbidden, own};
use crate::service::rooms::{MembershipRequest, version};

#[tokio::test]
async fn every_event_of_a_new_room_is_hashed_signed_and_linked() {
    let world = World::new().await;
    let key = world.rooms.key();
    let public = Base64::new(key.pair().public_key().to_vec());
    let keys = PublicKeyMap::from([("test".to_owned(), PublicKeySet::from([(key.key_id(), public)]))]);
    for version in VERSIONS {
        let rules = version::rules(&version).unwrap();
        let room_id = world.room(version.clone()).await;
        world.say(&room_id, alice(), "hello").await.unwrap();

        let events = world.timeline(&room_id).await;

        let mut previous: Option<String> = None;
        for event in &events {
            let object: CanonicalJsonObject = serde_json::from_slice(&event.json).unwrap();
            assert_eq!(verify_event(&keys, &object, &rules).unwrap(), Verified::All);
            assert_eq!(event.event_id.as_str(), format!("${}", reference_hash(&object, &rules).unwrap()));
            let links = object["prev_events"].as_array().unwrap();
            let links: Vec<_> = links.iter().map(|link| link.as_str().unwrap().to_owned()).collect();
            assert_eq!(links, previous.iter().cloned().collect::<Vec<_>>());
            previous = Some(event.event_id.to_string());
        }
        assert_eq!(events.last().unwrap().event_type, "m.room.message");
    }
}

#[tokio::test]
async fn a_room_of_version_12_is_called_by_its_create_event() {
    let world = World::new().await;
    let [_, eleven, twelve] = VERSIONS;

    let room_id = world.room(twelve).await;
    assert_eq!(room_id.strip_sigil(), world.timeline(&room_id).await[0].event_id.as_str().trim_start_matches('$'));

    let room_id = world.room(eleven).await;
    assert_eq!(room_id.server_name().unwrap(), "test");
}

#[tokio::test]
async fn the_rules_of_the_room_decide_who_may_do_what() {
    let world = World::new().await;
    for version in VERSIONS {
        let room_id = world.room(version).await;
        assert!(is_forbidden(world.say(&room_id, bob(), "let me in").await));

        world.join(&room_id, bob()).await.unwrap();
        world.say(&room_id, bob(), "thanks").await.unwrap();
        let topic = (StateEventType::RoomTopic, String::new());
        let refused = world.rooms.send_state(&room_id, bob(), topic, r#"{"topic":"mine"}"#, None).await;
        assert!(is_forbidden(refused));

        let ban = MembershipRequest { room_id: &room_id, sender: alice(), target: bob(), reason: Some("spam") };
        world.rooms.ban(ban).await.unwrap();
        assert!(is_forbidden(world.join(&room_id, bob()).await));
        world.rooms.unban(ban).await.unwrap();
        world.join(&room_id, bob()).await.unwrap();
        world.rooms.leave(own(&room_id, bob())).await.unwrap();
        assert!(is_forbidden(world.say(&room_id, bob(), "one more thing").await));
    }
}
