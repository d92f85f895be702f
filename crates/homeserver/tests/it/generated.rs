//! Generated requests: whatever is wrong with a request, the answer is one of the specification's and the server goes
//! on.
//!
//! Each starts as a right one of an endpoint of ruma's ([`shapes`]), with the names of a room, a user, an event that
//! exist ([`World`]); then parts of it are exchanged ([`mutation`]). What is random comes from a seed, which is fixed
//! so that the tests are the same for everyone. `TRELLIS_GENERATED=SEED:COUNT` asks for another seed and number.

mod mutation;
mod shapes;
mod world;

use std::{
    collections::BTreeSet,
    panic,
    sync::{Mutex, Once},
    time::Duration,
};

use futures::future::join_all;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use reqwest::{StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use self::{
    mutation::{Generated, generate},
    shapes::{Shape, shapes},
    world::World,
};
use crate::harness::TestServer;

on_both!(no_generated_request_breaks_the_server, every_shape_is_one_of_its_type);

/// Requests of a run, and those who send them at the same time.
const COUNT: usize = 2_400;
const LANES: usize = 4;

/// After this many requests of a lane everything is read, as a client reads it.
const BETWEEN_READINGS: usize = 100;

/// Areas of the specification that there are no endpoints of, or only such as refuse everything.
const NOT_SERVED: [&str; 9] = [
    "admin",
    "administrative_contact",
    "appservice_ping",
    "appservice_room_directory",
    "oauth_server_metadata",
    "old_sync",
    "peeking_events",
    "policy_server",
    "sso_login_redirect",
];

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(30);

async fn no_generated_request_breaks_the_server(server: &TestServer) {
    watch_for_panics();
    let asked = std::env::var("TRELLIS_GENERATED").unwrap_or_default();
    let (seed, count) = asked.split_once(':').unwrap_or((&asked, ""));
    let (seed, count): (u64, usize) = (seed.parse().unwrap_or(1), count.parse().unwrap_or(COUNT));
    println!("seed {seed}, {count} requests");

    let shapes = shapes();
    join_all((0..LANES).map(|lane| run(server, &shapes, seed, lane, count / LANES))).await;

    assert_eq!(*panics(), BTreeSet::new(), "the server panicked");
}

async fn every_shape_is_one_of_its_type(server: &TestServer) {
    let world = World::new(server, 0).await;
    let mut rng = StdRng::seed_from_u64(1);

    let mut findings = Vec::new();
    for shape in shapes() {
        let Some(read) = shape.read else { continue };
        let generated = generate(&mut rng, &shape, &world, false);
        let request = http::Request::builder().method(&generated.method).uri(&generated.target);
        let request = request.body(generated.body.clone().unwrap_or_default()).unwrap();
        if let Err(error) = read(request, &generated.variables) {
            findings.push(format!("{} {generated}: {error}", shape.name));
        }
    }
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn every_endpoint_has_a_shape() {
    let specification = concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/endpoints.json");
    let specification: Value = serde_json::from_str(&std::fs::read_to_string(specification).unwrap()).unwrap();
    // The variables' names are ruma's here and the specification's there.
    let bare = |path: &str| {
        let segments = path.trim_end_matches('/').split('/');
        segments.map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect::<Vec<_>>().join("/")
    };
    let shapes: BTreeSet<(String, String)> = shapes()
        .iter()
        .flat_map(|shape| shape.paths.iter().map(|path| (shape.method.to_string(), bare(path))))
        .collect();
    let text = |endpoint: &Value, field: &str| endpoint[field].as_str().unwrap().to_owned();
    let missing: Vec<_> = specification["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|endpoint| endpoint["api"] == "client-server" && !NOT_SERVED.contains(&&*text(endpoint, "area")))
        .map(|endpoint| (text(endpoint, "method"), bare(&text(endpoint, "path"))))
        .filter(|(_, path)| !path.ends_with("requestToken") && !path.ends_with("preview_url"))
        .filter(|endpoint| !shapes.contains(endpoint))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Sends requests one after the other.
async fn run(server: &TestServer, shapes: &[Shape], seed: u64, lane: usize, count: usize) {
    // Lanes differ, and each is the same whatever the others do.
    let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(1_000) + lane as u64);
    let http = reqwest::Client::builder().timeout(LIMIT).build().unwrap();
    let mut world = World::new(server, lane).await;
    for number in 0..count {
        let shape = shapes.choose(&mut rng).unwrap();
        let request = generate(&mut rng, shape, &world, true);
        let name = format!("seed {seed}, lane {lane}, request {number}: {} {request}", shape.name);
        let (status, body) = send(&http, server, &world, request, &name).await;
        check(status, &body, &name);
        world.learn(&body);
        if number % BETWEEN_READINGS == BETWEEN_READINGS - 1 {
            if !world.is_logged_in().await {
                world = World::new(server, lane).await;
            }
            world.read_everything(&name).await;
        } else if status == StatusCode::UNAUTHORIZED && rng.random_bool(0.2) && !world.is_logged_in().await {
            world = World::new(server, lane).await;
        }
    }
}

async fn send(
    http: &reqwest::Client,
    server: &TestServer,
    world: &World<'_>,
    request: Generated,
    name: &str,
) -> (StatusCode, Value) {
    let mut sent = http.request(request.method, format!("{}{}", server.url(), request.target));
    if request.authorized {
        sent = sent.bearer_auth(world.client.token.as_deref().unwrap_or_default());
    }
    if let Some(body) = request.body {
        sent = sent.header(CONTENT_TYPE, request.content_type).body(body);
    }
    let answer = sent.send().await.unwrap_or_else(|error| panic!("{name}: no answer: {error}"));
    let status = answer.status();
    let body = answer.bytes().await.unwrap_or_else(|error| panic!("{name}: half an answer: {error}"));
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

/// What every answer must be.
fn check(status: StatusCode, body: &Value, name: &str) {
    let errcode = body["errcode"].as_str();
    if status == StatusCode::GATEWAY_TIMEOUT {
        // Of media that are announced and do not come.
        assert_eq!(errcode, Some("M_NOT_YET_UPLOADED"), "{name}: {status} {body}");
    } else {
        assert!(!status.is_server_error(), "{name}: {status} {body}");
    }
    if status.is_client_error() && status != StatusCode::RANGE_NOT_SATISFIABLE {
        let is_challenge = status == StatusCode::UNAUTHORIZED && body["flows"].is_array();
        assert!(is_challenge || errcode.is_some_and(|code| code.contains('_')), "{name}: {status} {body}");
    }
}

/// Where the server panicked, in whichever test.
fn panics() -> std::sync::MutexGuard<'static, BTreeSet<String>> {
    static PANICS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    PANICS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Remembers panics from now on. One in a background task would be heard of nowhere else, and one in a handler is a
/// failure already.
fn watch_for_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            // Tests fail by panics, and ruma reads some bodies so; the server answers that with a refusal.
            if !place.contains("/tests/") && !place.starts_with("tests/") && !place.contains("ruma-") {
                panics().insert(format!("{place}: {info}"));
            }
            before(info);
        }));
    });
}
