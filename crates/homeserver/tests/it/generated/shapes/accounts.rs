//! Accounts, devices, keys, media, push, and what is kept for a user.

use ruma::api::client::{
    account::{
        change_password, check_registration_token_validity, deactivate, get_3pids, get_username_availability, register,
        request_openid_token, whoami,
    },
    authenticated_media, backup, config, dehydrated_device,
    device::{delete_device, delete_devices, get_device, get_devices, update_device},
    discovery::{discover_homeserver, discover_support, get_capabilities, get_supported_versions},
    filter::{create_filter, get_filter},
    keys::{claim_keys, get_key_changes, get_keys, upload_keys, upload_signatures, upload_signing_keys},
    media,
    presence::{get_presence, set_presence},
    profile::{delete_profile_field, get_profile, get_profile_field, set_profile_field},
    push,
    session::{get_login_token, get_login_types, login, logout, logout_all, refresh_token},
    tag::{create_tag, delete_tag, get_tags},
    thirdparty,
    to_device::send_event_to_device,
    user_directory::search_users,
    voip::get_turn_server_info,
};
use serde_json::{Value, json};

use super::{Shape, shape, varied};

pub(super) fn shapes() -> Vec<Shape> {
    [sessions(), keys(), backups(), files(), pushes(), kept()].into_iter().flatten().collect()
}

/// A proof of identity that is accepted at once.
fn password() -> Value {
    json!({
        "type": "m.login.password",
        "identifier": { "type": "m.id.user", "user": "$user_id" },
        "password": "$password",
    })
}

fn sessions() -> Vec<Shape> {
    let mut log_in = password();
    log_in["device_id"] = json!("$device_id");
    log_in["initial_device_display_name"] = json!("device");
    log_in["refresh_token"] = json!(true);
    let registration = json!({
        "username": "$txn_id", "password": "$password", "device_id": "D", "inhibit_login": false,
        "auth": { "type": "m.login.dummy", "session": "$session" },
    });
    vec![
        shape::<change_password::v3::Request>(
            &[],
            json!({ "new_password": "$password", "logout_devices": false, "auth": password() }),
        ),
        shape::<check_registration_token_validity::v1::Request>(&[("token", "abc")], Value::Null),
        shape::<deactivate::v3::Request>(&[], json!({ "erase": true, "auth": password() })),
        shape::<get_3pids::v3::Request>(&[], Value::Null),
        shape::<get_username_availability::v3::Request>(&[("username", "nobody")], Value::Null),
        shape::<register::v3::Request>(&[("kind", "user")], registration),
        shape::<request_openid_token::v3::Request>(&[], json!({})),
        shape::<whoami::v3::Request>(&[], Value::Null),
        shape::<delete_device::v3::Request>(&[], json!({ "auth": password() })),
        shape::<delete_devices::v3::Request>(&[], json!({ "devices": ["A", "B"], "auth": password() })),
        shape::<get_device::v3::Request>(&[], Value::Null),
        shape::<get_devices::v3::Request>(&[], Value::Null),
        shape::<update_device::v3::Request>(&[], json!({ "display_name": "name" })),
        shape::<discover_homeserver::Request>(&[], Value::Null),
        shape::<discover_support::Request>(&[], Value::Null),
        shape::<get_capabilities::v3::Request>(&[], Value::Null),
        shape::<get_supported_versions::Request>(&[], Value::Null),
        shape::<get_login_token::v1::Request>(&[], json!({ "auth": password() })),
        shape::<get_login_types::v3::Request>(&[], Value::Null),
        shape::<login::v3::Request>(&[], log_in),
        shape::<refresh_token::v3::Request>(&[], json!({ "refresh_token": "$refresh_token" })),
        shape::<thirdparty::get_protocols::v3::Request>(&[], Value::Null),
        shape::<thirdparty::get_protocol::v3::Request>(&[], Value::Null),
        shape::<thirdparty::get_location_for_protocol::v3::Request>(&[("a", "b")], Value::Null),
        shape::<thirdparty::get_location_for_room_alias::v3::Request>(&[("alias", "$room_alias")], Value::Null),
        shape::<thirdparty::get_user_for_protocol::v3::Request>(&[("a", "b")], Value::Null),
        shape::<thirdparty::get_user_for_user_id::v3::Request>(&[("userid", "$user_id")], Value::Null),
        shape::<get_turn_server_info::v3::Request>(&[], Value::Null),
    ]
}

fn signatures() -> Value {
    json!({ "$user_id": { "ed25519:a2V5": "c2lnbmF0dXJl" } })
}

fn key(usage: &str) -> Value {
    json!({
        "user_id": "$user_id", "usage": [usage], "keys": { "ed25519:a2V5": "a2V5" }, "signatures": signatures(),
    })
}

fn device_keys() -> Value {
    json!({
        "user_id": "$user_id", "device_id": "$device_id",
        "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
        "keys": { "curve25519:D": "a2V5", "ed25519:D": "a2V5" }, "signatures": signatures(),
    })
}

fn keys() -> Vec<Shape> {
    let one_time = json!({ "signed_curve25519:AAAA": { "key": "a2V5", "signatures": signatures() } });
    vec![
        shape::<upload_keys::v3::Request>(
            &[],
            json!({ "device_keys": device_keys(), "one_time_keys": one_time, "fallback_keys": one_time }),
        ),
        shape::<get_keys::v3::Request>(&[], json!({ "device_keys": { "$user_id": ["$device_id"] }, "timeout": 0 })),
        shape::<claim_keys::v3::Request>(
            &[],
            json!({ "one_time_keys": { "$user_id": { "$device_id": "signed_curve25519" } }, "timeout": 0 }),
        ),
        shape::<get_key_changes::v3::Request>(&[("from", "$since"), ("to", "$since")], Value::Null),
        shape::<upload_signing_keys::v3::Request>(
            &[],
            json!({
                "master_key": key("master"), "self_signing_key": key("self_signing"),
                "user_signing_key": key("user_signing"), "auth": password(),
            }),
        ),
        shape::<upload_signatures::v3::Request>(
            &[],
            json!({ "$user_id": { "$device_id": device_keys(), "a2V5": key("master") } }),
        ),
        shape::<send_event_to_device::v3::Request>(
            &[],
            json!({ "messages": { "$user_id": { "*": { "a": 1 }, "$device_id": { "b": [] } } } }),
        ),
        shape::<dehydrated_device::put_dehydrated_device::unstable::Request>(
            &[],
            json!({
                "device_id": "DEHYDRATED", "initial_device_display_name": "d",
                "device_data": { "algorithm": "org.matrix.msc3814.v2", "device_pickle": "x", "nonce": "n" },
                "device_keys": device_keys(), "one_time_keys": one_time, "fallback_keys": one_time,
            }),
        ),
        shape::<dehydrated_device::get_dehydrated_device::unstable::Request>(&[], Value::Null),
        shape::<dehydrated_device::delete_dehydrated_device::unstable::Request>(&[], Value::Null),
        shape::<dehydrated_device::get_events::unstable::Request>(&[], json!({ "next_batch": "$since" })),
    ]
}

fn backups() -> Vec<Shape> {
    const VERSION: &[(&str, &str)] = &[("version", "$version")];
    let session = json!({
        "first_message_index": 1, "forwarded_count": 0, "is_verified": true,
        "session_data": { "ephemeral": "YQ", "ciphertext": "YQ", "mac": "YQ" },
    });
    let room = json!({ "sessions": { "one": session } });
    let information = json!({
        "algorithm": "m.megolm_backup.v1.curve25519-aes-sha2",
        "auth_data": { "public_key": "YWJj", "signatures": signatures() },
    });
    vec![
        shape::<backup::create_backup_version::v3::Request>(&[], information.clone()),
        shape::<backup::update_backup_version::v3::Request>(&[], information),
        shape::<backup::get_latest_backup_info::v3::Request>(&[], Value::Null),
        shape::<backup::get_backup_info::v3::Request>(&[], Value::Null),
        shape::<backup::delete_backup_version::v3::Request>(&[], Value::Null),
        shape::<backup::add_backup_keys::v3::Request>(VERSION, json!({ "rooms": { "$room_id": room } })),
        shape::<backup::add_backup_keys_for_room::v3::Request>(VERSION, room),
        shape::<backup::add_backup_keys_for_session::v3::Request>(VERSION, session),
        shape::<backup::get_backup_keys::v3::Request>(VERSION, Value::Null),
        shape::<backup::get_backup_keys_for_room::v3::Request>(VERSION, Value::Null),
        shape::<backup::get_backup_keys_for_session::v3::Request>(VERSION, Value::Null),
        shape::<backup::delete_backup_keys::v3::Request>(VERSION, Value::Null),
        shape::<backup::delete_backup_keys_for_room::v3::Request>(VERSION, Value::Null),
        shape::<backup::delete_backup_keys_for_session::v3::Request>(VERSION, Value::Null),
    ]
}

#[expect(deprecated, reason = "what is deprecated is served all the same")]
fn files() -> Vec<Shape> {
    const THUMBNAIL: &[(&str, &str)] =
        &[("width", "32"), ("height", "32"), ("method", "crop"), ("animated", "false"), ("timeout_ms", "0")];
    const WAIT: &[(&str, &str)] = &[("timeout_ms", "0")];
    vec![
        shape::<media::create_content::v3::Request>(&[("filename", "a.txt")], json!({ "a": "file" })),
        shape::<media::create_content_async::v3::Request>(&[("filename", "a.txt")], json!({ "a": "file" })),
        shape::<media::create_mxc_uri::v1::Request>(&[], json!({})),
        shape::<authenticated_media::get_content::v1::Request>(WAIT, Value::Null),
        shape::<authenticated_media::get_content_as_filename::v1::Request>(WAIT, Value::Null),
        shape::<authenticated_media::get_content_thumbnail::v1::Request>(THUMBNAIL, Value::Null),
        shape::<media::get_content::v3::Request>(WAIT, Value::Null),
        shape::<media::get_content_as_filename::v3::Request>(WAIT, Value::Null),
        shape::<media::get_content_thumbnail::v3::Request>(THUMBNAIL, Value::Null),
        shape::<authenticated_media::get_media_config::v1::Request>(&[], Value::Null),
        shape::<media::get_media_config::v3::Request>(&[], Value::Null),
    ]
}

fn pushes() -> Vec<Shape> {
    let rule = json!({
        "actions": ["notify", { "set_tweak": "sound", "value": "default" }, { "set_tweak": "highlight" }],
        "conditions": [
            { "kind": "event_match", "key": "content.body", "pattern": "he*lo" },
            { "kind": "room_member_count", "is": "<3" },
            { "kind": "sender_notification_permission", "key": "room" },
            { "kind": "event_property_contains", "key": "content.m\\.mentions.user_ids", "value": "x" },
        ],
        "pattern": "hel?o",
    });
    let pusher = json!({
        "app_id": "app", "app_display_name": "App", "device_display_name": "D", "kind": "http", "lang": "en",
        "pushkey": "key", "profile_tag": "t", "append": false,
        "data": { "url": "https://push.example.org/_matrix/push/v1/notify", "format": "event_id_only" },
    });
    vec![
        varied::<push::set_pushrule::v3::Request>(&[("before", "$rule_id"), ("after", "$rule_id")], rule.clone()),
        varied::<push::set_pushrule::v3::Request>(&[], rule),
        shape::<push::get_pushrule::v3::Request>(&[], Value::Null),
        shape::<push::delete_pushrule::v3::Request>(&[], Value::Null),
        shape::<push::get_pushrule_actions::v3::Request>(&[], Value::Null),
        varied::<push::set_pushrule_actions::v3::Request>(&[], json!({ "actions": ["notify"] })),
        shape::<push::get_pushrule_enabled::v3::Request>(&[], Value::Null),
        varied::<push::set_pushrule_enabled::v3::Request>(&[], json!({ "enabled": true })),
        shape::<push::get_pushrules_all::v3::Request>(&[], Value::Null),
        shape::<push::get_pushrules_global_scope::v3::Request>(&[], Value::Null),
        shape::<push::get_pushers::v3::Request>(&[], Value::Null),
        shape::<push::set_pusher::v3::Request>(&[], pusher),
        shape::<push::get_notifications::v3::Request>(
            &[("from", "$since"), ("limit", "5"), ("only", "highlight")],
            Value::Null,
        ),
    ]
}

fn kept() -> Vec<Shape> {
    let filter = json!({
        "event_fields": ["type", "content.body", "content.a\\.b"], "event_format": "client",
        "account_data": { "types": ["m.*"], "not_types": ["x"], "limit": 5 }, "presence": { "not_senders": ["$user_id"] },
        "room": {
            "rooms": ["$room_id"], "include_leave": true,
            "timeline": { "limit": 5, "lazy_load_members": true, "contains_url": false, "senders": ["$user_id"] },
            "state": { "lazy_load_members": true, "include_redundant_members": true },
            "ephemeral": { "types": ["*"] }, "account_data": { "not_types": ["m.tag"] },
        },
    });
    let body = json!({ "m.example": { "a": [1, "b", null] } });
    vec![
        shape::<create_filter::v3::Request>(&[], filter),
        shape::<get_filter::v3::Request>(&[], Value::Null),
        shape::<config::set_global_account_data::v3::Request>(&[], body.clone()),
        shape::<config::get_global_account_data::v3::Request>(&[], Value::Null),
        shape::<config::set_room_account_data::v3::Request>(&[], body),
        shape::<config::get_room_account_data::v3::Request>(&[], Value::Null),
        shape::<create_tag::v3::Request>(&[], json!({ "order": 0.5 })),
        shape::<delete_tag::v3::Request>(&[], Value::Null),
        shape::<get_tags::v3::Request>(&[], Value::Null),
        shape::<get_presence::v3::Request>(&[], Value::Null),
        shape::<set_presence::v3::Request>(&[], json!({ "presence": "online", "status_msg": "here" })),
        shape::<get_profile::v3::Request>(&[], Value::Null),
        shape::<get_profile_field::v3::Request>(&[], Value::Null),
        shape::<delete_profile_field::v3::Request>(&[], Value::Null),
        varied::<set_profile_field::v3::Request>(
            &[],
            json!({ "displayname": "Anna", "avatar_url": "$mxc", "org.example.field": { "a": 1 }, "m.tz": "UTC" }),
        ),
        shape::<search_users::v3::Request>(&[], json!({ "search_term": "g", "limit": 10 })),
        shape::<logout_all::v3::Request>(&[], json!({})),
        shape::<logout::v3::Request>(&[], json!({})),
    ]
}
