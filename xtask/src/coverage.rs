//! `cargo xtask coverage`: which endpoints of the specification the homeserver's tests assert something of, and which
//! rows of the feature ledger name a test.
//!
//! An endpoint is covered by at least one success and one refusal that a test asserted. The test client writes both
//! down while it asserts them; a request that nobody looked at counts for nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::{
    command::{cargo, root, step},
    ledger,
    postgres::Cluster,
    system,
    tally::Tally,
};

/// Areas of the Client-Server API that stand elsewhere or not yet, and what they wait for.
const LEFT_OUT: [(&str, &str); 8] = [
    ("admin", "administration by users of the homeserver"),
    ("administrative_contact", "addresses outside Matrix"),
    ("appservice_ping", "application services"),
    ("appservice_room_directory", "application services"),
    ("oauth_server_metadata", "OAuth"),
    ("policy_server", "policy servers come with federation"),
    ("sso_login_redirect", "single sign-on"),
    ("third_party_membership", "addresses outside Matrix"),
];

/// Single endpoints that are left out, of areas that are not.
const LEFT_OUT_PATHS: [(&str, &str); 3] = [
    ("/requestToken", "addresses outside Matrix"),
    ("/preview_url", "previews of addresses"),
    // Without one there is no network whose description could be given; the refusal is asserted.
    ("/thirdparty/protocol/{protocol}", "application services"),
];

/// What this server answers whoever asks: the specification's refusals are for servers that have nothing to say.
const NEVER_REFUSED: [&str; 1] = ["/.well-known/matrix/client"];

#[derive(Deserialize)]
struct Specification {
    source: String,
    endpoints: Vec<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    method: String,
    path: String,
    api: String,
    area: String,
    /// Whether there is a way to be refused: without a token, or by one of the answers the specification lists.
    refused: bool,
}

/// What one test asserted of one answer.
#[derive(Deserialize)]
struct Record {
    request: String,
    status: u16,
    test: String,
}

/// The tests that asserted something of an endpoint.
#[derive(Default)]
struct Seen {
    successes: BTreeSet<String>,
    refusals: BTreeSet<String>,
}

/// Runs the homeserver's tests, prints what they covered, and fails where an endpoint is not.
pub(crate) fn coverage() -> anyhow::Result<()> {
    system::install()?;
    let specification: Specification = serde_json::from_slice(&fs::read(root().join("xtask/endpoints.json"))?)?;
    let records = step("Tests of the homeserver", tested)?;
    let seen = assign(&specification.endpoints, &records);
    let missing = print(&specification, &seen);
    ledger::print()?;
    if missing > 0 {
        bail!("{missing} endpoints lack an asserted success or an asserted refusal");
    }
    Ok(())
}

fn tested() -> anyhow::Result<Vec<Record>> {
    let file = std::env::temp_dir().join(format!("trellis-coverage-{}.jsonl", std::process::id()));
    let cluster = Cluster::start()?;
    let tally = Tally::of_libtest(
        cargo(&["test", "--package", "trellis-homeserver", "--test", "it", "--no-fail-fast", "--quiet"])
            .env("TRELLIS_TEST_POSTGRES", cluster.url())
            .env("TRELLIS_COVERAGE", &file),
    )?;
    let lines = fs::read_to_string(&file).context("the tests recorded nothing")?;
    fs::remove_file(&file)?;
    if tally.failed > 0 {
        bail!("{} tests failed", tally.failed);
    }
    lines.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// Finds the endpoint of each record: of those that fit, the one with the fewest variables.
fn assign<'a>(endpoints: &'a [Endpoint], records: &[Record]) -> BTreeMap<(&'a str, &'a str), Seen> {
    let mut seen = BTreeMap::<_, Seen>::new();
    for record in records {
        let Some((method, path)) = record.request.split_once(' ') else { continue };
        let fitting = endpoints.iter().filter(|endpoint| endpoint.method == method && fits(&endpoint.path, path));
        let Some(endpoint) = fitting.min_by_key(|endpoint| endpoint.path.matches('{').count()) else { continue };
        let entry = seen.entry((endpoint.method.as_str(), endpoint.path.as_str())).or_default();
        let tests = if record.status < 400 { &mut entry.successes } else { &mut entry.refusals };
        tests.insert(record.test.clone());
    }
    seen
}

/// Whether a path is of this template, whose variables stand in braces and fill a segment each. A trailing slash is
/// the empty state key or nothing.
fn fits(template: &str, path: &str) -> bool {
    let (template, path) = (template.strip_suffix('/').unwrap_or(template), path.strip_suffix('/').unwrap_or(path));
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some("{stateKey}"), None) => {}
            (Some(variable), Some(_)) if variable.starts_with('{') => {}
            (Some(literal), Some(segment)) if literal == segment => {}
            _ => return false,
        }
    }
}

/// Why an endpoint is not asked for.
fn left_out(endpoint: &Endpoint) -> Option<&'static str> {
    let area = LEFT_OUT.iter().find(|(area, _)| *area == endpoint.area);
    let path = LEFT_OUT_PATHS.iter().find(|(path, _)| endpoint.path.ends_with(path));
    area.or(path).map(|(_, reason)| *reason)
}

/// Prints a line per endpoint and a summary, and answers how many lack something.
fn print(specification: &Specification, seen: &BTreeMap<(&str, &str), Seen>) -> usize {
    println!("Client-Server API, {}", specification.source);
    println!("tests that assert a success, and a refusal");
    let mut summary = Summary::default();
    for endpoint in specification.endpoints.iter().filter(|endpoint| endpoint.api == "client-server") {
        let nothing = Seen::default();
        let found = seen.get(&(endpoint.method.as_str(), endpoint.path.as_str())).unwrap_or(&nothing);
        let is_refused = endpoint.refused && !NEVER_REFUSED.contains(&endpoint.path.as_str());
        let is_covered = !found.successes.is_empty() && (!found.refusals.is_empty() || !is_refused);
        let state = match left_out(endpoint) {
            _ if is_covered => {
                summary.covered += 1;
                "covered".to_owned()
            }
            Some(reason) => {
                *summary.left_out.entry(reason).or_default() += 1;
                format!("left out: {reason}")
            }
            None => {
                let lacking = if found.successes.is_empty() { "success" } else { "refusal" };
                summary.missing.push(format!("{} {} has no asserted {lacking}", endpoint.method, endpoint.path));
                "MISSING".to_owned()
            }
        };
        let (successes, refusals) = (found.successes.len(), found.refusals.len());
        println!("{successes:4} {refusals:4}  {:6} {}  {state}", endpoint.method, endpoint.path);
    }
    summary.print();
    summary.missing.len()
}

/// What the lines come to.
#[derive(Default)]
struct Summary<'a> {
    covered: usize,
    missing: Vec<String>,
    /// How many, by the reason.
    left_out: BTreeMap<&'a str, usize>,
}

impl Summary<'_> {
    fn print(&self) {
        let left_out: usize = self.left_out.values().sum();
        println!("\n{} endpoints covered, {} missing, {left_out} left out", self.covered, self.missing.len());
        for (reason, count) in &self.left_out {
            println!("  left out {count:2}: {reason}");
        }
        for missing in &self.missing {
            println!("  missing: {missing}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Record, assign, fits};

    #[test]
    fn a_variable_fills_one_segment() {
        assert!(fits("/rooms/{roomId}/state/{eventType}/{stateKey}", "/rooms/!a/state/m.room.name/"));
        assert!(fits("/rooms/{roomId}/state", "/rooms/%21a/state"));
        assert!(!fits("/rooms/{roomId}/state", "/rooms/!a/b/state"));
        assert!(!fits("/rooms/{roomId}", "/rooms"));
    }

    #[test]
    fn the_endpoint_with_the_fewest_variables_takes_the_record() {
        let endpoint = |path: &str| Endpoint {
            method: "GET".to_owned(),
            path: path.to_owned(),
            api: String::new(),
            area: String::new(),
            refused: true,
        };
        let endpoints = [endpoint("/a/{b}"), endpoint("/a/c")];
        let record =
            |status| Record { request: "GET /a/c".to_owned(), status, test: "sqlite::it_is_refused".to_owned() };

        let seen = assign(&endpoints, &[record(200), record(404)]);

        assert_eq!(seen.len(), 1);
        let seen = &seen[&("GET", "/a/c")];
        assert_eq!((seen.successes.len(), seen.refusals.len()), (1, 1));
    }
}
