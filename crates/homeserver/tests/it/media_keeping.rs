//! How much of users' files is kept, for how long, and who gets them.

use std::io::Cursor;

use image::{AnimationDecoder as _, Frame, RgbaImage, codecs::gif::GifDecoder, codecs::gif::GifEncoder};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use trellis_homeserver::{Config, service::Services};

use crate::harness::{TestClient, TestServer};

on_both!(
    keeping: a_user_may_not_keep_more_than_their_quota,
    files_nobody_asks_for_go_and_shown_pictures_stay,
    a_file_in_quarantine_is_given_to_nobody,
    old_clients_get_files_where_that_is_allowed,
    a_picture_that_moves_goes_on_moving_where_that_is_asked,
    a_picture_without_pixels_is_not_made,
    a_part_of_another_file_is_not_continued,
);

fn keeping(config: &mut Config) {
    config.media_quota = Some(20_000);
    config.media_retention_days = Some(0);
    config.allow_legacy_media = true;
}

async fn send(client: &TestClient, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Response {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", client.url()));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    request.header("content-type", kind).body(body).send().await.unwrap()
}

async fn try_upload(client: &TestClient, kind: &str, body: Vec<u8>) -> (u16, Value) {
    let response = send(client, Method::POST, "/_matrix/media/v3/upload", kind, body).await;
    (response.status().as_u16(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

/// Uploads and answers the server name and media ID, with a slash between.
async fn upload(client: &TestClient, kind: &str, body: &[u8]) -> String {
    let (status, answer) = try_upload(client, kind, body.to_vec()).await;
    assert_eq!(status, 200, "{answer}");
    answer["content_uri"].as_str().unwrap().strip_prefix("mxc://").unwrap().to_owned()
}

async fn status(client: &TestClient, path: &str) -> u16 {
    send(client, Method::GET, path, "text/plain", Vec::new()).await.status().as_u16()
}

async fn download(client: &TestClient, id: &str) -> u16 {
    status(client, &format!("/_matrix/client/v1/media/download/{id}")).await
}

async fn a_user_may_not_keep_more_than_their_quota(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    upload(&alice, "text/plain", &[1; 15_000]).await;

    let (status, answer) = try_upload(&alice, "text/plain", vec![2; 6_000]).await;
    assert_eq!((status, &answer["errcode"]), (403, &json!("M_USER_LIMIT_EXCEEDED")));
    assert!(answer["info_uri"].is_string(), "{answer}");
    upload(&alice, "text/plain", &[3; 5_000]).await;
    let (status, _) = try_upload(&alice, "text/plain", vec![4; 1]).await;
    assert_eq!(status, 403);
    upload(&bob, "text/plain", &[2; 6_000]).await;
}

async fn files_nobody_asks_for_go_and_shown_pictures_stay(server: &TestServer) {
    let alice = server.register("alice").await;
    let old = upload(&alice, "text/plain", b"old").await;
    let shown = upload(&alice, "image/png", b"shown").await;
    let url = json!({ "avatar_url": format!("mxc://{shown}") });
    alice.put(["profile", &alice.user_id, "avatar_url"], url).await.ok();

    let services = Services::open(server.config.clone(), tokio_util::sync::CancellationToken::new()).await.unwrap();
    services.media.clean().await.unwrap();

    assert_eq!(download(&alice, &old).await, 404);
    assert_eq!(download(&alice, &shown).await, 200);
}

async fn a_file_in_quarantine_is_given_to_nobody(server: &TestServer) {
    let alice = server.register("alice").await;
    let (one, two) = (upload(&alice, "text/plain", b"bad").await, upload(&alice, "text/plain", b"bad").await);
    let services = Services::open(server.config.clone(), tokio_util::sync::CancellationToken::new()).await.unwrap();
    let uri = |id: &str| ruma::OwnedMxcUri::from(format!("mxc://{id}"));

    services.media.quarantine(&uri(&one)).await.unwrap();
    assert_eq!((download(&alice, &one).await, download(&alice, &two).await), (404, 404));
    let (status, answer) = try_upload(&alice, "text/plain", b"bad".to_vec()).await;
    assert_eq!((status, &answer["errcode"]), (403, &json!("M_FORBIDDEN")));
    services.media.release(&uri(&two)).await.unwrap();

    assert_eq!(download(&alice, &one).await, 200);
    assert!(services.media.release(&uri(&two)).await.is_err());
    assert!(services.media.quarantine(&uri("elsewhere.test/x")).await.is_err());
}

async fn old_clients_get_files_where_that_is_allowed(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "image/gif", &film()).await;
    let stranger = server.stranger();

    for path in ["download/ID", "download/ID/name.gif", "thumbnail/ID?width=32&height=32"] {
        for version in ["r0", "v3"] {
            let path = format!("/_matrix/media/{version}/{}", path.replace("ID", &id));
            assert_eq!(status(&stranger, &path).await, 200, "{path}");
        }
    }
    assert_eq!(status(&stranger, "/_matrix/media/v3/download/trellis.test/none").await, 404);
}

/// Three frames of 200 by 100.
fn film() -> Vec<u8> {
    let mut film = Vec::new();
    let frames = [0, 100, 200].map(|light| Frame::new(RgbaImage::from_pixel(200, 100, [light, 0, 0, 255].into())));
    GifEncoder::new(&mut film).encode_frames(frames).unwrap();
    film
}

async fn a_picture_that_moves_goes_on_moving_where_that_is_asked(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "image/gif", &film()).await;
    let still = upload(&alice, "image/png", &{
        let mut png = Cursor::new(Vec::new());
        RgbaImage::new(200, 100).write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    })
    .await;
    let thumbnail = async |id: &str, query: &str| {
        let path = format!("/_matrix/client/v1/media/thumbnail/{id}?width=32&height=32&method=crop{query}");
        let response = send(&alice, Method::GET, &path, "text/plain", Vec::new()).await;
        (response.headers()["content-type"].to_str().unwrap().to_owned(), response.bytes().await.unwrap())
    };

    let (kind, moving) = thumbnail(&id, "&animated=true").await;
    assert_eq!(kind, "image/gif");
    let frames = GifDecoder::new(Cursor::new(moving)).unwrap().into_frames().collect_frames().unwrap();
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[0].buffer().dimensions(), (32, 32));
    assert_eq!(thumbnail(&id, "").await.0, "image/png");
    assert_eq!(thumbnail(&still, "&animated=true").await.0, "image/png");
}

async fn a_picture_without_pixels_is_not_made(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "image/gif", &film()).await;

    let path = format!("/_matrix/client/v1/media/thumbnail/{id}?width=0&height=32");
    alice.raw(Method::GET, &path, None).await.assert_errcode(400, "M_INVALID_PARAM");
}

async fn a_part_of_another_file_is_not_continued(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "audio/ogg", b"0123456789").await;
    let url = format!("{}/_matrix/client/v1/media/download/{id}", alice.url());
    let ask = async |tag: &str| {
        let request = reqwest::Client::new().get(&url).bearer_auth(alice.token.as_deref().unwrap());
        request.header("range", "bytes=5-").header("if-range", tag).send().await.unwrap()
    };

    let whole = ask("\"another\"").await;
    assert_eq!(whole.status(), 200);
    let tag = whole.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(ask(&tag).await.bytes().await.unwrap(), "56789");
}
