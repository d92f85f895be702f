//! What a client waits for when it opens: synchronisation from the beginning, and a page of history.

use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use serde_json::json;

use super::Run;
use crate::{
    client::{Client, segment},
    figures::milliseconds,
};

/// Messages in a room.
const MESSAGES: usize = 5;

/// Messages in the room whose history is read.
const HISTORY: usize = 200;

impl Run<'_> {
    /// An account of many rooms synchronises from the beginning; a room's history is read.
    pub(super) async fn synchronisation(&mut self) -> anyhow::Result<()> {
        let reader = self.register("reader").await?;
        let friends = self.people("friend", 2).await?;
        let (one, friends) = (&reader, &friends);
        stream::iter(0..self.sizes.rooms)
            .map(|number| furnish(one, friends, number))
            .buffer_unordered(4)
            .try_collect::<Vec<_>>()
            .await?;
        let rooms = self.sizes.rooms;
        // Each round asks for something else, or an answer that was kept would be measured.
        let filter = |round: usize, members: &str| {
            format!(r#"{{"room":{{"timeline":{{"not_types":["round.{round}"]}},"state":{{{members}}}}}}}"#)
        };
        self.repeated(&format!("initial sync of {rooms} rooms, lazy members, ms"), async |round| {
            reader.sync(None, 0, &filter(round, r#""lazy_load_members":true"#)).await.map(drop)
        })
        .await?;
        self.repeated(&format!("initial sync of {rooms} rooms, all members, ms"), async |round| {
            reader.sync(None, 0, &filter(round, "")).await.map(drop)
        })
        .await?;

        let window = json!({
            "lists": { "all": {
                "ranges": [[0, 19]],
                "timeline_limit": 1,
                "required_state": [["m.room.name", ""], ["m.room.avatar", ""], ["m.room.member", "$LAZY"]],
            } },
        });
        let path = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=0";
        self.repeated("sliding sync, first window of 20, ms", async |_| {
            reader.bytes(Method::POST, path, Some(&window)).await.map(drop)
        })
        .await?;

        let room_id = reader.create_room(&json!({})).await?;
        for number in 0..HISTORY {
            reader.send(&room_id, &format!("history{number}"), "Once upon a time").await?;
        }
        let path = format!("/_matrix/client/v3/rooms/{}/messages?dir=b&limit=100", segment(&room_id));
        self.repeated("/messages, 100 events, ms", async |_| reader.bytes(Method::GET, &path, None).await.map(drop))
            .await
    }

    async fn repeated(&mut self, name: &str, what: impl AsyncFn(usize) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let mut took = Vec::new();
        for round in 0..self.sizes.rounds {
            let start = Instant::now();
            what(round).await?;
            took.push(milliseconds(start.elapsed()));
        }
        self.figures.ranged(self.column, name, took);
        Ok(())
    }
}

/// Makes a room of three people with a few messages.
async fn furnish(reader: &Client, friends: &[Client], number: usize) -> anyhow::Result<()> {
    let room_id =
        reader.create_room(&json!({ "preset": "public_chat", "name": format!("Furnished {number}") })).await?;
    for friend in friends {
        friend.join(&room_id).await?;
    }
    for message in 0..MESSAGES {
        let writer = &friends[message % friends.len()];
        writer.send(&room_id, &format!("furnish{number}-{message}"), "A few words").await?;
    }
    Ok(())
}
