//! What exists on the server and can be named by a request.

use std::collections::BTreeMap;

use rand::{Rng, seq::IndexedRandom as _};
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::harness::{PASSWORD, TestClient, TestServer};

/// The newest names of a kind that are kept.
const KEPT: usize = 8;

/// An account with rooms, events, media, keys and someone to talk to.
pub(super) struct World<'s> {
    pub(super) client: TestClient,
    other: TestClient,
    room: String,
    server: &'s TestServer,
    /// What exists, by the names ruma gives the variables of its paths.
    names: BTreeMap<&'static str, Vec<String>>,
}

impl<'s> World<'s> {
    pub(super) async fn new(server: &'s TestServer, lane: usize) -> Self {
        // Generated requests take names as well.
        let number: u64 = rand::random();
        let client = server.register(&format!("g{lane}-{number}")).await;
        let other = server.register(&format!("h{lane}-{number}")).await;
        let alias = format!("#room-{number}:trellis.test");
        let body = json!({ "preset": "public_chat", "room_alias_name": format!("room-{number}"), "name": "Garden" });
        let room = client.create_room(body).await;
        other.join(&room).await;
        let second =
            client.create_room(json!({ "room_version": "10", "creation_content": { "type": "m.space" } })).await;
        let child = json!({ "via": ["trellis.test"] });
        client.put(["rooms", &second, "state", "m.space.child", &room], child).await.ok();
        let event = client.say(&room, "hello").await;
        let reply = json!({
            "msgtype": "m.text",
            "body": "yes",
            "m.relates_to": { "rel_type": "m.thread", "event_id": event },
        });
        let in_thread = other.send_event(&room, "m.room.message", reply).await;
        let filter = json!({ "room": { "timeline": { "limit": 5 } } });
        let filter = client.post(["user", &client.user_id, "filter"], filter).await.string("filter_id");
        let auth_data = json!({ "public_key": "abcdefg", "signatures": {} });
        let backup = json!({ "algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "auth_data": auth_data });
        let version = client.post(["room_keys", "version"], backup).await.string("version");
        let upload = client.raw(Method::POST, "/_matrix/media/v3/upload", Some("content".to_owned())).await;
        let uri = upload.string("content_uri");
        let media = uri.rsplit('/').next().unwrap().to_owned();
        let since = client.token_now().await;

        let names = BTreeMap::from([
            ("user_id", vec![client.user_id.clone(), client.user_id.clone(), other.user_id.clone()]),
            ("device_id", vec![client.device_id.clone()]),
            ("room_id", vec![room.clone(), second.clone()]),
            ("room_id_or_alias", vec![room.clone(), alias.clone()]),
            ("room_alias", vec![alias, format!("#other-{number}:trellis.test")]),
            ("event_id", vec![event, in_thread]),
            ("filter_id", vec![filter]),
            ("version", vec![version]),
            ("server_name", vec!["trellis.test".to_owned()]),
            ("media_id", vec![media]),
            ("mxc", vec![uri]),
            ("since", vec![since]),
            ("password", vec![PASSWORD.to_owned()]),
        ]);
        Self { client, other, room, server, names }
    }

    /// A value for a variable: the name of something that exists, or one of a few words.
    pub(super) fn value(&self, rng: &mut impl Rng, variable: &str) -> String {
        let words: &[&str] = match variable {
            "event_type" => &["m.room.message", "m.room.name", "m.reaction", "m.room.member", "org.example.test"],
            "state_key" => &["", "key", "@g:trellis.test"],
            "receipt_type" => &["m.read", "m.read.private", "m.fully_read"],
            "rel_type" => &["m.thread", "m.annotation", "m.replace", "m.reference"],
            "kind" => &["override", "room", "content", "sender", "underride"],
            "rule_id" => &["org.example.rule", ".m.rule.master", "!room:trellis.test"],
            "field" | "key_name" => &["displayname", "avatar_url", "org.example.field", "m.tz"],
            "tag" => &["u.work", "m.favourite"],
            "protocol" => &["irc"],
            "filename" => &["file.txt"],
            "txn_id" => &["t1", "t2", "t3", "t4", "t5", "t6"],
            _ => &["one", "two", "m.direct", "m.tag", "m.fully_read", "org.example.type"],
        };
        match self.names.get(variable).and_then(|names| names.choose(rng)) {
            Some(name) => name.clone(),
            None => (*words.choose(rng).unwrap()).to_owned(),
        }
    }

    /// Any name, of whatever kind.
    pub(super) fn any(&self, rng: &mut impl Rng) -> String {
        let all: Vec<_> = self.names.values().flatten().collect();
        (*all.choose(rng).unwrap()).clone()
    }

    /// Remembers what an answer names, so that later requests meet what earlier ones have made.
    pub(super) fn learn(&mut self, answer: &Value) {
        let fields = [
            ("room_id", "room_id"),
            ("event_id", "event_id"),
            ("filter_id", "filter_id"),
            ("version", "version"),
            ("next_batch", "since"),
            ("end", "since"),
            ("pos", "pos"),
            ("content_uri", "mxc"),
            ("refresh_token", "refresh_token"),
            ("session", "session"),
        ];
        for (field, kind) in fields {
            if let Some(value) = answer[field].as_str() {
                let names = self.names.entry(kind).or_default();
                names.push(value.to_owned());
                if names.len() > KEPT {
                    names.remove(1);
                }
            }
        }
    }

    /// Whether the account is still there: it may have been logged out or closed.
    pub(super) async fn is_logged_in(&self) -> bool {
        self.client.get(["account", "whoami"]).await.status.is_success()
            && self.other.get(["account", "whoami"]).await.status.is_success()
    }

    /// Reads what was written, as clients do who never saw it: nothing that was taken may be impossible to give.
    pub(super) async fn read_everything(&self, name: &str) {
        let newcomer = self.server.register(&format!("n{}", rand::random::<u64>())).await;
        for client in [&self.client, &self.other, &newcomer] {
            let filter = r#"{"room":{"timeline":{"limit":100},"include_leave":true}}"#;
            let room = &self.room;
            for (path, query) in [
                ("/_matrix/client/v3/sync", vec![("filter", filter)]),
                ("/_matrix/client/v3/sync", vec![("full_state", "true"), ("use_state_after", "true")]),
                (&format!("/_matrix/client/v3/rooms/{room}/messages"), vec![("dir", "b"), ("limit", "100")]),
                (&format!("/_matrix/client/v3/rooms/{room}/state"), vec![]),
                (&format!("/_matrix/client/v3/rooms/{room}/members"), vec![]),
                (&format!("/_matrix/client/v1/rooms/{room}/hierarchy"), vec![]),
                (&format!("/_matrix/client/v1/rooms/{room}/threads"), vec![]),
                (&format!("/_matrix/client/v1/room_summary/{room}"), vec![]),
                (&format!("/_matrix/client/v3/profile/{}", self.client.user_id), vec![]),
                ("/_matrix/client/v3/notifications", vec![("limit", "50")]),
                ("/_matrix/client/v3/publicRooms", vec![]),
                ("/_matrix/client/v3/pushrules/", vec![]),
                ("/_matrix/client/v3/pushers", vec![]),
                ("/_matrix/client/v3/devices", vec![]),
                ("/_matrix/client/v3/room_keys/keys", vec![("version", self.names["version"][0].as_str())]),
            ] {
                let mut url: Url = client.url().parse().unwrap();
                url.set_path(path);
                url.query_pairs_mut().extend_pairs(query);
                let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
                let answer = client.raw(Method::GET, &target, None).await;
                super::check(answer.status, &answer.body, &format!("{name}; then GET {target}"));
            }
            let keys = json!({ "device_keys": { &self.client.user_id: [], &self.other.user_id: [] } });
            client.post(["keys", "query"], keys).await.ok();
            let list = json!({ "ranges": [[0, 99]], "timeline_limit": 50, "required_state": [["*", "*"]] });
            let extensions = json!({
                "account_data": { "enabled": true }, "receipts": { "enabled": true }, "typing": { "enabled": true },
                "to_device": { "enabled": true }, "e2ee": { "enabled": true },
            });
            let window = json!({ "lists": { "all": list }, "extensions": extensions }).to_string();
            let path = "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync";
            let answer = client.raw(Method::POST, path, Some(window)).await;
            assert!(answer.status.is_success(), "{name}; then {path}: {}", answer.body);
        }
    }
}
