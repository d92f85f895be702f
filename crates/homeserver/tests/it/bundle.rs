//! The static client comes with the headers that protect it, and nothing else of the disk.

use std::fs;

use reqwest::{Method, Response, header};

use crate::harness::{Engine, TestServer, run_with};

#[test]
fn sqlite() {
    run_with(Engine::Sqlite, client_dir, async |server: &TestServer| {
        the_index_is_asked_for_each_time(server).await;
        hashed_files_are_kept_for_ever(server).await;
        a_compressed_file_is_preferred(server).await;
        a_page_of_the_client_is_its_index(server).await;
        nothing_else_of_the_disk_is_served(server).await;
    });
}

/// Beside the database, so that a way out of the directory would find something.
fn client_dir(config: &mut trellis_homeserver::Config) {
    let dir = config.data_dir.join("dist");
    fs::create_dir_all(dir.join("assets")).unwrap();
    fs::write(dir.join("index.html"), "<!doctype html><title>Client</title>").unwrap();
    fs::write(dir.join("app-0123456789abcdef.js"), "plain").unwrap();
    fs::write(dir.join("app-0123456789abcdef.js.br"), "brotli").unwrap();
    fs::write(dir.join("app-0123456789abcdef.js.gz"), "gzip").unwrap();
    fs::write(dir.join("assets/icon.svg"), "<svg/>").unwrap();
    fs::write(config.data_dir.join("secret.txt"), "secret").unwrap();
    config.client_dir = Some(dir);
}

async fn get(server: &TestServer, path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
    let mut request = reqwest::Client::new().request(Method::GET, format!("{}{path}", server.url()));
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    request.send().await.unwrap()
}

async fn the_index_is_asked_for_each_time(server: &TestServer) {
    let first = get(server, "/", &[]).await;
    assert_eq!(first.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache");
    let policy = first.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("require-trusted-types-for 'script'"), "{policy}");
    assert_eq!(first.headers()["cross-origin-opener-policy"], "same-origin");
    assert_eq!(first.headers()["referrer-policy"], "no-referrer");
    let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();

    let second = get(server, "/index.html", &[(header::IF_NONE_MATCH, &tag)]).await;

    assert_eq!(second.status(), 304);
}

async fn hashed_files_are_kept_for_ever(server: &TestServer) {
    let response = get(server, "/app-0123456789abcdef.js", &[]).await;

    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(response.text().await.unwrap(), "plain");
}

async fn a_compressed_file_is_preferred(server: &TestServer) {
    for (accept, encoding) in [("gzip, deflate, br", "br"), ("gzip", "gzip")] {
        let response = get(server, "/app-0123456789abcdef.js", &[(header::ACCEPT_ENCODING, accept)]).await;
        assert_eq!(response.headers()[header::CONTENT_ENCODING], encoding);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(response.headers()[header::VARY], "Accept-Encoding");
    }
}

async fn a_page_of_the_client_is_its_index(server: &TestServer) {
    let navigation = get(server, "/room/1", &[(header::ACCEPT, "text/html,*/*")]).await;
    assert_eq!(navigation.text().await.unwrap(), "<!doctype html><title>Client</title>");

    assert_eq!(get(server, "/room/1", &[(header::ACCEPT, "*/*")]).await.status(), 404);
    assert_eq!(get(server, "/missing.js", &[(header::ACCEPT, "text/html")]).await.status(), 404);
}

async fn nothing_else_of_the_disk_is_served(server: &TestServer) {
    for path in ["/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/..%5c..%5csecret.txt", "//secret.txt"] {
        assert_eq!(get(server, path, &[]).await.status(), 404, "{path}");
    }
    assert_eq!(get(server, "/assets/icon.svg", &[]).await.status(), 200);
}
