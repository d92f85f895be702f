//! Events under load: how many a second, what each costs, and when those who wait have them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::Context;
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::Run;
use crate::{client::Client, figures::milliseconds};

/// How many send at once.
const SENDERS: usize = 20;

/// How many wait for an event.
const WAITING: usize = 50;

/// How many events those who wait are sent.
const WAKES: usize = 40;

impl Run<'_> {
    /// Twenty people write as fast as they are answered: in one room, then each in a room of their own.
    pub(super) async fn senders(&mut self) -> anyhow::Result<()> {
        let people = self.people("sender", SENDERS).await?;
        let together = people[0].create_room(&json!({ "preset": "public_chat" })).await?;
        let mut own = Vec::new();
        for person in &people {
            own.push(person.create_room(&json!({ "preset": "private_chat" })).await?);
        }
        for person in &people[1..] {
            person.join(&together).await?;
        }
        self.send_at_once("20 senders in a room", &people, &vec![together; SENDERS]).await?;
        self.send_at_once("20 senders, a room each", &people, &own).await?;

        let mut took = Vec::new();
        for number in 0..100 {
            let start = Instant::now();
            people[0].send(&own[0], &format!("alone{number}"), "alone").await?;
            took.push(milliseconds(start.elapsed()));
        }
        self.figures.tailed(self.column, "one sender alone, ms an event", took);
        Ok(())
    }

    async fn send_at_once(&mut self, name: &str, people: &[Client], rooms: &[String]) -> anyhow::Result<()> {
        let next = Arc::new(AtomicUsize::new(0));
        let (events, tag) = (self.sizes.events, name.len());
        let (start, cpu) = (Instant::now(), self.process.cpu()?);
        let lanes = people.iter().zip(rooms).map(|(person, room_id)| {
            let (person, room_id, next) = (person.clone(), room_id.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= events {
                        return anyhow::Ok(took);
                    }
                    let start = Instant::now();
                    person.send(&room_id, &format!("load{tag}-{number}"), "What a lovely day for a walk").await?;
                    took.push(milliseconds(start.elapsed()));
                }
            })
        });
        let mut took = Vec::new();
        for lane in try_join_all(lanes).await? {
            took.extend(lane?);
        }
        let elapsed = start.elapsed().as_secs_f64();
        let cpu = self.process.cpu()? - cpu;
        self.figures.single(self.column, &format!("{name}: events a second"), events as f64 / elapsed);
        self.figures.tailed(self.column, &format!("{name}: ms an event"), took);
        self.figures.single(self.column, &format!("{name}: CPU ms an event"), cpu / events as f64);
        Ok(())
    }

    /// Fifty people wait in a room; when does each have what another sends?
    pub(super) async fn fan_out(&mut self) -> anyhow::Result<()> {
        let sender = self.register("speaker").await?;
        let room_id = sender.create_room(&json!({ "preset": "public_chat" })).await?;
        let listeners = self.people("listener", WAITING).await?;
        for listener in &listeners {
            listener.join(&room_id).await?;
        }
        let tokens = listeners.iter().map(async |listener| token(&listener.sync(None, 0, FILTER).await?));
        let mut tokens = try_join_all(tokens).await?;
        let (mut each, mut all) = (Vec::new(), Vec::new());
        for number in 0..WAKES {
            let waiting: Vec<_> = listeners
                .iter()
                .zip(&tokens)
                .map(|(listener, since)| {
                    let (listener, since, room_id) = (listener.clone(), since.clone(), room_id.clone());
                    tokio::spawn(async move { until_event(&listener, since, &room_id).await })
                })
                .collect();
            // All of them have to be waiting at the server, which says so to nobody.
            tokio::time::sleep(std::time::Duration::from_millis(150)).await;
            let start = Instant::now();
            sender.send(&room_id, &format!("wake{number}"), "Listen").await?;
            let mut last: f64 = 0.0;
            tokens.clear();
            for waiting in waiting {
                let (at, token) = waiting.await??;
                let took = milliseconds(at - start);
                last = last.max(took);
                each.push(took);
                tokens.push(token);
            }
            all.push(last);
        }
        self.figures.tailed(self.column, "an event reaches each of 50 who wait, ms", each);
        self.figures.tailed(self.column, "an event has reached all 50, ms", all);
        Ok(())
    }
}

const FILTER: &str = r#"{"presence":{"types":[]},"room":{"state":{"lazy_load_members":true}}}"#;

/// Waits until a synchronisation brings an event of the room's timeline: when that was, and the token after it.
async fn until_event(listener: &Client, mut since: String, room_id: &str) -> anyhow::Result<(Instant, String)> {
    loop {
        let answer = listener.sync(Some(&since), 30_000, FILTER).await?;
        let at = Instant::now();
        let body: Value = serde_json::from_slice(&answer)?;
        since = token(&answer)?;
        if body["rooms"]["join"][room_id]["timeline"]["events"].as_array().is_some_and(|events| !events.is_empty()) {
            return Ok((at, since));
        }
    }
}

fn token(answer: &[u8]) -> anyhow::Result<String> {
    let body: Value = serde_json::from_slice(answer)?;
    Ok(body["next_batch"].as_str().context("an answer has a token")?.to_owned())
}
