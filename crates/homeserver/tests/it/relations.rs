//! What events say of each other: relations, threads and what is sent along with an event.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestClient, TestServer};

on_both!(
    relations_are_paged_in_both_directions,
    relations_are_asked_for_by_type,
    relations_of_relations_are_followed,
    relations_of_what_one_may_not_see_are_not_there,
    threads_come_by_their_newest_event,
    a_thread_goes_with_its_last_event,
    a_thread_begins_with_what_is_no_relation,
    an_annotation_is_made_once,
    an_event_comes_with_its_thread_and_references,
    a_relation_to_another_room_is_none,
    who_left_learns_nothing_of_what_came_after,
    who_is_ignored_is_not_counted,
    the_event_nearest_to_a_time_is_found,
    users_find_the_rooms_they_share,
    filters_ask_for_events_by_what_relates_to_them,
    what_one_may_not_see_relates_to_nothing,
);

async fn v1(client: &TestClient, path: &str) -> Answer {
    client.raw(Method::GET, &format!("/_matrix/client/v1{path}"), None).await
}

async fn event(client: &TestClient, room: &str, event_id: &str) -> Value {
    client.get(["rooms", room, "event", event_id]).await.ok()
}

fn ids(answer: &Value) -> Vec<String> {
    let events = answer["chunk"].as_array().unwrap().iter();
    events.map(|event| event["event_id"].as_str().unwrap().to_owned()).collect()
}

async fn related(client: &TestClient, room: &str, parent: &str, rel_type: &str, body: &str) -> String {
    let content = json!({
        "msgtype": "m.text", "body": body,
        "m.relates_to": { "rel_type": rel_type, "event_id": parent },
    });
    client.send_event(room, "m.room.message", content).await
}

async fn in_thread(client: &TestClient, room: &str, root: &str, body: &str) -> String {
    related(client, room, root, "m.thread", body).await
}

fn annotation(parent: &str, key: &str) -> Value {
    json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": parent, "key": key } })
}

async fn relations_are_paged_in_both_directions(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let parent = alice.say(&room, "parent").await;
    let mut children = Vec::new();
    for number in 0..5 {
        children.push(related(&alice, &room, &parent, "org.test", &number.to_string()).await);
        alice.say(&room, "between").await;
    }
    let path = format!("/rooms/{room}/relations/{parent}");

    let first = v1(&alice, &format!("{path}?limit=2")).await.ok();
    assert_eq!(ids(&first), [children[4].clone(), children[3].clone()]);
    assert!(first.get("prev_batch").is_none() && first.get("recursion_depth").is_none());
    let next = first["next_batch"].as_str().unwrap();
    let second = v1(&alice, &format!("{path}?from={next}")).await.ok();
    assert_eq!(ids(&second), [children[2].clone(), children[1].clone(), children[0].clone()]);
    assert_eq!((&second["next_batch"], second["prev_batch"].as_str()), (&Value::Null, Some(next)));
    let forward = v1(&alice, &format!("{path}?dir=f&limit=3")).await.ok();
    assert_eq!(ids(&forward), children[..3]);
    let next = forward["next_batch"].as_str().unwrap();
    assert_eq!(ids(&v1(&alice, &format!("{path}?dir=f&from={next}")).await.ok()), children[3..]);

    let none = v1(&alice, &format!("/rooms/{room}/relations/{}", children[0])).await.ok();
    assert_eq!(none, json!({ "chunk": [] }));
    v1(&alice, &format!("{path}?from=nonsense")).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, &format!("/rooms/{room}/relations/$none")).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn relations_are_asked_for_by_type(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let parent = alice.say(&room, "parent").await;
    let reaction = alice.send_event(&room, "m.reaction", annotation(&parent, "👍")).await;
    let reference = related(&alice, &room, &parent, "m.reference", "see").await;

    let path = format!("/rooms/{room}/relations/{parent}");
    assert_eq!(ids(&v1(&alice, &format!("{path}/m.annotation")).await.ok()), [reaction.as_str()]);
    assert_eq!(ids(&v1(&alice, &format!("{path}/m.reference")).await.ok()), [reference.as_str()]);
    assert_eq!(ids(&v1(&alice, &format!("{path}/m.annotation/m.reaction")).await.ok()), [reaction.as_str()]);
    assert!(ids(&v1(&alice, &format!("{path}/m.annotation/m.room.message")).await.ok()).is_empty());

    alice.redact(&room, &reaction).await;
    assert_eq!(ids(&v1(&alice, &path).await.ok()), [reference]);
    for path in [format!("/rooms/{room}/relations/$none/m.annotation"), format!("/rooms/{room}/relations/$n/a/b")] {
        v1(&alice, &path).await.assert_errcode(404, "M_NOT_FOUND");
    }
}

async fn relations_of_relations_are_followed(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let root = alice.say(&room, "root").await;
    let reply = in_thread(&alice, &room, &root, "reply").await;
    let reaction = alice.send_event(&room, "m.reaction", annotation(&reply, "👍")).await;
    let path = format!("/rooms/{room}/relations/{root}");

    let direct = v1(&alice, &path).await.ok();
    assert_eq!(ids(&direct), [reply.as_str()]);
    let all = v1(&alice, &format!("{path}?recurse=true")).await.ok();
    assert_eq!(ids(&all), [reaction.clone(), reply.clone()]);
    assert_eq!(all["recursion_depth"], 3);
    let first = v1(&alice, &format!("{path}?recurse=true&limit=1")).await.ok();
    let next = first["next_batch"].as_str().unwrap();
    assert_eq!(ids(&v1(&alice, &format!("{path}?recurse=true&limit=1&from={next}")).await.ok()), [reply.as_str()]);
    // What leads to an event only through another type is not found by its type.
    assert!(ids(&v1(&alice, &format!("{path}/m.annotation?recurse=true")).await.ok()).is_empty());
}

async fn relations_of_what_one_may_not_see_are_not_there(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let setting = json!({ "type": "m.room.history_visibility", "content": { "history_visibility": "joined" } });
    let room = alice.create_room(json!({ "preset": "public_chat", "initial_state": [setting] })).await;
    let early = alice.say(&room, "early").await;
    in_thread(&alice, &room, &early, "early too").await;
    let path = format!("/rooms/{room}/relations/{early}");
    v1(&bob, &path).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, &format!("/rooms/{room}/threads")).await.assert_errcode(403, "M_FORBIDDEN");

    bob.join(&room).await;

    v1(&bob, &path).await.assert_errcode(404, "M_NOT_FOUND");
    assert_eq!(v1(&bob, &format!("/rooms/{room}/threads")).await.ok(), json!({ "chunk": [] }));
}

async fn threads_come_by_their_newest_event(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let mut roots = Vec::new();
    for number in 0..3 {
        let root = alice.say(&room, &number.to_string()).await;
        in_thread(&alice, &room, &root, "reply").await;
        roots.push(root);
    }
    in_thread(&bob, &room, &roots[0], "late").await;
    alice.say(&room, "no thread").await;
    let path = format!("/rooms/{room}/threads");

    let all = v1(&bob, &path).await.ok();
    assert_eq!(ids(&all), [roots[0].clone(), roots[2].clone(), roots[1].clone()]);
    let thread = &all["chunk"][0]["unsigned"]["m.relations"]["m.thread"];
    assert_eq!((&thread["count"], &thread["current_user_participated"]), (&json!(2), &json!(true)));
    let own = v1(&bob, &format!("{path}?include=participated")).await.ok();
    assert_eq!(ids(&own), [roots[0].clone()]);
    assert_eq!(ids(&v1(&alice, &format!("{path}?include=participated")).await.ok()).len(), 3);

    let first = v1(&bob, &format!("{path}?limit=1")).await.ok();
    assert_eq!(ids(&first), [roots[0].clone()]);
    let next = first["next_batch"].as_str().unwrap();
    let rest = v1(&bob, &format!("{path}?limit=5&from={next}")).await.ok();
    assert_eq!(ids(&rest), [roots[2].clone(), roots[1].clone()]);
    assert!(rest.get("next_batch").is_none());
    v1(&bob, &format!("{path}?from=nonsense")).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_thread_goes_with_its_last_event(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let root = alice.say(&room, "root").await;
    let first = in_thread(&alice, &room, &root, "first").await;
    let second = in_thread(&alice, &room, &root, "second").await;
    let path = format!("/rooms/{room}/threads");

    alice.redact(&room, &second).await;
    let thread = event(&alice, &room, &root).await["unsigned"]["m.relations"]["m.thread"].clone();
    assert_eq!((&thread["count"], &thread["latest_event"]["event_id"]), (&json!(1), &json!(first)));
    // What was redacted still begins its thread.
    alice.redact(&room, &root).await;
    assert_eq!(ids(&v1(&alice, &path).await.ok()), [root.as_str()]);
    alice.redact(&room, &first).await;
    assert!(ids(&v1(&alice, &path).await.ok()).is_empty());
    assert_eq!(event(&alice, &room, &root).await["unsigned"]["m.relations"], Value::Null);
}

async fn a_thread_begins_with_what_is_no_relation(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let root = alice.say(&room, "root").await;
    let inner = in_thread(&alice, &room, &root, "reply").await;

    let nested = json!({ "body": "x", "m.relates_to": { "rel_type": "m.thread", "event_id": inner } });
    alice.send_as(&room, "m.room.message", "t1", nested).await.assert_errcode(400, "M_UNKNOWN");

    let reply = json!({ "body": "x", "m.relates_to": { "m.in_reply_to": { "event_id": root } } });
    let reply = alice.send_event(&room, "m.room.message", reply).await;
    in_thread(&alice, &room, &reply, "fine").await;
}

async fn an_annotation_is_made_once(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let parent = alice.say(&room, "parent").await;
    let like = annotation(&parent, "👍");

    let first = alice.send_as(&room, "m.reaction", "t1", like.clone()).await.string("event_id");
    let repeated = alice.send_as(&room, "m.reaction", "t1", like.clone()).await.string("event_id");
    assert_eq!(first, repeated);
    let again = alice.send_as(&room, "m.reaction", "t2", like.clone()).await;
    again.assert_errcode(400, "M_DUPLICATE_ANNOTATION");
    alice.send_as(&room, "m.reaction", "t3", annotation(&parent, "👎")).await.ok();
    bob.send_as(&room, "m.reaction", "t1", like.clone()).await.ok();
    alice.redact(&room, &first).await;
    alice.send_as(&room, "m.reaction", "t4", like).await.ok();
}

async fn an_event_comes_with_its_thread_and_references(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let root = alice.say(&room, "root").await;
    in_thread(&bob, &room, &root, "first").await;
    let last = in_thread(&alice, &room, &root, "lsat").await;
    let edit = json!({
        "body": "* last", "msgtype": "m.text", "m.new_content": { "body": "last", "msgtype": "m.text" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": last },
    });
    let edit = alice.send_event(&room, "m.room.message", edit).await;
    // An edit that says nothing is none.
    let empty = json!({ "body": "*", "m.relates_to": { "rel_type": "m.replace", "event_id": last } });
    alice.send_event(&room, "m.room.message", empty).await;
    let reference = related(&bob, &room, &root, "m.reference", "see").await;
    alice.send_event(&room, "m.reaction", annotation(&root, "👍")).await;

    let messages = alice.query(["rooms", &room, "messages"], &[("dir", "b"), ("limit", "50")]).await.ok();
    let in_messages = messages["chunk"].as_array().unwrap().iter().find(|event| event["event_id"] == root).unwrap();
    let context = alice.get(["rooms", &room, "context", &root]).await.ok();
    let threads = v1(&alice, &format!("/rooms/{room}/threads")).await.ok();
    let filter = json!({ "room": { "timeline": { "limit": 50 } } });
    let sync = alice.sync().filter(&filter).await;
    let in_sync = sync.timeline(&room).iter().find(|event| event["event_id"] == root).unwrap();
    let single = event(&alice, &room, &root).await;
    for shown in [in_messages, &context["event"], &threads["chunk"][0], in_sync, &single] {
        let relations = &shown["unsigned"]["m.relations"];
        assert_eq!(relations["m.reference"], json!({ "chunk": [{ "event_id": reference }] }));
        let thread = &relations["m.thread"];
        assert_eq!((&thread["count"], &thread["current_user_participated"]), (&json!(2), &json!(true)));
        let latest = &thread["latest_event"];
        assert_eq!(latest["event_id"], last);
        assert_eq!(latest["unsigned"]["m.relations"]["m.replace"]["event_id"], edit);
        assert!(relations.get("m.annotation").is_none() && relations.get("m.replace").is_none());
    }
    let page = v1(&alice, &format!("/rooms/{room}/relations/{root}/m.thread")).await.ok();
    assert_eq!(page["chunk"][0]["unsigned"]["m.relations"]["m.replace"]["event_id"], edit);
}

async fn a_relation_to_another_room_is_none(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (room, other) = (alice.public_room().await, alice.public_room().await);
    bob.join(&room).await;
    let parent = alice.say(&room, "parent").await;

    in_thread(&alice, &other, &parent, "elsewhere").await;
    related(&alice, &other, &parent, "m.reference", "elsewhere").await;
    let edit = json!({
        "body": "*", "msgtype": "m.text", "m.new_content": { "body": "x", "msgtype": "m.text" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": parent },
    });
    alice.send_event(&other, "m.room.message", edit).await;

    assert_eq!(event(&bob, &room, &parent).await["unsigned"]["m.relations"], Value::Null);
    assert_eq!(v1(&bob, &format!("/rooms/{room}/relations/{parent}")).await.ok(), json!({ "chunk": [] }));
    assert_eq!(v1(&alice, &format!("/rooms/{other}/threads")).await.ok(), json!({ "chunk": [] }));
}

async fn who_left_learns_nothing_of_what_came_after(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let root = alice.say(&room, "root").await;
    let seen = in_thread(&alice, &room, &root, "seen").await;
    let quiet = alice.say(&room, "quiet").await;
    bob.leave(&room).await;
    in_thread(&alice, &room, &root, "later").await;
    in_thread(&alice, &room, &quiet, "later").await;
    related(&alice, &room, &root, "m.reference", "later").await;
    let edit = json!({
        "body": "*", "msgtype": "m.text", "m.new_content": { "body": "later", "msgtype": "m.text" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": root },
    });
    alice.send_event(&room, "m.room.message", edit).await;

    let relations = event(&bob, &room, &root).await["unsigned"]["m.relations"].clone();
    assert_eq!(relations["m.thread"]["latest_event"]["event_id"], seen);
    assert_eq!(relations["m.thread"]["count"], 1);
    assert_eq!(relations.as_object().unwrap().len(), 1);
    assert_eq!(event(&bob, &room, &quiet).await["unsigned"]["m.relations"], Value::Null);
    assert_eq!(ids(&v1(&bob, &format!("/rooms/{room}/relations/{root}")).await.ok()), [seen]);
    assert_eq!(ids(&v1(&bob, &format!("/rooms/{room}/threads")).await.ok()), [root.as_str()]);

    bob.post(["rooms", &room, "forget"], json!({})).await.ok();
    bob.get(["rooms", &room, "event", &root]).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, &format!("/rooms/{room}/relations/{root}")).await.assert_errcode(404, "M_NOT_FOUND");
}

async fn who_is_ignored_is_not_counted(server: &TestServer) {
    let (alice, mallory) = (server.register("alice").await, server.register("mallory").await);
    let room = alice.public_room().await;
    mallory.join(&room).await;
    let root = alice.say(&room, "root").await;
    let reply = in_thread(&alice, &room, &root, "reply").await;
    let noise = in_thread(&mallory, &room, &root, "noise").await;
    related(&mallory, &room, &root, "m.reference", "noise").await;
    let begun = mallory.say(&room, "begun").await;
    in_thread(&alice, &room, &begun, "answer").await;
    let ignored = json!({ "ignored_users": { &mallory.user_id: {} } });
    alice.put(["user", &alice.user_id, "account_data", "m.ignored_user_list"], ignored).await.ok();

    let relations = event(&alice, &room, &root).await["unsigned"]["m.relations"].clone();
    assert_eq!((&relations["m.thread"]["count"], &relations["m.reference"]), (&json!(1), &Value::Null));
    assert_eq!(relations["m.thread"]["latest_event"]["event_id"], reply);
    assert_eq!(ids(&v1(&alice, &format!("/rooms/{room}/relations/{root}")).await.ok()), [reply]);
    alice.get(["rooms", &room, "event", &noise]).await.assert_errcode(404, "M_NOT_FOUND");
    let page = alice.query(["rooms", &room, "messages"], &[("dir", "b"), ("limit", "50")]).await.ok();
    let events = page["chunk"].as_array().unwrap();
    assert!(events.iter().all(|event| event["sender"] != mallory.user_id || event.get("state_key").is_some()));
    // The thread they began is there, without what they said.
    let threads = v1(&alice, &format!("/rooms/{room}/threads")).await.ok();
    let shown = threads["chunk"].as_array().unwrap().iter().find(|event| event["event_id"] == begun).unwrap();
    assert_eq!(shown["content"], json!({}));
    assert_eq!(shown["unsigned"]["m.relations"]["m.thread"]["count"], 1);
}

async fn the_event_nearest_to_a_time_is_found(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    let first = alice.say(&room, "first").await;
    let time = event(&alice, &room, &first).await["origin_server_ts"].as_i64().unwrap();
    let path = |time: i64, dir: &str| format!("/rooms/{room}/timestamp_to_event?ts={time}&dir={dir}");

    let last = v1(&alice, &path(time + 1_000_000, "b")).await.ok();
    assert_eq!(last, json!({ "event_id": first, "origin_server_ts": time }));
    let create = v1(&alice, &path(0, "f")).await.string("event_id");
    assert_eq!(event(&alice, &room, &create).await["type"], "m.room.create");
    v1(&alice, &path(time + 1_000_000, "f")).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&alice, &path(0, "b")).await.assert_errcode(404, "M_NOT_FOUND");
    v1(&bob, &path(0, "f")).await.assert_errcode(403, "M_FORBIDDEN");
    // What came before one's time is not found.
    alice.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "joined" })).await;
    let hidden = alice.say(&room, "hidden").await;
    let time = event(&alice, &room, &hidden).await["origin_server_ts"].as_i64().unwrap();
    bob.join(&room).await;
    let found = v1(&bob, &path(time, "f")).await.string("event_id");
    assert_eq!(event(&bob, &room, &found).await["state_key"], bob.user_id);
}

async fn users_find_the_rooms_they_share(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let (room, other) = (alice.public_room().await, alice.public_room().await);
    alice.public_room().await;
    bob.join(&room).await;
    bob.join(&other).await;
    let mut shared = vec![room.clone(), other.clone()];
    shared.sort_unstable();
    let path = |user: &str| format!("/mutual_rooms?user_id={user}");

    let found = v1(&alice, &path(&bob.user_id)).await.ok();
    assert_eq!(found, json!({ "joined": shared, "count": 2 }));
    bob.leave(&other).await;
    assert_eq!(v1(&bob, &path(&alice.user_id)).await.ok(), json!({ "joined": [room], "count": 1 }));
    let nobody = v1(&alice, &path("@nobody:trellis.test")).await.ok();
    assert_eq!(nobody, json!({ "joined": [], "count": 0 }));
    v1(&alice, &path(&alice.user_id)).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, &path("nonsense")).await.assert_errcode(400, "M_INVALID_PARAM");
    v1(&alice, "/mutual_rooms").await.assert_errcode(400, "M_MISSING_PARAM");
    v1(&alice, &format!("{}&from=x", path(&bob.user_id))).await.assert_errcode(400, "M_INVALID_PARAM");
}

/// The messages of a page that a filter lets through.
async fn filtered(client: &TestClient, room: &str, filter: &Value) -> Vec<String> {
    let filter = filter.to_string();
    let query = [("dir", "f"), ("limit", "50"), ("filter", filter.as_str())];
    ids(&client.query(["rooms", room, "messages"], &query).await.ok())
}

async fn filters_ask_for_events_by_what_relates_to_them(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let root = alice.say(&room, "a question").await;
    let edited = alice.say(&room, "a tpyo").await;
    alice.say(&room, "alone").await;
    related(&bob, &room, &root, "m.thread", "an answer").await;
    related(&alice, &room, &edited, "m.replace", "a typo").await;
    let by_types = json!({ "related_by_rel_types": ["m.thread"] });
    let by_senders = json!({ "related_by_senders": [alice.user_id] });
    let by_both = json!({ "related_by_rel_types": ["m.thread"], "related_by_senders": [alice.user_id] });

    assert_eq!(filtered(&alice, &room, &by_types).await, [root.as_str()]);
    assert_eq!(filtered(&alice, &room, &by_senders).await, [edited.as_str()]);
    assert_eq!(filtered(&alice, &room, &by_both).await, [] as [String; 0]);

    let definition = json!({ "room": { "timeline": { "related_by_rel_types": ["m.thread"], "limit": 50 } } });
    assert_eq!(alice.sync().filter(&definition).await.timeline_ids(&room), [root.as_str()]);
    let stored = alice.post(["user", &alice.user_id, "filter"], definition).await.string("filter_id");
    let synced = alice.query(["sync"], &[("filter", &stored)]).await.ok();
    let timeline = synced["rooms"]["join"][&room]["timeline"]["events"].as_array().unwrap();
    assert_eq!(timeline.iter().map(|event| &event["event_id"]).collect::<Vec<_>>(), [root.as_str()]);
    let filter = by_types.to_string();
    let around = alice.query(["rooms", &room, "context", &edited], &[("limit", "20"), ("filter", &filter)]).await.ok();
    assert_eq!(around["events_before"].as_array().unwrap().len(), 1);
    assert_eq!(around.get("events_after"), None);
    let criteria = json!({ "search_term": "a", "filter": by_types });
    let found = alice.post(["search"], json!({ "search_categories": { "room_events": criteria } })).await.ok();
    assert_eq!(found["search_categories"]["room_events"]["results"][0]["result"]["event_id"], root);
    assert_eq!(found["search_categories"]["room_events"]["count"], 1);

    let wrong = [("dir", "f"), ("filter", r#"{"related_by_senders":"alice"}"#)];
    alice.query(["rooms", &room, "messages"], &wrong).await.assert_errcode(400, "M_BAD_JSON");
}

async fn what_one_may_not_see_relates_to_nothing(server: &TestServer) {
    let (alice, bob) = (server.register("alice").await, server.register("bob").await);
    let room = alice.public_room().await;
    bob.join(&room).await;
    let root = alice.say(&room, "a question").await;
    bob.leave(&room).await;
    related(&alice, &room, &root, "m.thread", "an answer").await;

    let by_types = json!({ "related_by_rel_types": ["m.thread"] });
    assert_eq!(filtered(&alice, &room, &by_types).await, [root]);
    assert_eq!(filtered(&bob, &room, &by_types).await, [] as [String; 0]);
}
