//! Messages are found by their words, by those who may see them.

use serde_json::{Value, json};

use crate::harness::{Answer, TestClient, TestServer};

on_both!(
    a_message_is_found_by_its_words,
    scripts_without_spaces_are_searched,
    names_and_topics_are_found,
    the_best_or_the_newest_comes_first,
    results_come_in_pages,
    results_are_grouped,
    a_filter_narrows_the_search,
    context_and_state_come_along,
    nobody_finds_what_they_may_not_see,
    what_is_redacted_is_not_found,
    encrypted_rooms_are_not_searched,
    a_search_for_nothing_is_refused,
    what_was_said_before_a_restart_is_found,
);

async fn search(client: &TestClient, criteria: Value, from: Option<&str>) -> Answer {
    let from = from.map(|from| format!("?next_batch={from}")).unwrap_or_default();
    let body = json!({ "search_categories": { "room_events": criteria } });
    client.raw(reqwest::Method::POST, &format!("/_matrix/client/v3/search{from}"), Some(body.to_string())).await
}

async fn found(client: &TestClient, criteria: Value) -> Value {
    search(client, criteria, None).await.ok()["search_categories"]["room_events"].clone()
}

fn bodies(found: &Value) -> Vec<&str> {
    let results = found["results"].as_array().map_or(&[][..], Vec::as_slice);
    results.iter().map(|result| result["result"]["content"]["body"].as_str().unwrap()).collect()
}

async fn finds(client: &TestClient, term: &str) -> Vec<String> {
    let found = found(client, json!({ "search_term": term, "order_by": "recent" })).await;
    assert_eq!(found["count"].as_u64().unwrap() as usize, bodies(&found).len());
    bodies(&found).into_iter().map(ToOwned::to_owned).collect()
}

async fn a_message_is_found_by_its_words(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let event_id = alice.say(&room, "The quick brown Fox – über den Café!").await;
    alice.say(&room, "A slow fox").await;

    let answer = found(&alice, json!({ "search_term": "QUICK fox cafe" })).await;

    assert_eq!(answer["count"], 1);
    assert_eq!(answer["results"][0]["result"]["event_id"], event_id);
    assert_eq!(answer["results"][0]["result"]["room_id"], room);
    assert!(answer["results"][0]["rank"].as_f64().unwrap() > 0.0);
    assert_eq!(answer["highlights"], json!(["quick", "fox", "cafe"]));
    assert_eq!(finds(&alice, "fox").await.len(), 2);
    assert!(finds(&alice, "foxes").await.is_empty());
}

async fn scripts_without_spaces_are_searched(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for text in ["東京都に行きます", "京都と東京", "한국어를 배웁니다", "我喜欢中文"] {
        alice.say(&room, text).await;
    }

    assert_eq!(finds(&alice, "東京").await, ["京都と東京", "東京都に行きます"]);
    assert_eq!(finds(&alice, "東京都").await, ["東京都に行きます"]);
    assert_eq!(finds(&alice, "京").await.len(), 2);
    assert_eq!(finds(&alice, "국어").await, ["한국어를 배웁니다"]);
    assert_eq!(finds(&alice, "中文 喜欢").await, ["我喜欢中文"]);
}

async fn names_and_topics_are_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "Gardening", "topic": "All about roses" })).await;
    alice.say(&room, "roses are red").await;
    let count = async |keys: Value, term: &str| {
        found(&alice, json!({ "search_term": term, "keys": keys })).await["count"].clone()
    };

    assert_eq!(count(json!(["content.name"]), "gardening").await, 1);
    assert_eq!(count(json!(["content.topic"]), "roses").await, 1);
    assert_eq!(count(json!(["content.body"]), "roses").await, 1);
    assert_eq!(found(&alice, json!({ "search_term": "roses" })).await["count"], 2);
    assert_eq!(count(json!(["content.body"]), "gardening").await, 0);
}

async fn the_best_or_the_newest_comes_first(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for text in ["tea", "tea and many other things besides", "tea tea tea coffee"] {
        alice.say(&room, text).await;
    }

    let ranked = found(&alice, json!({ "search_term": "tea" })).await;
    assert_eq!(bodies(&ranked), ["tea tea tea coffee", "tea", "tea and many other things besides"]);
    let recent = found(&alice, json!({ "search_term": "tea", "order_by": "recent" })).await;
    assert_eq!(bodies(&recent), ["tea tea tea coffee", "tea and many other things besides", "tea"]);
}

async fn results_come_in_pages(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    for number in 0..7 {
        alice.say(&room, &format!("page {number}")).await;
    }

    for order in ["rank", "recent"] {
        let criteria = json!({ "search_term": "page", "order_by": order, "filter": { "limit": 3 } });
        let (mut all, mut from) = (Vec::new(), None::<String>);
        loop {
            let page = search(&alice, criteria.clone(), from.as_deref()).await.ok();
            let page = &page["search_categories"]["room_events"];
            all.extend(bodies(page).into_iter().map(ToOwned::to_owned));
            alice.say(&room, "page that came meanwhile").await;
            match page["next_batch"].as_str() {
                Some(next) => from = Some(next.to_owned()),
                None => break,
            }
        }
        all.retain(|body| body != "page that came meanwhile");
        assert_eq!(all, (0..7).rev().map(|number| format!("page {number}")).collect::<Vec<_>>(), "{order}");
    }
    search(&alice, json!({ "search_term": "page" }), Some("nonsense")).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn results_are_grouped(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (one, two) = (alice.public_room().await, alice.public_room().await);
    bob.join(&one).await;
    let older = alice.say(&one, "group").await;
    let newer = bob.say(&one, "group").await;
    let other = alice.say(&two, "group").await;
    let group_by = json!({ "group_by": [{ "key": "room_id" }, { "key": "sender" }] });
    let mut criteria = json!({ "search_term": "group", "order_by": "recent", "groupings": group_by });

    let groups = found(&alice, criteria.clone()).await["groups"].clone();
    assert_eq!(groups["room_id"][&one]["results"], json!([newer, older]));
    assert_eq!(groups["room_id"][&two]["results"], json!([other]));
    assert_eq!(groups["room_id"][&two]["order"], 0);
    assert_eq!(groups["sender"][&bob.user_id]["results"], json!([newer]));

    criteria["filter"] = json!({ "limit": 2 });
    let page = found(&alice, criteria.clone()).await;
    let from = page["groups"]["room_id"][&one]["next_batch"].as_str().unwrap();
    let rest = search(&alice, criteria, Some(from)).await.ok();
    assert_eq!(rest["search_categories"]["room_events"]["results"][0]["result"]["event_id"], older);
}

async fn a_filter_narrows_the_search(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let (one, two) = (alice.public_room().await, alice.public_room().await);
    bob.join(&one).await;
    alice.say(&one, "word one").await;
    bob.say(&one, "word by bob").await;
    alice.say(&two, "word two").await;
    let filtered = async |filter: Value| {
        let answer = found(&alice, json!({ "search_term": "word", "order_by": "recent", "filter": filter })).await;
        bodies(&answer).join(", ")
    };

    assert_eq!(filtered(json!({ "rooms": [two] })).await, "word two");
    assert_eq!(filtered(json!({ "rooms": [] })).await, "");
    assert_eq!(filtered(json!({ "not_rooms": [two] })).await, "word by bob, word one");
    assert_eq!(filtered(json!({ "senders": [bob.user_id] })).await, "word by bob");
}

async fn context_and_state_come_along(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.create_room(json!({ "name": "Context" })).await;
    let mut sent = Vec::new();
    for text in ["before two", "before one", "needle", "after one", "after two"] {
        sent.push(alice.say(&room, text).await);
    }
    let context = json!({ "before_limit": 2, "after_limit": 1, "include_profile": true });
    let criteria = json!({ "search_term": "needle", "event_context": context, "include_state": true });

    let answer = found(&alice, criteria).await;

    let context = &answer["results"][0]["context"];
    let ids = |events: &Value| -> Vec<Value> {
        events.as_array().unwrap().iter().map(|event| event["event_id"].clone()).collect()
    };
    assert_eq!(ids(&context["events_before"]), [sent[1].as_str(), sent[0].as_str()]);
    assert_eq!(ids(&context["events_after"]), [sent[3].as_str()]);
    assert_eq!(context["profile_info"][&alice.user_id]["displayname"], "alice");
    let (start, end) = (context["start"].as_str().unwrap(), context["end"].as_str().unwrap());
    let path = ["rooms", room.as_str(), "messages"];
    let older = alice.query(path, &[("from", start), ("dir", "b"), ("limit", "1")]).await.ok();
    assert_ne!(older["chunk"][0]["event_id"], sent[0]);
    let newer = alice.query(path, &[("from", end), ("dir", "f"), ("limit", "1")]).await.ok();
    assert_eq!(newer["chunk"][0]["event_id"], sent[4]);
    let state = answer["state"][&room].as_array().unwrap();
    assert!(state.iter().any(|event| event["type"] == "m.room.name"));
    assert_eq!(found(&alice, json!({ "search_term": "needle" })).await["results"][0]["context"], Value::Null);
}

async fn nobody_finds_what_they_may_not_see(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let carol = server.register("carol").await;
    let room = alice.public_room().await;
    alice.set_state(&room, "m.room.history_visibility", json!({ "history_visibility": "joined" })).await;
    alice.say(&room, "secret before").await;
    bob.join(&room).await;
    alice.say(&room, "secret while").await;
    bob.leave(&room).await;
    alice.say(&room, "secret after").await;

    assert_eq!(finds(&bob, "secret").await, ["secret while"]);
    assert!(finds(&carol, "secret").await.is_empty());
    assert_eq!(finds(&alice, "secret").await.len(), 3);
    bob.post(["rooms", &room, "forget"], json!({})).await.ok();
    assert!(finds(&bob, "secret").await.is_empty());
}

async fn what_is_redacted_is_not_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let event_id = alice.say(&room, "regret").await;
    assert_eq!(finds(&alice, "regret").await.len(), 1);

    alice.redact(&room, &event_id).await;

    assert!(finds(&alice, "regret").await.is_empty());
}

async fn encrypted_rooms_are_not_searched(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    alice.say(&room, "plain words").await;
    assert_eq!(finds(&alice, "plain").await.len(), 1);

    alice.set_state(&room, "m.room.encryption", json!({ "algorithm": "m.megolm.v1.aes-sha2" })).await;

    assert!(finds(&alice, "plain").await.is_empty());
}

async fn a_search_for_nothing_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;

    search(&alice, json!({ "search_term": "?!" }), None).await.assert_errcode(400, "M_INVALID_PARAM");
    search(&alice, json!({ "keys": ["content.body"] }), None).await.assert_errcode(400, "M_BAD_JSON");
    let none = alice.post(["search"], json!({ "search_categories": {} })).await.ok();
    assert_eq!(none, json!({ "search_categories": {} }));
    let stranger = search(&server.stranger(), json!({ "search_term": "x" }), None).await;
    stranger.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn what_was_said_before_a_restart_is_found(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    alice.say(&room, "persistent").await;

    server.restart().await;

    assert_eq!(finds(&alice, "persistent").await.len(), 1);
}
