//! No statement on a room may read a whole table: everything is found by an index.

use ruma::{RoomVersionId, api::Direction, events::StateEventType, room_id, user_id};

use super::{World, alice, bob, own};
use crate::{
    service::{
        rooms::{hierarchy::HierarchyRequest, reports::Reported},
        timeline::{related::RelatedBy, relations::RelationsRequest, threads::ThreadsRequest},
    },
    storage::{Value, args, statements},
};

/// Does most of what can be asked of rooms.
async fn do_everything(world: &World) {
    let rooms = &world.rooms;
    let space = world.room(RoomVersionId::V11).await;
    let room_id = world.room(RoomVersionId::V10).await;
    let children = (StateEventType::SpaceChild, room_id.to_string());
    rooms.send_state(&space, alice(), children, r#"{"via":["test"]}"#, None).await.unwrap();
    let allow = format!(r#"{{"join_rule":"restricted","allow":[{{"type":"m.room_membership","room_id":"{space}"}}]}}"#);
    let rules = (StateEventType::RoomJoinRules, String::new());
    rooms.send_state(&room_id, alice(), rules, &allow, None).await.unwrap();
    let retention = (StateEventType::from("m.room.retention"), String::new());
    rooms.send_state(&room_id, alice(), retention, r#"{"max_lifetime":1000}"#, None).await.unwrap();
    world.join(&space, bob()).await.unwrap();
    world.join(&room_id, bob()).await.unwrap();
    let root = world.say(&room_id, alice(), "root").await.unwrap();
    let request = |txn: &str| super::super::RequestKey {
        user_id: bob().to_owned(),
        device_id: "DEVICE".into(),
        path: format!("/send/{txn}"),
        txn_id: txn.into(),
    };
    for (txn, event_type, content) in [
        ("1", "m.room.message", format!(r#"{{"m.relates_to":{{"rel_type":"m.thread","event_id":"{root}"}}}}"#)),
        (
            "2",
            "m.reaction",
            format!(r#"{{"m.relates_to":{{"rel_type":"m.annotation","event_id":"{root}","key":"k"}}}}"#),
        ),
    ] {
        let sent = rooms.send_message(&room_id, event_type.into(), &content, request(txn), None).await.unwrap();
        rooms.redact(&room_id, sent, None, request(&format!("r{txn}"))).await.unwrap();
        rooms.send_message(&room_id, event_type.into(), &content, request(&format!("n{txn}")), None).await.unwrap();
    }

    let timeline = world.timeline(&room_id).await;
    let shown: Vec<ruma::serde::Raw<ruma::events::AnyTimelineEvent>> =
        rooms.show((alice(), "DEVICE".into()), None, &timeline).await.unwrap();
    assert_eq!(shown.len(), timeline.len());
    let filter = ruma::api::client::filter::RoomEventFilter::default();
    rooms.context((&room_id, &root), bob(), 10, (&filter, &RelatedBy::default())).await.unwrap();
    for (direction, recurse) in [(Direction::Forward, false), (Direction::Backward, true)] {
        for (rel_type, event_type) in [(None, None), (Some("m.thread"), Some("m.room.message"))] {
            let request = RelationsRequest {
                room_id: &room_id,
                event_id: &root,
                user_id: bob(),
                rel_type: rel_type.map(ToOwned::to_owned),
                event_type: event_type.map(ToOwned::to_owned),
                from: None,
                to: None,
                direction,
                limit: None,
                recurse,
            };
            rooms.relations(&request).await.unwrap();
        }
        rooms.event_by_time(&room_id, bob(), 4_000_000_000_000, Direction::Backward).await.unwrap();
        rooms.event_by_time(&room_id, bob(), 0, Direction::Forward).await.unwrap();
        let threads =
            ThreadsRequest { room_id: &room_id, user_id: bob(), participated: recurse, from: None, limit: None };
        rooms.threads(threads).await.unwrap();
    }
    rooms.members(&room_id, bob(), None).await.unwrap();
    rooms.state(&room_id, bob()).await.unwrap();
    rooms.mutual_rooms(alice(), bob(), None).await.unwrap();
    let walk = HierarchyRequest {
        room_id: &space,
        user_id: bob(),
        suggested_only: false,
        limit: Some(1),
        max_depth: None,
        from: None,
    };
    let page = rooms.hierarchy(walk).await.unwrap();
    rooms.hierarchy(HierarchyRequest { from: page.next.as_deref(), ..walk }).await.unwrap();
    rooms.summary((*room_id).into(), Some(bob())).await.unwrap();
    rooms.publish(&space, alice(), true).await.unwrap();
    rooms.public_rooms(None, None, None, Some(1)).await.unwrap();
    rooms.public_rooms(None, None, Some("n1_9_!x"), Some(1)).await.unwrap();
    rooms.public_rooms(None, None, Some("p1_0_!x"), Some(1)).await.unwrap();
    rooms.report(bob(), Reported::Event(&room_id, &root), "").await.unwrap();
    rooms.report(bob(), Reported::User(alice()), "").await.unwrap();
    rooms.expire_messages().await.unwrap();
    let new = rooms.upgrade(&room_id, alice(), &RoomVersionId::V12, &[]).await.unwrap();
    rooms.membership(&new, user_id!("@nobody:test")).await.unwrap();
    rooms.summary(room_id!("!none:test").into(), None).await.unwrap_err();
    for user_id in [alice(), bob()] {
        rooms.leave(own(&room_id, user_id)).await.unwrap();
        rooms.state(&room_id, user_id).await.unwrap();
        rooms.members(&room_id, user_id, None).await.unwrap();
        rooms.forget(&room_id, user_id).await.unwrap();
    }
    rooms.purge_forgotten().await.unwrap();
}

/// Tables that stay small, what recursion makes, and the entries of a list.
const SMALL: [&str; 7] = ["chain", "json_each", "related", "room_purges", "server_keys", "streams", "newest"];

#[tokio::test]
async fn everything_is_found_by_an_index() {
    let world = World::new().await;
    statements::record();
    do_everything(&world).await;
    let statements = statements::take();
    assert!(statements.len() > 80, "{}", statements.len());

    let mut connection = world.storage.read().await.unwrap();
    for sql in statements {
        let is_query = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| sql.starts_with(verb));
        if !is_query {
            continue;
        }
        let values = (1..=99).rev().find(|number| sql.contains(&format!("${number}"))).unwrap_or(0);
        let values: Vec<Value> = (0..values).flat_map(|_| args![None::<i64>]).collect();
        let plan = connection.fetch_all(format!("EXPLAIN QUERY PLAN {sql}"), values).await.unwrap();
        for row in plan {
            let step: String = row.get(3).unwrap();
            let table = step.strip_prefix("SCAN ").filter(|step| !step.contains("USING"));
            let table = table.map(|step| step.split(' ').next().unwrap_or_default());
            let is_fine =
                table.is_none_or(|table| SMALL.contains(&table) || table.starts_with('(') || table == "CONSTANT");
            assert!(is_fine, "{step}: {sql}");
        }
    }
}
