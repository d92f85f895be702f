//! Requests that are none get the errors the specification names.

use reqwest::Method;
use serde_json::json;

use crate::harness::TestServer;

on_both!(
    an_unknown_endpoint_is_unrecognized,
    what_the_named_versions_added_is_there,
    a_known_endpoint_refuses_other_methods,
    a_body_that_is_no_json_is_refused,
    a_body_of_the_wrong_shape_is_refused,
    a_body_without_what_it_needs_is_refused,
    a_body_that_is_too_large_is_refused,
    no_body_is_an_empty_one_where_everything_is_optional,
    a_missing_query_parameter_is_named,
    a_missing_and_an_unknown_token_differ,
    a_token_in_the_query_is_not_read,
    another_users_data_is_forbidden,
    every_answer_is_for_all_origins,
);

async fn an_unknown_endpoint_is_unrecognized(server: &TestServer) {
    let client = server.stranger();

    for path in ["/_matrix/client/v3/nothing", "/_matrix/nothing", "/_synapse/admin/v9"] {
        client.raw(Method::GET, path, None).await.assert_errcode(404, "M_UNRECOGNIZED");
    }
}

async fn what_the_named_versions_added_is_there(server: &TestServer) {
    let added = [
        ("v1.2", Method::GET, "v1/rooms/!r:test/hierarchy"),
        ("v1.3", Method::GET, "v1/rooms/!r:test/relations/$e"),
        ("v1.4", Method::GET, "v1/rooms/!r:test/threads"),
        ("v1.6", Method::GET, "v1/rooms/!r:test/timestamp_to_event"),
        ("v1.7", Method::POST, "v1/login/get_token"),
        ("v1.11", Method::GET, "v1/media/download/test/id"),
        ("v1.13", Method::POST, "v3/rooms/!r:test/report"),
        ("v1.14", Method::POST, "v3/users/@u:test/report"),
        ("v1.15", Method::GET, "v1/room_summary/!r:test"),
        ("v1.16", Method::DELETE, "v3/profile/@u:test/m.tz"),
    ];
    let client = server.stranger();

    let versions = client.raw(Method::GET, "/_matrix/client/versions", None).await.ok();

    for (version, method, path) in added {
        let names = versions["versions"].as_array().unwrap();
        assert!(names.iter().any(|name| name == version), "{version} is not named");
        let answer = client.raw(method, &format!("/_matrix/client/{path}"), None).await;
        assert_ne!(answer.body["errcode"], "M_UNRECOGNIZED", "{path} is not there");
    }
    assert_eq!(versions["versions"].as_array().unwrap().last().unwrap(), "v1.17");
}

async fn a_known_endpoint_refuses_other_methods(server: &TestServer) {
    let answer = server.stranger().raw(Method::PUT, "/_matrix/client/versions", None).await;

    answer.assert_errcode(405, "M_UNRECOGNIZED");
}

async fn a_body_that_is_no_json_is_refused(server: &TestServer) {
    let client = server.stranger();

    for body in ["no json", "{\"type\":", "\"open"] {
        let answer = client.raw(Method::POST, "/_matrix/client/v3/register", Some(body.to_owned())).await;
        answer.assert_errcode(400, "M_NOT_JSON");
    }
}

async fn a_body_of_the_wrong_shape_is_refused(server: &TestServer) {
    let client = server.stranger();

    client.post(["register"], json!({ "username": 1 })).await.assert_errcode(400, "M_BAD_JSON");
    client.post(["register"], json!([])).await.assert_errcode(400, "M_BAD_JSON");
}

async fn a_body_without_what_it_needs_is_refused(server: &TestServer) {
    server.stranger().post(["login"], json!({})).await.assert_errcode(400, "M_BAD_JSON");
}

async fn a_body_that_is_too_large_is_refused(server: &TestServer) {
    let body = json!({ "username": "a".repeat(70_000) });

    server.stranger().post(["register"], body).await.assert_errcode(413, "M_TOO_LARGE");
}

async fn no_body_is_an_empty_one_where_everything_is_optional(server: &TestServer) {
    let alice = server.register("alice").await;
    let room = alice.public_room().await;
    let bob = server.register("bob").await;

    bob.request(Method::POST, ["rooms", &room, "join"], None).await.ok();
    bob.request(Method::POST, ["logout"], None).await.ok();
}

async fn a_missing_query_parameter_is_named(server: &TestServer) {
    server.stranger().get(["register", "available"]).await.assert_errcode(400, "M_MISSING_PARAM");
}

async fn a_missing_and_an_unknown_token_differ(server: &TestServer) {
    let mut client = server.stranger();

    client.get(["account", "whoami"]).await.assert_errcode(401, "M_MISSING_TOKEN");
    client.token = Some("made-up".to_owned());
    client.get(["account", "whoami"]).await.assert_errcode(401, "M_UNKNOWN_TOKEN");
}

async fn a_token_in_the_query_is_not_read(server: &TestServer) {
    let alice = server.register("alice").await;

    let query = [("access_token", alice.token.as_deref().unwrap())];
    let answer = server.stranger().query(["account", "whoami"], &query).await;

    answer.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn another_users_data_is_forbidden(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;

    let answer = bob.get(["user", &alice.user_id, "account_data", "m.direct"]).await;

    answer.assert_errcode(403, "M_FORBIDDEN");
}

async fn every_answer_is_for_all_origins(server: &TestServer) {
    let client = server.stranger();

    let preflight = client.raw(Method::OPTIONS, "/_matrix/client/v3/account/whoami", None).await;
    let refusal = client.get(["account", "whoami"]).await;
    let unknown = client.raw(Method::GET, "/_matrix/client/v3/nothing", None).await;

    assert_eq!(preflight.status, 200);
    let allowed = preflight.headers["access-control-allow-headers"].to_str().unwrap();
    assert!(allowed.contains("Authorization"), "{allowed}");
    for answer in [preflight, refusal, unknown] {
        assert_eq!(answer.headers["access-control-allow-origin"], "*", "{}", answer.request);
    }
}
