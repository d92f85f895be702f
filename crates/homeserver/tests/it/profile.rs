//! What users show of themselves.

use serde_json::json;

use crate::harness::TestServer;

on_both!(
    a_profile_begins_with_the_localpart_and_keeps_what_is_set,
    a_stranger_sees_a_profile,
    any_text_can_be_a_name,
    only_the_owner_changes_a_profile,
    fields_beyond_the_old_ones_are_kept,
    an_empty_name_is_no_name,
    a_new_name_reaches_the_rooms,
    an_unknown_user_has_no_profile,
);

async fn a_profile_begins_with_the_localpart_and_keeps_what_is_set(server: &TestServer) {
    let alice = server.register("alice").await;
    let profile = ["profile", &alice.user_id];

    assert_eq!(alice.get(profile).await.ok(), json!({ "displayname": "alice" }));
    assert_eq!(alice.get(["profile", &alice.user_id, "avatar_url"]).await.ok(), json!({}));
    alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Alice" })).await.ok();
    let avatar = json!({ "avatar_url": "mxc://trellis.test/abc" });
    alice.put(["profile", &alice.user_id, "avatar_url"], avatar.clone()).await.ok();

    let expected = json!({ "displayname": "Alice", "avatar_url": "mxc://trellis.test/abc" });
    assert_eq!(alice.get(profile).await.ok(), expected);
    assert_eq!(alice.get(["profile", &alice.user_id, "avatar_url"]).await.ok(), avatar);
}

async fn a_stranger_sees_a_profile(server: &TestServer) {
    let alice = server.register("alice").await;
    alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Alice" })).await.ok();

    let name = server.stranger().get(["profile", &alice.user_id, "displayname"]).await.ok();

    assert_eq!(name, json!({ "displayname": "Alice" }));
}

async fn any_text_can_be_a_name(server: &TestServer) {
    let alice = server.register("alice").await;
    let name = json!({ "displayname": "\u{0}أليس 🌱 '; DROP TABLE users" });

    alice.put(["profile", &alice.user_id, "displayname"], name.clone()).await.ok();

    assert_eq!(alice.get(["profile", &alice.user_id, "displayname"]).await.ok(), name);
    let long = json!({ "displayname": "x".repeat(257) });
    alice.put(["profile", &alice.user_id, "displayname"], long).await.assert_errcode(413, "M_TOO_LARGE");
}

async fn only_the_owner_changes_a_profile(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;

    let answer = bob.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Bob" })).await;

    answer.assert_errcode(403, "M_FORBIDDEN");
}

async fn fields_beyond_the_old_ones_are_kept(server: &TestServer) {
    let alice = server.register("alice").await;
    let field = ["profile", &alice.user_id, "org.example.pets"];
    let pets = json!({ "org.example.pets": ["cat", { "dog": 1 }] });

    alice.put(field, pets.clone()).await.ok();
    assert_eq!(alice.get(field).await.ok(), pets);
    alice.delete(field).await.ok();

    alice.get(field).await.assert_errcode(404, "M_NOT_FOUND");
    let large = json!({ "org.example.pets": "x".repeat(65_000) });
    alice.put(field, large).await.ok();
    let more = json!({ "org.example.more": "x".repeat(2_000) });
    alice.put(["profile", &alice.user_id, "org.example.more"], more).await.assert_errcode(400, "M_PROFILE_TOO_LARGE");
}

async fn an_empty_name_is_no_name(server: &TestServer) {
    let alice = server.register("alice").await;
    let set = async |name: &str| {
        alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": name })).await.ok();
    };

    set("Alice").await;
    set("").await;

    assert_eq!(alice.get(["profile", &alice.user_id]).await.ok(), json!({}));
}

async fn a_new_name_reaches_the_rooms(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;

    alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Alice" })).await.ok();

    let member = alice.get(["rooms", &room, "state", "m.room.member", &alice.user_id]).await.ok();
    assert_eq!(member["displayname"], "Alice");
    assert_eq!(member["membership"], "join");
}

async fn an_unknown_user_has_no_profile(server: &TestServer) {
    server.stranger().get(["profile", "@nobody:trellis.test"]).await.assert_errcode(404, "M_NOT_FOUND");
}
