//! What a large room costs on disk: makes one through the services and prints, as Markdown, how many bytes each table
//! takes.
//!
//! ```text
//! cargo run --release -p trellis-homeserver --example large_room -- DIRECTORY [MEMBERS] [EVENTS]
//! ```

use std::{fs, path::PathBuf, time::Instant};

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use ruma::{
    OwnedUserId, UserId,
    api::client::room::create_room::v3::{Request, RoomPreset},
    events::{StateEventType, TimelineEventType},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{
    Config, Services,
    service::{
        accounts::NewAccount,
        rooms::{MembershipRequest, RequestKey},
    },
    storage::Stream,
};

/// Requests under way at a time: what waits together shares a commit.
const AT_ONCE: usize = 64;

/// Of so many events one changes the state.
const STATE_EVERY: usize = 100;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory: PathBuf = arguments.next().context("name a directory that does not exist yet")?.into();
    let members: usize = arguments.next().map_or(Ok(10_000), |count| count.parse())?;
    let events: usize = arguments.next().map_or(Ok(100_000), |count| count.parse())?;
    anyhow::ensure!(!directory.exists(), "{} exists already", directory.display());
    fs::create_dir_all(&directory)?;
    let shutdown = CancellationToken::new();
    let services = Services::open(Config::new("example.org".parse()?, &directory), shutdown.clone()).await?;
    services.start_background().await?;

    let users: Vec<OwnedUserId> =
        (0..members).map(|number| UserId::parse(format!("@user{number}:example.org"))).collect::<Result<_, _>>()?;
    for user_id in &users {
        let account = NewAccount { user_id: user_id.clone(), password: None, admin: false };
        services.accounts.create(account).await?;
    }
    let mut request = Request::new();
    request.preset = Some(RoomPreset::PublicChat);
    let room_id = services.rooms.create(&users[0], &request).await?;

    let begun = Instant::now();
    let joins = users[1..].iter().map(|user_id| {
        services.rooms.join(MembershipRequest { room_id: &room_id, sender: user_id, target: user_id, reason: None })
    });
    stream::iter(joins).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let joined = begun.elapsed();

    let begun = Instant::now();
    let sent = services.storage.streams().current(Stream::Events);
    let rest = events.saturating_sub(usize::try_from(sent)?);
    let sends = (0..rest).map(|number| send(&services, &room_id, &users[number % users.len()], &users[0], number));
    stream::iter(sends).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>().await?;
    let sent = begun.elapsed();
    settle(&services).await?;

    println!("## A room of {members} members and {events} events on SQLite\n");
    println!(
        "- {members} joins in {:.1} s, {rest} events in {:.1} s, {AT_ONCE} at a time",
        joined.as_secs_f64(),
        sent.as_secs_f64()
    );
    println!("- one event in {STATE_EVERY} changes the topic; the others are messages of 100 characters");
    print(&services, &directory, events).await?;
    shutdown.cancel();
    Ok(())
}

async fn send(
    services: &Services,
    room_id: &ruma::RoomId,
    sender: &UserId,
    creator: &UserId,
    number: usize,
) -> anyhow::Result<()> {
    if number.is_multiple_of(STATE_EVERY) {
        let content = json!({ "topic": format!("Topic {number}") }).to_string();
        let place = (StateEventType::RoomTopic, String::new());
        services.rooms.send_state(room_id, creator, place, &content, None).await?;
        return Ok(());
    }
    let txn_id = number.to_string();
    let key = RequestKey {
        user_id: sender.to_owned(),
        device_id: "DEVICE".into(),
        path: format!("/rooms/{room_id}/send/m.room.message/{txn_id}"),
        txn_id: txn_id.as_str().into(),
    };
    let words = format!("{number} the quick brown fox jumps over the lazy dog ");
    let body: String = words.chars().cycle().take(100).collect();
    let content = json!({ "msgtype": "m.text", "body": body }).to_string();
    services.rooms.send_message(room_id, TimelineEventType::RoomMessage, &content, key, None).await?;
    Ok(())
}

/// Waits until what follows the events has come to their end.
async fn settle(services: &Services) -> anyhow::Result<()> {
    let now = services.storage.streams().current(Stream::Events);
    loop {
        let sql = "SELECT MIN(position) FROM follower_positions WHERE name IN ('notable', 'search')";
        let position: i64 = services.storage.read().await?.fetch_one(sql, Vec::new()).await?.get(0)?;
        if position >= now {
            return Ok(services.storage.reclaim().await?);
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn print(services: &Services, directory: &std::path::Path, events: usize) -> anyhow::Result<()> {
    let mut connection = services.storage.read().await?;
    let sql = "SELECT tables.tbl_name, CAST(SUM(pages.pgsize) AS BIGINT), CAST(SUM(pages.unused) AS BIGINT) \
               FROM dbstat pages JOIN sqlite_master tables ON tables.name = pages.name \
               GROUP BY tables.tbl_name ORDER BY 2 DESC";
    let tables = connection.fetch_all(sql, Vec::new()).await?;
    println!("\n| table, with its indices | rows | KiB | bytes an event |\n|---|---:|---:|---:|");
    let (mut all, mut small) = (0, 0);
    for row in &tables {
        let (name, bytes): (String, i64) = (row.get(0)?, row.get(1)?);
        all += bytes;
        if bytes < 256 * 1024 {
            small += bytes;
            continue;
        }
        let count: i64 = connection.fetch_one(format!("SELECT COUNT(*) FROM {name}"), Vec::new()).await?.get(0)?;
        println!("| `{name}` | {count} | {} | {} |", bytes / 1024, bytes / i64::try_from(events)?);
    }
    println!("| the others | | {} | {} |", small / 1024, small / i64::try_from(events)?);
    println!("| all | | {} | {} |", all / 1024, all / i64::try_from(events)?);
    let file = fs::metadata(directory.join("homeserver.db"))?.len();
    println!("\nThe file has {} KiB.", file / 1024);
    Ok(())
}
