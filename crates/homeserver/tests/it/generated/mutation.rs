//! Requests made of shapes, and what is done to them.

use std::fmt;

use rand::{Rng, seq::IndexedRandom as _};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};

use super::{shapes::Shape, world::World};

/// A request to be sent.
pub(super) struct Generated {
    pub(super) method: Method,
    /// Path and query.
    pub(super) target: String,
    /// What stands in the path where it varies.
    pub(super) variables: Vec<String>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) content_type: &'static str,
    pub(super) authorized: bool,
}

impl fmt::Display for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        let Some(body) = &self.body else { return Ok(()) };
        let text = String::from_utf8_lossy(body);
        let shown: String = text.chars().take(2_000).collect();
        write!(f, " {shown:?}{}", if shown.len() < text.len() { "…" } else { "" })
    }
}

/// Parameters that say how long the server shall wait: it would.
const WAITING: [&str; 2] = ["timeout", "timeout_ms"];

/// Texts that stand for something which a JSON value cannot be but a body can.
const RAW: [(&str, &str); 7] = [
    ("«surrogate»", r#""\ud800""#),
    ("«huge»", "1e400"),
    ("«long»", "123456789012345678901234567890"),
    ("«negative zero»", "-0.0"),
    ("«twice»", r#"1,"m.twice":1,"m.twice":[]"#),
    ("«control»", "\"\u{1}\""),
    ("«escaped»", r#""\u0000\u001f\u2028""#),
];

/// Fills a shape with names that exist, and where `wrong` mostly does something to it.
pub(super) fn generate(rng: &mut impl Rng, shape: &Shape, world: &World<'_>, wrong: bool) -> Generated {
    let mut variables = Vec::new();
    let mut url = Url::parse("http://trellis.test").unwrap();
    for segment in shape.paths.choose(rng).unwrap().split('/').skip(1) {
        let Some(variable) = segment.strip_prefix('{') else {
            url.path_segments_mut().unwrap().push(segment);
            continue;
        };
        let is_odd = wrong && rng.random_bool(0.1);
        variables.push(if is_odd { line(rng, world) } else { world.value(rng, variable.trim_end_matches('}')) });
        url.path_segments_mut().unwrap().extend(variables.last());
    }
    let mut query = Vec::new();
    for (name, value) in shape.query {
        let value = value.strip_prefix('$').map_or((*value).to_owned(), |variable| world.value(rng, variable));
        match rng.random_range(0..10) {
            _ if WAITING.contains(name) => query.push((name, "0".to_owned())),
            0 | 1 if wrong => {}
            2 | 3 if wrong => query.push((name, line(rng, world))),
            4 if wrong => query.extend([(name, value), (name, line(rng, world))]),
            _ => query.push((name, value)),
        }
    }
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));

    let body = shape.body.as_ref().map(|body| {
        let mut body = body.clone();
        fill(rng, &mut body, world);
        if !wrong {
            return body.to_string().into_bytes();
        }
        for _ in 0..*[0, 1, 1, 1, 1, 2, 3].choose(rng).unwrap() {
            mutate(rng, &mut body, world);
        }
        text(rng, &body)
    });
    Generated {
        method: shape.method.clone(),
        target,
        variables,
        body,
        content_type: if wrong && rng.random_bool(0.03) { "text/plain; charset=\"" } else { "application/json" },
        authorized: !wrong || rng.random_bool(0.96),
    }
}

/// An odd text that has room in an address.
fn line(rng: &mut impl Rng, world: &World<'_>) -> String {
    odd_text(rng, world).chars().take(1_000).collect()
}

/// Puts names in the place of `$variable`.
fn fill(rng: &mut impl Rng, value: &mut Value, world: &World<'_>) {
    match value {
        Value::String(text) => {
            // Words in capitals are the protocol's own.
            if let Some(variable) = text.strip_prefix('$').filter(|name| *name != "LAZY") {
                *text = world.value(rng, variable);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill(rng, item, world)),
        Value::Object(fields) => {
            let filled = std::mem::take(fields).into_iter().map(|(key, mut value)| {
                fill(rng, &mut value, world);
                (key.strip_prefix('$').map_or(key.clone(), |variable| world.value(rng, variable)), value)
            });
            *fields = filled.collect();
        }
        _ => {}
    }
}

/// Does something to one part of a body.
fn mutate(rng: &mut impl Rng, body: &mut Value, world: &World<'_>) {
    let mut paths = Vec::new();
    collect(body, String::new(), &mut paths);
    let path = paths.choose(rng).unwrap();
    if let Some((parent, key)) = path.rsplit_once('/')
        && rng.random_bool(0.3)
    {
        let key = key.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Object(fields)) = body.pointer_mut(parent) {
            let removed = fields.remove(&key);
            if let Some(value) = removed.filter(|_| rng.random_bool(0.4)) {
                fields.insert(odd_text(rng, world), value);
            }
        }
        return;
    }
    let Some(part) = body.pointer_mut(path) else { return };
    match (rng.random_range(0..10), &mut *part) {
        (0, _) => *part = json!([part.take()]),
        (1, _) => *part = json!({ (odd_text(rng, world)): part.take() }),
        (2 | 3, Value::Object(fields)) => {
            fields.insert(odd_text(rng, world), odd(rng, world));
        }
        (2 | 3, Value::Array(items)) => items.push(odd(rng, world)),
        (4, Value::Array(items)) if !items.is_empty() => *items = items.iter().cycle().take(300).cloned().collect(),
        (4 | 5, Value::String(text)) => *text = odd_text(rng, world),
        (4..=7, Value::Number(_)) => *part = number(rng),
        _ => *part = odd(rng, world),
    }
}

/// JSON pointers of every part.
fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                collect(value, format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), paths);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate().take(10) {
                collect(value, format!("{path}/{index}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}

fn odd(rng: &mut impl Rng, world: &World<'_>) -> Value {
    match rng.random_range(0..12) {
        0 => Value::Null,
        1 => json!(rng.random_bool(0.5)),
        2 => json!([]),
        3 => json!({}),
        4 => nested(rng),
        5 => json!(vec![0; 400]),
        6 => Value::Object((0..200).map(|number| (number.to_string(), json!(number))).collect::<Map<_, _>>()),
        7 => json!(RAW.choose(rng).unwrap().0),
        8 | 9 => number(rng),
        _ => json!(odd_text(rng, world)),
    }
}

/// Lists or objects in each other: fewer and more than a reader may have room for once they stand in an answer.
fn nested(rng: &mut impl Rng) -> Value {
    let depth = *[20, 60, 100, 115, 120, 123, 125, 127, 200].choose(rng).unwrap();
    let in_lists = rng.random_bool(0.5);
    (0..depth).fold(json!(1), |inner, _| if in_lists { json!([inner]) } else { json!({ "a": inner }) })
}

fn number(rng: &mut impl Rng) -> Value {
    let numbers = [
        json!(0),
        json!(-1),
        json!(1),
        json!(0.5),
        json!(i32::MAX),
        json!(u32::MAX),
        json!(9_007_199_254_740_991_i64),
        json!(9_007_199_254_740_992_i64),
        json!(-9_007_199_254_740_992_i64),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(-1e-300),
    ];
    numbers.choose(rng).unwrap().clone()
}

fn odd_text(rng: &mut impl Rng, world: &World<'_>) -> String {
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}txet",
        "\u{1f980}",
        "e\u{301}\u{301}\u{301}",
        "\u{feff}",
        "\u{10ffff}",
        "\u{fdd0}\n\r\t\u{85}",
        "@",
        "@:",
        "@a:b:99999",
        "@a:[::1]:1",
        "!",
        "!:",
        "#:trellis.test",
        "#nowhere:trellis.test",
        "$",
        "$a:trellis.test",
        "+",
        "mxc://",
        "mxc://trellis.test/../x",
        "..",
        "../../etc/passwd",
        "%",
        "%2e%2e",
        "%_\\",
        "'; DROP TABLE events; --",
        "\" OR NEAR(",
        "-1",
        "0",
        "1.5",
        "1e9",
        "18446744073709551616",
        "9223372036854775807",
        "-9223372036854775808",
        "true",
        "null",
        "[]",
        "{}",
        "{\"a\":",
        "s1_1",
        "s1_9223372036854775807",
        "s1_-1_0_0",
        "t1_9223372036854775807",
        "t1_0",
        "m.room.create",
        "m.room.member",
        "m.*",
        ".m.rule.master",
        "__proto__",
        "http://127.0.0.1:1/_matrix/push/v1/notify",
    ];
    match rng.random_range(0..6) {
        0 => world.any(rng),
        1 => "x".repeat(*[2, 255, 256, 1_000, 40_000].choose(rng).unwrap()),
        2 => "\u{e9}".repeat(*[127, 128, 255, 256].choose(rng).unwrap()),
        _ => (*texts.choose(rng).unwrap()).to_owned(),
    }
}

/// The bytes of a body, which now and then are no JSON.
fn text(rng: &mut impl Rng, body: &Value) -> Vec<u8> {
    let mut text = body.to_string();
    for (name, raw) in RAW {
        text = text.replace(&format!("\"{name}\""), raw);
    }
    let mut bytes = text.into_bytes();
    match rng.random_range(0..40) {
        0 => bytes.truncate(rng.random_range(0..=bytes.len())),
        1 => {
            let place = rng.random_range(0..=bytes.len());
            bytes.insert(place, *[0, 0x80, 0xff, b'"', b'{', b'\\'].choose(rng).unwrap());
        }
        2 => bytes.clear(),
        _ => {}
    }
    bytes
}
