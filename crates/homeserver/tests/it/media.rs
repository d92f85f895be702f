//! Files are uploaded, found again as they were, and harmless in a browser.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::harness::{TestClient, TestServer};

on_both!(
    small_limit: a_file_comes_back_as_it_was,
    a_file_has_no_name_but_the_one_it_was_given,
    what_could_run_is_saved_and_not_shown,
    a_part_of_a_file_can_be_asked_for,
    a_file_that_is_known_is_not_sent_again,
    media_need_a_token,
    a_file_that_is_too_large_is_refused,
    an_id_can_be_made_before_its_content,
    who_asks_early_waits_for_the_content,
    an_id_keeps_its_first_content,
    pictures_have_thumbnails,
    what_is_no_picture_has_none,
    unknown_media_are_not_found,
    old_clients_get_no_files_unless_that_is_allowed,
);

fn small_limit(config: &mut trellis_homeserver::Config) {
    config.max_upload_size = 100_000;
}

async fn raw(client: &TestClient, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Response {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", client.url()));
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    request.header(header::CONTENT_TYPE, kind).body(body).send().await.unwrap()
}

async fn json_of(response: Response) -> (StatusCode, Value) {
    (response.status(), serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
}

/// Uploads and answers the server name and media ID, with a slash between.
async fn upload(client: &TestClient, query: &str, kind: &str, body: &[u8]) -> String {
    let path = format!("/_matrix/media/v3/upload{query}");
    let (status, answer) = json_of(raw(client, Method::POST, &path, kind, body.to_vec()).await).await;
    assert_eq!(status, 200, "{answer}");
    answer["content_uri"].as_str().unwrap().strip_prefix("mxc://").unwrap().to_owned()
}

async fn download(client: &TestClient, path: &str) -> Response {
    raw(client, Method::GET, &format!("/_matrix/client/v1/media/{path}"), "text/plain", Vec::new()).await
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

async fn a_file_comes_back_as_it_was(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let content: Vec<u8> = (0..90_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();

    let id = upload(&alice, "?filename=caf%C3%A9.png", "image/png", &content).await;
    server.restart().await;
    let response = download(&bob, &format!("download/{id}")).await;

    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "image/png");
    assert_eq!(header(&response, "content-disposition"), "inline; filename*=utf-8''caf%C3%A9.png");
    assert_eq!(header(&response, "content-length"), "90000");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert!(header(&response, "content-security-policy").starts_with("sandbox"));
    assert_eq!(response.bytes().await.unwrap(), content);
}

async fn a_file_has_no_name_but_the_one_it_was_given(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "", "text/plain", b"hello").await;

    let plain = download(&alice, &format!("download/{id}")).await;
    let named = download(&alice, &format!("download/{id}/letter.txt")).await;

    assert_eq!(header(&plain, "content-disposition"), "inline");
    assert_eq!(header(&named, "content-disposition"), "inline; filename=letter.txt");
}

async fn what_could_run_is_saved_and_not_shown(server: &TestServer) {
    let alice = server.register("alice").await;

    for kind in ["text/html", "image/svg+xml", "application/pdf"] {
        let id = upload(&alice, "", kind, b"<script>alert(1)</script>").await;
        let response = download(&alice, &format!("download/{id}")).await;
        assert_eq!(header(&response, "content-disposition"), "attachment", "{kind}");
    }
}

async fn a_part_of_a_file_can_be_asked_for(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "", "audio/ogg", b"0123456789").await;
    let ask = async |range: &str| {
        let url = format!("{}/_matrix/client/v1/media/download/{id}", alice.url());
        let request = reqwest::Client::new().get(url).bearer_auth(alice.token.as_deref().unwrap());
        request.header(header::RANGE, range).send().await.unwrap()
    };

    let part = ask("bytes=2-4").await;
    assert_eq!(part.status(), 206);
    assert_eq!(header(&part, "content-range"), "bytes 2-4/10");
    assert_eq!(part.bytes().await.unwrap(), "234");
    assert_eq!(ask("bytes=10-").await.status(), 416);
}

async fn a_file_that_is_known_is_not_sent_again(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "", "text/plain", b"hello").await;
    let tag = header(&download(&alice, &format!("download/{id}")).await, "etag").to_owned();

    let url = format!("{}/_matrix/client/v1/media/download/{id}", alice.url());
    let request = reqwest::Client::new().get(url).bearer_auth(alice.token.as_deref().unwrap());
    let response = request.header(header::IF_NONE_MATCH, tag).send().await.unwrap();

    assert_eq!(response.status(), 304);
}

async fn media_need_a_token(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "", "text/plain", b"hello").await;

    let (status, body) = json_of(download(&server.stranger(), &format!("download/{id}")).await).await;
    assert_eq!((status.as_u16(), body["errcode"].as_str()), (401, Some("M_MISSING_TOKEN")));
    let upload = raw(&server.stranger(), Method::POST, "/_matrix/media/v3/upload", "text/plain", vec![0]).await;
    assert_eq!(upload.status(), 401);
}

async fn a_file_that_is_too_large_is_refused(server: &TestServer) {
    let alice = server.register("alice").await;

    let limit = json_of(download(&alice, "config").await).await.1;
    assert_eq!(limit, json!({ "m.upload.size": 100_000 }));
    let answer = raw(&alice, Method::POST, "/_matrix/media/v3/upload", "text/plain", vec![0; 100_001]).await;
    let (status, body) = json_of(answer).await;

    assert_eq!((status.as_u16(), body["errcode"].as_str()), (413, Some("M_TOO_LARGE")));
}

async fn create(client: &TestClient) -> String {
    let answer = raw(client, Method::POST, "/_matrix/media/v1/create", "application/json", b"{}".to_vec()).await;
    let body = json_of(answer).await.1;
    assert!(body["unused_expires_at"].is_u64(), "{body}");
    body["content_uri"].as_str().unwrap().strip_prefix("mxc://").unwrap().to_owned()
}

async fn put(client: &TestClient, id: &str, body: &[u8]) -> (StatusCode, Value) {
    let path = format!("/_matrix/media/v3/upload/{id}");
    json_of(raw(client, Method::PUT, &path, "text/plain", body.to_vec()).await).await
}

async fn an_id_can_be_made_before_its_content(server: &TestServer) {
    let alice = server.register("alice").await;
    let bob = server.register("bob").await;
    let id = create(&alice).await;

    let early = json_of(download(&alice, &format!("download/{id}?timeout_ms=0")).await).await;
    assert_eq!((early.0.as_u16(), early.1["errcode"].as_str()), (504, Some("M_NOT_YET_UPLOADED")));
    let other = put(&bob, &id, b"not mine").await;
    assert_eq!((other.0.as_u16(), other.1["errcode"].as_str()), (403, Some("M_FORBIDDEN")));
    assert_eq!(put(&alice, &id, b"hello").await, (StatusCode::OK, json!({})));

    assert_eq!(download(&bob, &format!("download/{id}")).await.bytes().await.unwrap(), "hello");
}

async fn who_asks_early_waits_for_the_content(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = create(&alice).await;

    let path = format!("download/{id}?timeout_ms=20000");
    let (downloaded, uploaded) = tokio::join!(download(&alice, &path), put(&alice, &id, b"hello"));

    assert_eq!(uploaded.0, 200);
    assert_eq!(downloaded.bytes().await.unwrap(), "hello");
}

async fn an_id_keeps_its_first_content(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = create(&alice).await;
    put(&alice, &id, b"first").await;

    let second = put(&alice, &id, b"second").await;

    assert_eq!((second.0.as_u16(), second.1["errcode"].as_str()), (409, Some("M_CANNOT_OVERWRITE_MEDIA")));
    assert_eq!(download(&alice, &format!("download/{id}")).await.bytes().await.unwrap(), "first");
}

async fn pictures_have_thumbnails(server: &TestServer) {
    let alice = server.register("alice").await;
    let mut picture = Cursor::new(Vec::new());
    RgbImage::new(1000, 500).write_to(&mut picture, ImageFormat::Png).unwrap();
    let id = upload(&alice, "", "image/png", picture.get_ref()).await;
    let size = async |query: &str| {
        let response = download(&alice, &format!("thumbnail/{id}?{query}")).await;
        assert_eq!(response.status(), 200, "{query}");
        let kind = header(&response, "content-type").to_owned();
        let thumbnail = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
        (thumbnail.width(), thumbnail.height(), kind)
    };

    assert_eq!(size("width=30&height=30&method=crop").await, (32, 32, "image/jpeg".to_owned()));
    assert_eq!(size("width=300&height=200&method=scale").await, (320, 160, "image/jpeg".to_owned()));
    assert_eq!(size("width=300&height=200").await, (320, 160, "image/jpeg".to_owned()));
}

async fn what_is_no_picture_has_none(server: &TestServer) {
    let alice = server.register("alice").await;
    let text = upload(&alice, "", "text/plain", b"hello").await;
    let broken = upload(&alice, "", "image/png", b"\x89PNG\r\n\x1a\n and then nothing").await;

    for id in [text, broken] {
        let answer = json_of(download(&alice, &format!("thumbnail/{id}?width=32&height=32")).await).await;
        assert_eq!((answer.0.as_u16(), answer.1["errcode"].as_str()), (400, Some("M_UNKNOWN")));
    }
}

async fn unknown_media_are_not_found(server: &TestServer) {
    let alice = server.register("alice").await;

    for id in ["trellis.test/nothing", "elsewhere.test/nothing", "trellis.test/..%2F..%2Fhomeserver.db"] {
        let answer = json_of(download(&alice, &format!("download/{id}")).await).await;
        assert_eq!((answer.0.as_u16(), answer.1["errcode"].as_str()), (404, Some("M_NOT_FOUND")), "{id}");
    }
}

async fn old_clients_get_no_files_unless_that_is_allowed(server: &TestServer) {
    let alice = server.register("alice").await;
    let id = upload(&alice, "", "text/plain", b"hello").await;

    for path in ["download/ID", "download/ID/name.txt", "thumbnail/ID?width=32&height=32"] {
        let path = format!("/_matrix/media/v3/{}", path.replace("ID", &id));
        alice.raw(Method::GET, &path, None).await.assert_errcode(404, "M_NOT_FOUND");
    }
}
