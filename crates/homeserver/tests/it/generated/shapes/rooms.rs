//! Rooms and their events, search and sync.

use reqwest::Method;
use ruma::api::client::{
    alias::{create_alias, delete_alias, get_alias},
    context::get_context,
    directory::{get_public_rooms, get_public_rooms_filtered, get_room_visibility, set_room_visibility},
    knock::knock_room,
    membership,
    message::{get_message_events, send_message_event},
    read_marker::set_read_marker,
    receipt::create_receipt,
    redact::redact_event,
    relations,
    reporting::report_user,
    room::{
        aliases, create_room, get_event_by_timestamp, get_room_event, get_summary, report_content, report_room,
        upgrade_room,
    },
    search::search_events,
    space::get_hierarchy,
    state::{get_state_event_for_key, get_state_events, send_state_event},
    sync::sync_events,
    threads::get_threads,
    typing::create_typing_event,
};
use serde_json::{Value, json};

use super::{Shape, plain, shape};

pub(super) fn shapes() -> Vec<Shape> {
    [making(), membership(), events(), reading(), syncs()].into_iter().flatten().collect()
}

fn making() -> Vec<Shape> {
    let room = json!({
        "preset": "private_chat", "name": "Room", "topic": "Topic", "room_version": "11", "is_direct": false,
        "visibility": "private", "invite": ["$user_id"], "room_alias_name": "$txn_id",
        "creation_content": { "type": "m.space", "m.federate": true },
        "initial_state": [{ "type": "m.room.guest_access", "state_key": "", "content": { "guest_access": "can_join" } }],
        "power_level_content_override": { "users": { "$user_id": 100 }, "events": { "m.room.name": 50 }, "ban": 50 },
        "invite_3pid": [],
    });
    let search = json!({
        "limit": 5, "since": "$since", "include_all_networks": false,
        "filter": { "generic_search_term": "g", "room_types": [null, "m.space"] },
    });
    vec![
        shape::<create_room::v3::Request>(&[], room),
        shape::<create_room::v3::Request>(&[], json!({ "preset": "public_chat" })),
        shape::<upgrade_room::v3::Request>(&[], json!({ "new_version": "12", "additional_creators": ["$user_id"] })),
        shape::<aliases::v3::Request>(&[], Value::Null),
        shape::<create_alias::v3::Request>(&[], json!({ "room_id": "$room_id" })),
        shape::<get_alias::v3::Request>(&[], Value::Null),
        shape::<delete_alias::v3::Request>(&[], Value::Null),
        shape::<get_public_rooms::v3::Request>(
            &[("limit", "5"), ("since", "$since"), ("server", "trellis.test")],
            Value::Null,
        ),
        shape::<get_public_rooms_filtered::v3::Request>(&[("server", "trellis.test")], search),
        shape::<get_room_visibility::v3::Request>(&[], Value::Null),
        shape::<set_room_visibility::v3::Request>(&[], json!({ "visibility": "public" })),
        shape::<get_hierarchy::v1::Request>(
            &[("from", "$since"), ("limit", "5"), ("max_depth", "2"), ("suggested_only", "false")],
            Value::Null,
        ),
        shape::<get_summary::v1::Request>(&[("via", "trellis.test")], Value::Null),
        shape::<report_room::v3::Request>(&[], json!({ "reason": "spam" })),
        shape::<report_content::v3::Request>(&[], json!({ "reason": "spam", "score": -50 })),
        shape::<report_user::v3::Request>(&[], json!({ "reason": "spam" })),
    ]
}

fn membership() -> Vec<Shape> {
    let someone = json!({ "user_id": "$user_id", "reason": "because" });
    vec![
        shape::<membership::invite_user::v3::Request>(&[], someone.clone()),
        shape::<membership::kick_user::v3::Request>(&[], someone.clone()),
        shape::<membership::ban_user::v3::Request>(&[], someone.clone()),
        shape::<membership::unban_user::v3::Request>(&[], someone),
        shape::<membership::join_room_by_id::v3::Request>(&[], json!({ "reason": "because" })),
        shape::<membership::join_room_by_id_or_alias::v3::Request>(
            &[("via", "trellis.test")],
            json!({ "reason": "because" }),
        ),
        shape::<membership::leave_room::v3::Request>(&[], json!({ "reason": "because" })),
        shape::<membership::forget_room::v3::Request>(&[], json!({})),
        shape::<knock_room::v3::Request>(&[("via", "trellis.test")], json!({ "reason": "because" })),
        shape::<membership::joined_rooms::v3::Request>(&[], Value::Null),
        shape::<membership::joined_members::v3::Request>(&[], Value::Null),
        shape::<membership::get_member_events::v3::Request>(
            &[("at", "$since"), ("membership", "join"), ("not_membership", "leave")],
            Value::Null,
        ),
        plain(
            Method::GET,
            "/_matrix/client/v1/mutual_rooms",
            &[("user_id", "$user_id"), ("from", "$since")],
            Value::Null,
        ),
    ]
}

fn events() -> Vec<Shape> {
    let message = json!({
        "msgtype": "m.text", "body": "hello there", "format": "org.matrix.custom.html", "formatted_body": "<b>hello</b>",
        "m.mentions": { "user_ids": ["$user_id"], "room": true },
        "m.relates_to": {
            "rel_type": "m.thread", "event_id": "$event_id", "is_falling_back": true,
            "m.in_reply_to": { "event_id": "$event_id" },
        },
    });
    let edit = json!({
        "msgtype": "m.text", "body": "* bye", "m.new_content": { "msgtype": "m.text", "body": "bye" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": "$event_id" },
    });
    let reaction = json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$event_id", "key": "+" } });
    let state = |path, body| plain(Method::PUT, path, &[], body);
    vec![
        shape::<send_message_event::v3::Request>(&[], message),
        shape::<send_message_event::v3::Request>(&[], edit),
        shape::<send_message_event::v3::Request>(&[], reaction),
        shape::<send_state_event::v3::Request>(&[], json!({ "name": "Name", "membership": "join", "topic": "x" })),
        state("/_matrix/client/v3/rooms/{room_id}/state/m.room.name", json!({ "name": "Name" })),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.topic",
            json!({ "topic": "T", "m.topic": { "m.text": [{ "body": "T", "mimetype": "text/plain" }] } }),
        ),
        state("/_matrix/client/v3/rooms/{room_id}/state/m.room.avatar", json!({ "url": "$mxc", "info": { "w": 1 } })),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.canonical_alias",
            json!({ "alias": "$room_alias", "alt_aliases": ["$room_alias"] }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.power_levels",
            json!({
                "users": { "$user_id": 100 }, "users_default": 0, "events": { "m.room.name": 0 }, "events_default": 0,
                "state_default": 0, "ban": 50, "kick": 50, "redact": 50, "invite": 0, "notifications": { "room": 50 },
            }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.join_rules",
            json!({ "join_rule": "restricted", "allow": [{ "type": "m.room_membership", "room_id": "$room_id" }] }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.history_visibility",
            json!({ "history_visibility": "shared" }),
        ),
        state("/_matrix/client/v3/rooms/{room_id}/state/m.room.guest_access", json!({ "guest_access": "can_join" })),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.encryption",
            json!({ "algorithm": "m.megolm.v1.aes-sha2", "rotation_period_ms": 604_800_000 }),
        ),
        state("/_matrix/client/v3/rooms/{room_id}/state/m.room.pinned_events", json!({ "pinned": ["$event_id"] })),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.server_acl",
            json!({ "allow": ["*"], "deny": ["*.bad"], "allow_ip_literals": false }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.tombstone",
            json!({ "body": "moved", "replacement_room": "$room_id" }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.space.child/{room_id}",
            json!({ "via": ["trellis.test"], "order": "a", "suggested": true }),
        ),
        state(
            "/_matrix/client/v3/rooms/{room_id}/state/m.room.member/{user_id}",
            json!({
                "membership": "join", "displayname": "Name", "avatar_url": "$mxc", "is_direct": true, "reason": "r",
                "join_authorised_via_users_server": "$user_id",
                "third_party_invite": { "display_name": "a", "signed": { "mxid": "$user_id", "token": "t" } },
            }),
        ),
        plain(
            Method::PUT,
            "/_matrix/client/v3/rooms/{room_id}/send/m.room.redaction/{txn_id}",
            &[],
            json!({ "redacts": "$event_id", "reason": "because" }),
        ),
        shape::<redact_event::v3::Request>(&[], json!({ "reason": "because" })),
        shape::<create_receipt::v3::Request>(&[], json!({ "thread_id": "main" })),
        shape::<create_receipt::v3::Request>(&[], json!({})),
        shape::<set_read_marker::v3::Request>(
            &[],
            json!({ "m.fully_read": "$event_id", "m.read": "$event_id", "m.read.private": "$event_id" }),
        ),
        shape::<create_typing_event::v3::Request>(&[], json!({ "typing": true, "timeout": 1_000 })),
    ]
}

fn reading() -> Vec<Shape> {
    const PAGE: &[(&str, &str)] =
        &[("dir", "b"), ("from", "$since"), ("to", "$since"), ("limit", "5"), ("recurse", "true")];
    const MESSAGES: &[(&str, &str)] = &[
        ("dir", "f"),
        ("from", "$since"),
        ("to", "$since"),
        ("limit", "5"),
        ("filter", r#"{"lazy_load_members":true,"types":["m.room.*"],"related_by_rel_types":["m.thread"]}"#),
    ];
    let search = json!({
        "search_categories": { "room_events": {
            "search_term": "hello", "keys": ["content.body"], "order_by": "recent", "include_state": true,
            "filter": { "limit": 5, "rooms": ["$room_id"], "senders": ["$user_id"] },
            "event_context": { "before_limit": 2, "after_limit": 2, "include_profile": true },
            "groupings": { "group_by": [{ "key": "room_id" }, { "key": "sender" }] },
        } },
    });
    vec![
        shape::<get_message_events::v3::Request>(MESSAGES, Value::Null),
        shape::<get_context::v3::Request>(&[("limit", "5"), ("filter", r#"{"types":["m.*"]}"#)], Value::Null),
        shape::<get_room_event::v3::Request>(&[], Value::Null),
        shape::<get_event_by_timestamp::v1::Request>(&[("ts", "1"), ("dir", "f")], Value::Null),
        shape::<get_state_event_for_key::v3::Request>(&[("format", "event")], Value::Null),
        shape::<get_state_events::v3::Request>(&[], Value::Null),
        shape::<relations::get_relating_events::v1::Request>(PAGE, Value::Null),
        shape::<relations::get_relating_events_with_rel_type::v1::Request>(PAGE, Value::Null),
        shape::<relations::get_relating_events_with_rel_type_and_event_type::v1::Request>(PAGE, Value::Null),
        shape::<get_threads::v1::Request>(
            &[("include", "participated"), ("from", "$since"), ("limit", "5")],
            Value::Null,
        ),
        plain(Method::GET, "/_matrix/client/v3/rooms/{room_id}/initialSync", &[("limit", "5")], Value::Null),
        shape::<search_events::v3::Request>(&[("next_batch", "$since")], search),
    ]
}

fn syncs() -> Vec<Shape> {
    let window = json!({
        "conn_id": "main", "txn_id": "t",
        "lists": { "all": {
            "ranges": [[0, 19]], "timeline_limit": 5, "required_state": [["m.room.member", "$LAZY"], ["*", ""]],
            "include_heroes": true,
            "filters": { "is_dm": false, "is_encrypted": false, "is_invite": false, "room_types": [null],
                "not_room_types": ["m.space"], "spaces": ["$room_id"], "tags": ["u.work"], "not_tags": ["x"] },
        } },
        "room_subscriptions": { "$room_id": { "timeline_limit": 5, "required_state": [["*", "*"]] } },
        "extensions": {
            "to_device": { "enabled": true, "since": "$since", "limit": 5 }, "e2ee": { "enabled": true },
            "account_data": { "enabled": true, "lists": ["all"], "rooms": ["$room_id"] },
            "receipts": { "enabled": true, "rooms": ["*"] }, "typing": { "enabled": true },
        },
    });
    vec![
        shape::<sync_events::v3::Request>(
            &[
                ("filter", "$filter_id"),
                ("since", "$since"),
                ("full_state", "false"),
                ("set_presence", "online"),
                ("use_state_after", "true"),
                ("timeout", "0"),
            ],
            Value::Null,
        ),
        plain(
            Method::POST,
            "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync",
            &[("pos", "$pos"), ("timeout", "0")],
            window,
        ),
    ]
}
