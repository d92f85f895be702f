//! The [Client-Server API]: one file per endpoint, named as ruma's module.
//!
//! [Client-Server API]: https://spec.matrix.org/v1.18/client-server-api/

// Accounts, devices, keys, media, and what is known about the server.
mod change_password;
mod check_registration_token_validity;
mod claim_keys;
mod create_content;
mod create_content_async;
mod create_filter;
mod create_mxc_uri;
mod create_tag;
mod deactivate;
mod delete_device;
mod delete_devices;
mod delete_profile_field;
mod delete_pushrule;
mod delete_tag;
mod discover_homeserver;
mod get_3pids;
mod get_capabilities;
mod get_content;
mod get_content_as_filename;
mod get_content_thumbnail;
mod get_device;
mod get_devices;
mod get_filter;
mod get_global_account_data;
mod get_key_changes;
mod get_keys;
mod get_latest_backup_info;
mod get_legacy_content;
mod get_login_types;
mod get_media_config;
mod get_notifications;
mod get_presence;
mod get_profile;
mod get_profile_field;
mod get_protocols;
mod get_pushers;
mod get_pushrule;
mod get_pushrule_actions;
mod get_pushrule_enabled;
mod get_pushrules_all;
mod get_pushrules_global_scope;
mod get_pushrules_of_kind;
mod get_room_account_data;
mod get_supported_versions;
mod get_tags;
mod get_turn_server_info;
mod get_username_availability;
mod login;
mod logout;
mod logout_all;
mod register;
mod search_events;
mod search_users;
mod send_event_to_device;
mod set_global_account_data;
mod set_presence;
mod set_profile_field;
mod set_pusher;
mod set_pushrule;
mod set_pushrule_actions;
mod set_pushrule_enabled;
mod set_room_account_data;
mod update_device;
mod upload_keys;
mod upload_signatures;
mod upload_signing_keys;
mod whoami;

// Other ways in, and proofs for third parties.
mod discover_support;
mod get_location_for_protocol;
mod get_location_for_room_alias;
mod get_login_token;
mod get_openid_userinfo;
mod get_protocol;
mod get_user_for_protocol;
mod get_user_for_user_id;
mod refresh_token;
mod request_openid_token;

// Backups of room keys, and devices nobody is logged in to.
mod add_backup_keys;
mod add_backup_keys_for_room;
mod add_backup_keys_for_session;
mod create_backup_version;
mod delete_backup_keys;
mod delete_backup_keys_for_room;
mod delete_backup_keys_for_session;
mod delete_backup_version;
mod delete_dehydrated_device;
mod get_backup_info;
mod get_backup_keys;
mod get_backup_keys_for_room;
mod get_backup_keys_for_session;
mod get_dehydrated_device;
mod get_dehydrated_device_events;
mod put_dehydrated_device;
mod update_backup_version;

// Rooms and their events.
mod aliases;
mod ban_user;
mod create_alias;
mod create_room;
mod delete_alias;
mod forget_room;
mod get_alias;
mod get_context;
mod get_event_by_timestamp;
mod get_hierarchy;
mod get_member_events;
mod get_message_events;
mod get_public_rooms;
mod get_public_rooms_filtered;
mod get_relating_events;
mod get_relating_events_with_rel_type;
mod get_relating_events_with_rel_type_and_event_type;
mod get_room_event;
mod get_room_visibility;
mod get_state_event_for_key;
mod get_state_events;
mod get_summary;
mod get_threads;
mod invite_user;
mod join_room_by_id;
mod join_room_by_id_or_alias;
mod joined_members;
mod joined_rooms;
mod kick_user;
mod knock_room;
mod leave_room;
mod mutual_rooms;
mod post_message_event;
mod redact_event;
mod relations;
mod report_content;
mod report_room;
mod report_user;
mod room_initial_sync;
mod send_message_event;
mod send_state_event;
mod set_room_visibility;
mod unban_user;
mod upgrade_room;

// Sync, receipts, typing and notifications.
mod create_receipt;
mod create_typing_event;
mod get_one_event;
mod initial_sync;
mod listen_to_new_events;
mod set_read_marker;
mod sliding_sync;
mod sync_events;

use axum::{
    Router,
    routing::{any, get, post, put},
};

use super::Endpoints as _;
use crate::service::Services;

/// Every endpoint, one line each.
pub fn endpoints() -> Router<Services> {
    Router::new().merge(accounts()).merge(push_rules()).merge(sessions()).merge(backups()).merge(rooms()).merge(sync())
}

/// Accounts, devices, keys, media and what is known about the server.
fn accounts() -> Router<Services> {
    Router::new()
        .ruma(change_password::change_password)
        .ruma(check_registration_token_validity::check_registration_token_validity)
        .ruma_with_limit(claim_keys::BODY_LIMIT, claim_keys::claim_keys)
        .ruma_stream(create_content::create_content)
        .ruma_stream(create_content_async::create_content_async)
        .ruma(create_mxc_uri::create_mxc_uri)
        .ruma_stream(get_content::get_content)
        .ruma_stream(get_content_as_filename::get_content_as_filename)
        .ruma_stream(get_content_thumbnail::get_content_thumbnail)
        .ruma_stream(get_legacy_content::get_legacy_content)
        .ruma_stream(get_legacy_content::get_legacy_content_as_filename)
        .ruma_stream(get_legacy_content::get_legacy_content_thumbnail)
        .ruma(get_media_config::get_media_config)
        .ruma(get_media_config::get_media_config_v3)
        .ruma(create_filter::create_filter)
        .ruma(create_tag::create_tag)
        .ruma(deactivate::deactivate)
        .ruma(delete_device::delete_device)
        .ruma(delete_devices::delete_devices)
        .ruma(delete_profile_field::delete_profile_field)
        .ruma(delete_pushrule::delete_pushrule)
        .ruma(delete_tag::delete_tag)
        .ruma(discover_homeserver::discover_homeserver)
        .ruma(get_3pids::get_3pids)
        .ruma(get_capabilities::get_capabilities)
        .ruma(get_device::get_device)
        .ruma(get_devices::get_devices)
        .ruma(get_filter::get_filter)
        .ruma(get_global_account_data::get_global_account_data)
        .ruma_with_limit(get_keys::BODY_LIMIT, get_keys::get_keys)
        .ruma(get_key_changes::get_key_changes)
        .ruma(get_latest_backup_info::get_latest_backup_info)
        .ruma(get_login_types::get_login_types)
        .ruma(get_presence::get_presence)
        .ruma(get_profile::get_profile)
        .ruma(get_profile_field::get_profile_field)
        .ruma(get_protocols::get_protocols)
        .ruma(get_notifications::get_notifications)
        .ruma(get_pushers::get_pushers)
        .ruma(set_pusher::set_pusher)
        .ruma(get_pushrule::get_pushrule)
        .ruma(get_pushrule_actions::get_pushrule_actions)
        .ruma(get_pushrule_enabled::get_pushrule_enabled)
        .ruma(get_pushrules_all::get_pushrules_all)
        .ruma(get_pushrules_global_scope::get_pushrules_global_scope)
        .ruma(get_room_account_data::get_room_account_data)
        .ruma(get_supported_versions::get_supported_versions)
        .ruma(get_tags::get_tags)
        .ruma(get_turn_server_info::get_turn_server_info)
        .ruma(get_username_availability::get_username_availability)
        .ruma(login::login)
        .ruma(logout::logout)
        .ruma(logout_all::logout_all)
        .ruma(register::register)
        .ruma(search_events::search_events)
        .ruma(search_users::search_users)
        .ruma_with_limit(send_event_to_device::BODY_LIMIT, send_event_to_device::send_event_to_device)
        .ruma(set_global_account_data::set_global_account_data)
        .ruma(set_presence::set_presence)
        .ruma(set_profile_field::set_profile_field)
        .ruma(set_pushrule::set_pushrule)
        .ruma(set_pushrule_actions::set_pushrule_actions)
        .ruma(set_pushrule_enabled::set_pushrule_enabled)
        .ruma(set_room_account_data::set_room_account_data)
        .ruma(update_device::update_device)
        .ruma_with_limit(upload_keys::BODY_LIMIT, upload_keys::upload_keys)
        .ruma_with_limit(upload_signatures::BODY_LIMIT, upload_signatures::upload_signatures)
        .ruma(upload_signing_keys::upload_signing_keys)
        .ruma(whoami::whoami)
}

/// Push rules of a kind, and an answer to who asks for rules of a scope or kind that there is not.
fn push_rules() -> Router<Services> {
    let mut router = Router::new();
    for version in ["r0", "v3"] {
        let place = format!("/_matrix/client/{version}/pushrules");
        router = router
            .route(&format!("{place}/"), put(get_pushrules_of_kind::no_such_rules))
            .route(&format!("{place}/global/{{arg1}}/"), put(get_pushrules_of_kind::no_such_rules))
            .route(&format!("{place}/{{*rest}}"), any(get_pushrules_of_kind::no_such_rules));
    }
    router.ruma(get_pushrules_of_kind::get_pushrules_of_kind)
}

/// Other ways in, and proofs for third parties.
fn sessions() -> Router<Services> {
    Router::new()
        .ruma(discover_support::discover_support)
        .ruma(get_location_for_protocol::get_location_for_protocol)
        .ruma(get_location_for_room_alias::get_location_for_room_alias)
        .ruma(get_login_token::get_login_token)
        .ruma(get_openid_userinfo::get_openid_userinfo)
        .ruma(get_protocol::get_protocol)
        .ruma(get_user_for_protocol::get_user_for_protocol)
        .ruma(get_user_for_user_id::get_user_for_user_id)
        .ruma(refresh_token::refresh_token)
        .ruma(request_openid_token::request_openid_token)
}

/// Backups of room keys, and devices nobody is logged in to.
fn backups() -> Router<Services> {
    Router::new()
        .ruma_with_limit(add_backup_keys::BODY_LIMIT, add_backup_keys::add_backup_keys)
        .ruma_with_limit(add_backup_keys_for_room::BODY_LIMIT, add_backup_keys_for_room::add_backup_keys_for_room)
        .ruma(add_backup_keys_for_session::add_backup_keys_for_session)
        .ruma(create_backup_version::create_backup_version)
        .ruma(delete_backup_keys::delete_backup_keys)
        .ruma(delete_backup_keys_for_room::delete_backup_keys_for_room)
        .ruma(delete_backup_keys_for_session::delete_backup_keys_for_session)
        .ruma(delete_backup_version::delete_backup_version)
        .ruma(delete_dehydrated_device::delete_dehydrated_device)
        .ruma(get_backup_info::get_backup_info)
        .ruma(get_backup_keys::get_backup_keys)
        .ruma(get_backup_keys_for_room::get_backup_keys_for_room)
        .ruma(get_backup_keys_for_session::get_backup_keys_for_session)
        .ruma(get_dehydrated_device::get_dehydrated_device)
        .ruma(get_dehydrated_device_events::get_dehydrated_device_events)
        .ruma_with_limit(put_dehydrated_device::BODY_LIMIT, put_dehydrated_device::put_dehydrated_device)
        .ruma(update_backup_version::update_backup_version)
}

/// Rooms and their events.
fn rooms() -> Router<Services> {
    Router::new()
        .ruma(aliases::aliases)
        .ruma(ban_user::ban_user)
        .ruma(create_alias::create_alias)
        .ruma_with_limit(create_room::BODY_LIMIT, create_room::create_room)
        .ruma(delete_alias::delete_alias)
        .ruma(forget_room::forget_room)
        .ruma(get_alias::get_alias)
        .ruma(get_context::get_context)
        .ruma(get_event_by_timestamp::get_event_by_timestamp)
        .ruma(get_hierarchy::get_hierarchy)
        .ruma(get_member_events::get_member_events)
        .ruma(get_message_events::get_message_events)
        .ruma(get_public_rooms::get_public_rooms)
        .ruma(get_public_rooms_filtered::get_public_rooms_filtered)
        .ruma(get_relating_events::get_relating_events)
        .ruma(get_relating_events_with_rel_type::get_relating_events_with_rel_type)
        .ruma(get_relating_events_with_rel_type_and_event_type::get_relating_events_with_rel_type_and_event_type)
        .ruma(get_room_event::get_room_event)
        .ruma(get_room_visibility::get_room_visibility)
        .ruma(get_state_event_for_key::get_state_event_for_key)
        .ruma(get_state_events::get_state_events)
        .ruma(get_summary::get_summary)
        .ruma(invite_user::invite_user)
        .ruma(join_room_by_id::join_room_by_id)
        .ruma(join_room_by_id_or_alias::join_room_by_id_or_alias)
        .ruma(joined_members::joined_members)
        .ruma(joined_rooms::joined_rooms)
        .ruma(kick_user::kick_user)
        .ruma(knock_room::knock_room)
        .ruma(leave_room::leave_room)
        .ruma(mutual_rooms::mutual_rooms)
        .ruma(post_message_event::post_message_event)
        .ruma(redact_event::redact_event)
        .ruma(report_content::report_content)
        .ruma(report_room::report_room)
        .ruma(report_user::report_user)
        .ruma(room_initial_sync::room_initial_sync)
        .ruma(send_message_event::send_message_event)
        .ruma(send_state_event::send_state_event)
        .ruma(set_room_visibility::set_room_visibility)
        .ruma(unban_user::unban_user)
        .ruma(upgrade_room::upgrade_room)
        .route(get_threads::PATHS[0], get(get_threads::get_threads))
        .route(get_threads::PATHS[1], get(get_threads::get_threads))
}

/// Sync, receipts, typing and notifications.
fn sync() -> Router<Services> {
    Router::new()
        .ruma(create_receipt::create_receipt)
        .ruma(create_typing_event::create_typing_event)
        .ruma(get_one_event::get_one_event)
        .ruma(initial_sync::initial_sync)
        .ruma(set_read_marker::set_read_marker)
        .route("/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", post(sliding_sync::sliding_sync))
        .route(listen_to_new_events::PATHS[0], get(listen_to_new_events::listen_to_new_events))
        .route(listen_to_new_events::PATHS[1], get(listen_to_new_events::listen_to_new_events))
        .route("/_matrix/client/r0/sync", get(sync_events::sync_events))
        .route("/_matrix/client/v3/sync", get(sync_events::sync_events))
}
