//! What is measured: each measure in a function of its own, all over HTTP.

mod load;
mod sync;

use std::time::Instant;

use serde_json::json;

use crate::{
    client::Client,
    figures::{Figures, milliseconds},
    process::Process,
    servers::Server,
};

/// How much of everything.
pub(crate) struct Sizes {
    /// Rooms of the account that synchronises.
    pub(crate) rooms: usize,
    /// Events sent by the concurrent senders.
    pub(crate) events: usize,
    /// How often what takes long is repeated.
    pub(crate) rounds: usize,
}

/// A server under measurement, and where its figures go.
struct Run<'a> {
    url: String,
    http: reqwest::Client,
    process: &'a Process,
    sizes: &'a Sizes,
    column: &'a str,
    figures: &'a mut Figures,
}

/// Measures a server on a fresh database, from its start to its end.
pub(crate) async fn run(server: &Server, sizes: &Sizes, column: &str, figures: &mut Figures) -> anyhow::Result<()> {
    // The first start makes the schema; those that follow are what an administrator waits for.
    server.start().await?.0.end().await?;
    let mut starts = Vec::new();
    for _ in 0..sizes.rounds {
        let (process, took) = server.start().await?;
        starts.push(took);
        process.end().await?;
    }
    figures.ranged(column, "start to first answer, ms", starts);

    let (process, _) = server.start().await?;
    figures.single(column, "memory idle, MiB", process.memory()?);
    let http = reqwest::Client::builder().pool_max_idle_per_host(200).build()?;
    let mut run = Run { url: server.url(), http, process: &process, sizes, column, figures };
    run.rooms().await?;
    run.senders().await?;
    run.fan_out().await?;
    run.synchronisation().await?;
    figures.single(column, "memory after all of it, MiB", process.memory()?);
    process.end().await
}

impl Run<'_> {
    async fn register(&self, name: &str) -> anyhow::Result<Client> {
        Client::register(&self.http, &self.url, name).await
    }

    async fn people(&self, prefix: &str, count: usize) -> anyhow::Result<Vec<Client>> {
        let mut people = Vec::new();
        for number in 0..count {
            people.push(self.register(&format!("{prefix}{number}")).await?);
        }
        Ok(people)
    }

    /// Creating and joining, one after the other.
    async fn rooms(&mut self) -> anyhow::Result<()> {
        let owner = self.register("owner").await?;
        let mut took = Vec::new();
        for number in 0..50 {
            let start = Instant::now();
            owner.create_room(&json!({ "preset": "public_chat", "name": format!("Room {number}") })).await?;
            took.push(milliseconds(start.elapsed()));
        }
        self.figures.tailed(self.column, "create a room, ms", took);

        let room_id = owner.create_room(&json!({ "preset": "public_chat" })).await?;
        let mut took = Vec::new();
        for guest in self.people("guest", 50).await? {
            let start = Instant::now();
            guest.join(&room_id).await?;
            took.push(milliseconds(start.elapsed()));
        }
        self.figures.tailed(self.column, "join a room, ms", took);
        Ok(())
    }
}
