//! What belongs to an account is given to no one without a token, and files to whoever has one.

use reqwest::Method;
use serde_json::{Value, json};
use trellis_homeserver::Config;

use crate::harness::TestServer;

on_both!(
    legacy: nothing_of_an_account_is_given_without_a_token,
    files_go_in_and_come_out_at_every_path,
    what_is_not_offered_is_refused,
    rules_are_read_one_by_one,
    the_homeserver_is_found_by_its_name,
    a_server_without_help_says_so,
);

fn legacy(config: &mut Config) {
    config.allow_legacy_media = true;
}

const OF_ACCOUNTS: &[(&str, &str)] = &[
    ("GET", "client/v1/media/config"),
    ("GET", "client/v1/media/download/trellis.test/x"),
    ("GET", "client/v1/media/download/trellis.test/x/name"),
    ("GET", "client/v1/media/thumbnail/trellis.test/x?width=1&height=1"),
    ("POST", "client/v1/login/get_token"),
    ("GET", "client/v3/account/3pid"),
    ("GET", "client/v3/account/whoami"),
    ("GET", "client/v3/capabilities"),
    ("POST", "client/v3/delete_devices"),
    ("GET", "client/v3/devices"),
    ("DELETE", "client/v3/devices/D"),
    ("GET", "client/v3/devices/D"),
    ("PUT", "client/v3/devices/D"),
    ("GET", "client/v3/keys/changes?from=a&to=b"),
    ("POST", "client/v3/keys/claim"),
    ("POST", "client/v3/keys/device_signing/upload"),
    ("POST", "client/v3/keys/query"),
    ("POST", "client/v3/keys/signatures/upload"),
    ("POST", "client/v3/keys/upload"),
    ("POST", "client/v3/logout"),
    ("POST", "client/v3/logout/all"),
    ("GET", "client/v3/notifications"),
    ("PUT", "client/v3/profile/@a:b/displayname"),
    ("DELETE", "client/v3/profile/@a:b/displayname"),
    ("GET", "client/v3/pushers"),
    ("POST", "client/v3/pushers/set"),
    ("GET", "client/v3/pushrules/"),
    ("GET", "client/v3/pushrules/global/"),
    ("GET", "client/v3/pushrules/global/room/!a:b"),
    ("PUT", "client/v3/pushrules/global/room/!a:b"),
    ("DELETE", "client/v3/pushrules/global/room/!a:b"),
    ("GET", "client/v3/pushrules/global/room/!a:b/actions"),
    ("PUT", "client/v3/pushrules/global/room/!a:b/actions"),
    ("GET", "client/v3/pushrules/global/room/!a:b/enabled"),
    ("PUT", "client/v3/pushrules/global/room/!a:b/enabled"),
    ("GET", "client/v3/room_keys/keys?version=1"),
    ("PUT", "client/v3/room_keys/keys?version=1"),
    ("DELETE", "client/v3/room_keys/keys?version=1"),
    ("GET", "client/v3/room_keys/keys/!a:b?version=1"),
    ("PUT", "client/v3/room_keys/keys/!a:b?version=1"),
    ("DELETE", "client/v3/room_keys/keys/!a:b?version=1"),
    ("GET", "client/v3/room_keys/keys/!a:b/s?version=1"),
    ("PUT", "client/v3/room_keys/keys/!a:b/s?version=1"),
    ("DELETE", "client/v3/room_keys/keys/!a:b/s?version=1"),
    ("GET", "client/v3/room_keys/version"),
    ("POST", "client/v3/room_keys/version"),
    ("GET", "client/v3/room_keys/version/1"),
    ("PUT", "client/v3/room_keys/version/1"),
    ("DELETE", "client/v3/room_keys/version/1"),
    ("POST", "client/v3/search"),
    ("PUT", "client/v3/sendToDevice/m.test/1"),
    ("GET", "client/v3/thirdparty/location"),
    ("GET", "client/v3/thirdparty/location/irc"),
    ("GET", "client/v3/thirdparty/protocol/irc"),
    ("GET", "client/v3/thirdparty/protocols"),
    ("GET", "client/v3/thirdparty/user"),
    ("GET", "client/v3/thirdparty/user/irc"),
    ("GET", "client/v3/user/@a:b/account_data/m.test"),
    ("PUT", "client/v3/user/@a:b/account_data/m.test"),
    ("POST", "client/v3/user/@a:b/filter"),
    ("GET", "client/v3/user/@a:b/filter/1"),
    ("POST", "client/v3/user/@a:b/openid/request_token"),
    ("GET", "client/v3/user/@a:b/rooms/!a:b/account_data/m.test"),
    ("PUT", "client/v3/user/@a:b/rooms/!a:b/account_data/m.test"),
    ("GET", "client/v3/user/@a:b/rooms/!a:b/tags"),
    ("PUT", "client/v3/user/@a:b/rooms/!a:b/tags/u.test"),
    ("DELETE", "client/v3/user/@a:b/rooms/!a:b/tags/u.test"),
    ("POST", "client/v3/user_directory/search"),
    ("GET", "client/v3/voip/turnServer"),
    ("POST", "media/v1/create"),
    ("GET", "media/v3/config"),
    ("POST", "media/v3/upload"),
    ("PUT", "media/v3/upload/trellis.test/x"),
];

async fn nothing_of_an_account_is_given_without_a_token(server: &TestServer) {
    let stranger = server.stranger();
    for (method, path) in OF_ACCOUNTS {
        let answer = stranger.raw(method.parse().unwrap(), &format!("/_matrix/{path}"), Some("{}".to_owned())).await;
        answer.assert_errcode(401, "M_MISSING_TOKEN");
    }
}

async fn files_go_in_and_come_out_at_every_path(server: &TestServer) {
    let alice = server.register("alice").await;
    let get = async |path: &str| alice.raw(Method::GET, &format!("/_matrix/{path}"), None).await;
    let made = alice.raw(Method::POST, "/_matrix/media/v1/create", Some("{}".to_owned())).await;
    let id = made.string("content_uri").replace("mxc://", "");
    let put = async || alice.raw(Method::PUT, &format!("/_matrix/media/v3/upload/{id}"), Some("5".to_owned())).await;

    assert_eq!(put().await.ok(), json!({}));
    put().await.assert_errcode(409, "M_CANNOT_OVERWRITE_MEDIA");
    for version in ["client/v1/media", "media/v3"] {
        assert_eq!(get(&format!("{version}/config")).await.ok()["m.upload.size"], 52_428_800);
        assert_eq!(get(&format!("{version}/download/{id}")).await.ok(), 5);
        assert_eq!(get(&format!("{version}/download/{id}/five.json")).await.ok(), 5);
        get(&format!("{version}/download/trellis.test/none")).await.assert_errcode(404, "M_NOT_FOUND");
        get(&format!("{version}/download/trellis.test/none/x")).await.assert_errcode(404, "M_NOT_FOUND");
        let size = "width=32&height=32&method=crop";
        get(&format!("{version}/thumbnail/{id}?{size}")).await.assert_errcode(400, "M_UNKNOWN");
    }
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(9, 9).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let upload = reqwest::Client::new()
        .post(format!("{}/_matrix/media/v3/upload", alice.url()))
        .bearer_auth(alice.token.as_deref().unwrap())
        .header("content-type", "image/png")
        .body(picture.into_inner());
    let uploaded: Value = serde_json::from_slice(&upload.send().await.unwrap().bytes().await.unwrap()).unwrap();
    let id = uploaded["content_uri"].as_str().unwrap().replace("mxc://", "");
    for version in ["client/v1/media", "media/v3"] {
        get(&format!("{version}/thumbnail/{id}?width=9&height=9")).await.ok();
    }
    let plain = alice.raw(Method::POST, "/_matrix/media/v3/upload", Some("1".to_owned())).await;
    plain.ok();
}

async fn what_is_not_offered_is_refused(server: &TestServer) {
    let stranger = server.stranger();

    stranger.raw(Method::GET, "/.well-known/matrix/support", None).await.assert_errcode(404, "M_NOT_FOUND");
    let token = "/_matrix/client/v1/register/m.login.registration_token/validity?token=x";
    stranger.raw(Method::GET, token, None).await.assert_errcode(403, "M_FORBIDDEN");
    stranger.post(["account", "deactivate"], json!({})).await.assert_errcode(401, "M_MISSING_TOKEN");
}

async fn rules_are_read_one_by_one(server: &TestServer) {
    let alice = server.register("alice").await;

    let all = alice.raw(Method::GET, "/_matrix/client/v3/pushrules/global/", None).await.ok();
    assert!(all["override"].is_array(), "{all}");
    let enabled = alice.get(["pushrules", "global", "override", ".m.rule.master", "enabled"]).await.ok();
    assert_eq!(enabled, json!({ "enabled": false }));
}

async fn the_homeserver_is_found_by_its_name(server: &TestServer) {
    let found = server.stranger().raw(Method::GET, "/.well-known/matrix/client", None).await.ok();

    assert_eq!(found, json!({ "m.homeserver": { "base_url": server.config.public_url() } }));
}

async fn a_server_without_help_says_so(server: &TestServer) {
    let answer = server.stranger().raw(Method::GET, "/.well-known/matrix/support", None).await;

    answer.assert_errcode(404, "M_NOT_FOUND");
}
