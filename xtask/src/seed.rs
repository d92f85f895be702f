//! `cargo xtask seed`: an account with many rooms, on any homeserver, the same for the same seed.

use std::{
    str::FromStr,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use anyhow::{Context, bail};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

/// How many people there are beside the account itself.
const PEOPLE: usize = 8;

/// Requests under way at once.
const LANES: usize = 4;

const WORDS: [&str; 32] = [
    "apple", "bridge", "candle", "delta", "ember", "forest", "garden", "harbor", "island", "jasmine", "kettle",
    "lantern", "meadow", "north", "orchard", "paper", "quartz", "river", "silver", "timber", "under", "valley",
    "window", "yellow", "zephyr", "about", "before", "after", "where", "when", "which", "while",
];

/// What is made.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where the homeserver answers
    #[arg(long, default_value = "http://localhost:8008")]
    pub(crate) homeserver: String,
    /// How many rooms the account is in
    #[arg(long, default_value_t = 500)]
    pub(crate) rooms: usize,
    /// How many members a room has, the account included
    #[arg(long, default_value = "2..4")]
    pub(crate) members: Range,
    /// How many messages a room has
    #[arg(long, default_value = "1..12")]
    pub(crate) messages: Range,
    /// The same seed makes the same account
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `A..B`, both included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range(usize, usize);

impl FromStr for Range {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bounds = text.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        match bounds {
            Some((from, to)) if from <= to => Ok(Self(from, to)),
            _ => Err(format!("{text} is not of the form A..B")),
        }
    }
}

impl Range {
    fn draw(self, random: &mut ChaCha8Rng) -> usize {
        random.random_range(self.0..=self.1)
    }
}

/// Makes the account and says how to log in to it.
pub(crate) fn seed(options: &Options) -> anyhow::Result<()> {
    let prefix = format!("seed{}x{}", options.seed, options.rooms);
    let people: Vec<_> = (0..=PEOPLE)
        .map(|index| {
            let name = if index == 0 { prefix.clone() } else { format!("{prefix}-{index}") };
            Account::open(&options.homeserver, &name)
        })
        .collect::<anyhow::Result<_>>()?;

    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        if index >= options.rooms {
                            return anyhow::Ok(());
                        }
                        room(options, index, &people)?;
                        if (index + 1).is_multiple_of(100) {
                            eprintln!("{} rooms", index + 1);
                        }
                    }
                })
            })
            .collect();
        lanes.into_iter().try_for_each(|lane| lane.join().expect("seeding does not panic"))
    })?;
    println!("user {prefix}, password {}", password(&prefix));
    Ok(())
}

/// Makes one room; what is in it follows from the seed and its index alone.
fn room(options: &Options, index: usize, people: &[Account]) -> anyhow::Result<()> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
    let mut members: Vec<&Account> = vec![&people[0]];
    let wanted = options.members.draw(&mut random).clamp(1, people.len());
    while members.len() < wanted {
        let person = &people[random.random_range(1..people.len())];
        if !members.iter().any(|member| member.user_id == person.user_id) {
            members.push(person);
        }
    }
    let name = format!("{} {} {index}", word(&mut random), word(&mut random));
    let created = members[0].call(
        "POST",
        "/createRoom",
        Some(&json!({"name": name, "preset": "public_chat", "topic": sentence(&mut random)})),
    )?;
    let room_id = created["room_id"].as_str().context("createRoom answers with a room_id")?;
    for member in &members[1..] {
        member.call("POST", &format!("/join/{}", escape(room_id)), Some(&json!({})))?;
    }
    for message in 0..options.messages.draw(&mut random) {
        let sender = members[random.random_range(0..members.len())];
        let body = json!({"msgtype": "m.text", "body": sentence(&mut random)});
        sender.call(
            "PUT",
            &format!("/rooms/{}/send/m.room.message/seed{index}m{message}", escape(room_id)),
            Some(&body),
        )?;
    }
    Ok(())
}

struct Account {
    homeserver: String,
    user_id: String,
    token: String,
    agent: ureq::Agent,
}

impl Account {
    /// Registers the account, or logs in where it is there already.
    fn open(homeserver: &str, name: &str) -> anyhow::Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut account = Self {
            homeserver: homeserver.trim_end_matches('/').to_owned(),
            user_id: String::new(),
            token: String::new(),
            agent,
        };
        let registration = json!({
            "username": name, "password": password(name), "auth": {"type": "m.login.dummy"}, "inhibit_login": true,
        });
        let (status, answer) = account.request("POST", "/register", Some(&registration))?;
        if status != 200 && answer["errcode"] != "M_USER_IN_USE" {
            bail!("{name} could not be registered: {answer}");
        }
        let login = json!({
            "type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": password(name),
        });
        let answer = account.call("POST", "/login", Some(&login))?;
        answer["user_id"].as_str().context("login answers with a user_id")?.clone_into(&mut account.user_id);
        answer["access_token"].as_str().context("login answers with a token")?.clone_into(&mut account.token);
        Ok(account)
    }

    /// A request that must succeed; a limit is waited for as long as the homeserver says.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        loop {
            let (status, answer) = self.request(method, path, body)?;
            match status {
                200 => return Ok(answer),
                429 => std::thread::sleep(Duration::from_millis(answer["retry_after_ms"].as_u64().unwrap_or(1000))),
                _ => bail!("{method} {path} was refused with {status}: {answer}"),
            }
        }
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<(u16, Value)> {
        let url = format!("{}/_matrix/client/v3{path}", self.homeserver);
        let mut request =
            ureq::http::Request::builder().method(method).uri(&url).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut response = self.agent.run(request.body(body)?).with_context(|| format!("{url} did not answer"))?;
        Ok((response.status().as_u16(), response.body_mut().read_json()?))
    }
}

fn password(name: &str) -> String {
    format!("{name} correct horse")
}

fn word(random: &mut ChaCha8Rng) -> &'static str {
    WORDS[random.random_range(0..WORDS.len())]
}

fn sentence(random: &mut ChaCha8Rng) -> String {
    let words: Vec<_> = (0..random.random_range(3..20)).map(|_| word(random)).collect();
    words.join(" ")
}

fn escape(text: &str) -> String {
    text.replace('!', "%21").replace(':', "%3A").replace('$', "%24").replace('#', "%23").replace('/', "%2F")
}
