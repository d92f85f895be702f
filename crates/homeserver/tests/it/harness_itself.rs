//! The harness starts, stops and restarts the server it claims to.

use crate::harness::TestServer;

on_both!(a_server_answers_until_it_is_stopped, a_server_that_restarts_keeps_its_address,);

async fn a_server_answers_until_it_is_stopped(server: &TestServer) {
    let client = server.stranger();

    let versions = client.raw(reqwest::Method::GET, "/_matrix/client/versions", None).await.ok();

    assert!(versions["versions"].as_array().is_some_and(|versions| !versions.is_empty()));
    server.stop().await;
    let refused = tokio::net::TcpStream::connect(server.url().trim_start_matches("http://")).await;
    assert!(refused.is_err());
}

async fn a_server_that_restarts_keeps_its_address(server: &TestServer) {
    let client = server.stranger();

    server.restart().await;

    client.raw(reqwest::Method::GET, "/_matrix/client/versions", None).await.ok();
}
