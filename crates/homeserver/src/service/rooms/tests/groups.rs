use std::collections::HashMap;

use ruma::{RoomVersionId, events::StateEventType};

use super::{World, alice};
use crate::{
    service::rooms::{StateKey, state_groups},
    storage::args,
};

#[tokio::test]
async fn the_state_after_every_event_is_found_and_chains_stay_short() {
    let world = World::new().await;
    let room_id = world.room(RoomVersionId::V12).await;
    for number in 0..150 {
        let place = (StateEventType::from("org.test"), (number % 7).to_string());
        let content = format!(r#"{{"number":{number}}}"#);
        world.rooms.send_state(&room_id, alice(), place, &content, None).await.unwrap();
    }

    let mut connection = world.storage.read().await.unwrap();
    let mut expected: HashMap<StateKey, _> = HashMap::new();
    for event in world.timeline(&room_id).await {
        expected.extend(event.state().map(|key| (key, event.event_id.clone())));
        assert_eq!(state_groups::state_at(&mut connection, event.state_after).await.unwrap(), expected);
    }

    let longest = "WITH RECURSIVE chain (state_group, base, hop) AS (
            SELECT state_group, base, 0 FROM state_groups
            UNION ALL
            SELECT below.state_group, below.base, chain.hop + 1
            FROM state_groups below JOIN chain ON below.state_group = chain.base
        ) SELECT MAX(hop) FROM chain";
    let longest: i64 = connection.fetch_one(longest, args![]).await.unwrap().get(0).unwrap();
    assert!(longest <= 32 + 156 / 32, "{longest}");
    let unreferenced = "SELECT COUNT(*) FROM state_groups WHERE refs = 0";
    assert_eq!(connection.fetch_one(unreferenced, args![]).await.unwrap().get::<i64>(0).unwrap(), 0);
}
