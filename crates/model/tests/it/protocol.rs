//! What one end writes, the other reads.

use ruma::{owned_device_id, owned_event_id, owned_mxc_uri, owned_room_id, owned_user_id};
use trellis_model::{
    protocol::{
        AccountKey, AccountProfile, AttachmentIndex, BootRecord, Command, CommandFrame, CommandId, Composable,
        CreateRoom, DecodeError, Device, Draft, DraftMode, Edge, HomeserverInfo, ItemKey, JoinRule, LoginFlows,
        MediaRequest, MediaSource, Member, MemberFilter, Membership, MembershipChange, PaginationDirection, Preset,
        ProfileChange, RecoveryState, Refusal, RegistrationSupport, Reply, RoomListFilter, Section, SectionCount,
        SessionEnd, StateFact, SubscriptionId, SyncStatus, TimelineFocus, TransferProgress, Update, UploadRefusal,
        Visibility, Window, decode, encode,
    },
    rich_text::{Node, PillTarget, RichText},
    room::{Members, room_details, room_tile},
};
use trellis_testkit::{SyncBuilder, TestRoom, alice, bob};

fn check<T>(values: impl IntoIterator<Item = T>)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    for value in values {
        assert_eq!(decode::<T>(&encode(&value)), Ok(value));
    }
}

fn draft(mode: DraftMode) -> Draft {
    Draft { body: "hi Bob".into(), mentions: vec![(bob().id(), "Bob".into())], mode }
}

fn room() -> TestRoom {
    let mut room = TestRoom::new(&alice());
    room.sync(
        SyncBuilder::joined()
            .limited("p")
            .event(bob().membership("join", Some("Bob")))
            .event(bob().text("one"))
            .event(alice().reply("$one", "two").transaction("t"))
            .event(bob().reaction("$one", "+"))
            .event(bob().event(
                "m.room.message",
                serde_json::json!({
                    "msgtype": "m.image", "body": "words", "filename": "cat.png", "url": "mxc://x/1",
                    "info": { "w": 2, "h": 3, "size": 4, "mimetype": "image/png" },
                }),
            ))
            .event(bob().text("three"))
            .event(bob().redaction("$three"))
            .event(bob().event("m.room.encrypted", serde_json::json!({})).id("$e"))
            .event(bob().event("m.unknown", serde_json::json!({})).id("$u"))
            .receipt("@bob:x", "$two", 7),
    );
    room
}

#[test]
fn commands_of_the_account_survive() {
    let device = owned_device_id!("D");
    check([
        Command::Discover { input: "x.y".into() },
        Command::LogIn { homeserver: "h".into(), user: "u".into(), password: "p".into(), device_name: "d".into() },
        Command::Register {
            homeserver: "h".into(),
            username: "u".into(),
            password: "p".into(),
            registration_token: Some("t".into()),
            device_name: "d".into(),
        },
        Command::LogOut,
        Command::LogInAgain { password: "p".into() },
        Command::SetDisplayName { display_name: None },
        Command::SetAvatar { file: AttachmentIndex(1) },
        Command::RemoveAvatar,
        Command::Devices,
        Command::Recovery,
        Command::SetUpRecovery { anew: true, password: Some("p".to_owned()) },
        Command::Recover { recovery_key: "EsT1".to_owned() },
        Command::RenameDevice { device_id: device.clone(), display_name: "d".into() },
        Command::SignOutDevices { device_ids: vec![device], password: "p".into() },
        Command::FetchMedia(MediaRequest::Content(MediaSource::Plain(owned_mxc_uri!("mxc://x/1")))),
        Command::FetchMedia(MediaRequest::Content(MediaSource::Encrypted {
            file: "{}".to_owned(),
            mimetype: Some("image/png".to_owned()),
        })),
        Command::FetchMedia(MediaRequest::Thumbnail { uri: owned_mxc_uri!("mxc://x/1"), width: 1, height: 2 }),
        Command::SearchUsers { text: "b".into(), limit: 5 },
        Command::ShowRoom { room_id: Some(owned_room_id!("!r:x")) },
        Command::Connectivity { online: true, visible: false },
        Command::Retire,
    ]);
}

#[test]
fn commands_that_watch_survive() {
    let (subscription, room_id) = (SubscriptionId(3), owned_room_id!("!r:x"));
    check([
        Command::WatchRooms {
            subscription,
            filter: RoomListFilter { text: "é".into(), unread_only: true },
            start: 0,
            end: 60,
        },
        Command::WatchRoom { subscription, room_id: room_id.clone() },
        Command::WatchMembers {
            subscription,
            room_id: room_id.clone(),
            filter: MemberFilter::default(),
            start: 0,
            end: 9,
        },
        Command::WatchTimeline { subscription, room_id: room_id.clone(), focus: TimelineFocus::Live, limit: 40 },
        Command::WatchTimeline {
            subscription,
            room_id: room_id.clone(),
            focus: TimelineFocus::Event(owned_event_id!("$e")),
            limit: 40,
        },
        Command::ExtendTimeline { subscription, direction: PaginationDirection::Backward, limit: 20 },
        Command::TrimTimeline { subscription, first: ItemKey("a".into()), last: ItemKey("b".into()) },
        Command::Unwatch { subscription },
        Command::SearchMembers { room_id, text: "b".into(), limit: 5 },
    ]);
}

#[test]
fn commands_that_write_survive() {
    let (room_id, transaction_id, target) = (owned_room_id!("!r:x"), "t".into(), ItemKey("$e".into()));
    check([
        Command::SendMessage { room_id: room_id.clone(), transaction_id: "t".into(), draft: draft(DraftMode::Message) },
        Command::SendMessage {
            room_id: room_id.clone(),
            transaction_id: "t".into(),
            draft: draft(DraftMode::Reply { to: target.clone() }),
        },
        Command::SendFile {
            room_id: room_id.clone(),
            transaction_id,
            file: AttachmentIndex(0),
            file_name: "f".into(),
            mimetype: "m".into(),
            width: Some(1),
            height: None,
            caption: None,
        },
        Command::ToggleReaction {
            room_id: room_id.clone(),
            transaction_id: "t".into(),
            target: target.clone(),
            key: "👍".into(),
        },
        Command::Redact { room_id: room_id.clone(), transaction_id: "t".into(), target: target.clone(), reason: None },
        Command::Retry { room_id: room_id.clone(), transaction_id: "t".into() },
        Command::CancelSend { room_id: room_id.clone(), transaction_id: "t".into() },
        Command::SaveDraft { room_id: room_id.clone(), draft: Some(draft(DraftMode::Edit { of: target })) },
        Command::SetTyping { room_id: room_id.clone(), typing: true },
        Command::MarkRead { room_id, up_to: owned_event_id!("$e"), private: true },
    ]);
}

#[test]
fn commands_about_rooms_survive() {
    let (room_id, user_id, reason) = (owned_room_id!("!r:x"), owned_user_id!("@b:x"), Some("why".to_owned()));
    check([
        Command::CreateRoom(CreateRoom {
            name: "n".into(),
            topic: None,
            preset: Preset::PublicChat,
            alias: Some("a".into()),
            visibility: Visibility::Public,
            invite: vec![user_id.clone()],
            encrypted: true,
        }),
        Command::StartDirectChat { user_id: user_id.clone() },
        Command::Join { room: "#a:x".try_into().unwrap(), via: vec!["x".try_into().unwrap()] },
        Command::Leave { room_id: room_id.clone() },
        Command::Forget { room_id: room_id.clone() },
        Command::Invite { room_id: room_id.clone(), user_id: user_id.clone(), reason: None },
        Command::Kick { room_id: room_id.clone(), user_id: user_id.clone(), reason: reason.clone() },
        Command::Ban { room_id: room_id.clone(), user_id: user_id.clone(), reason: reason.clone() },
        Command::Unban { room_id: room_id.clone(), user_id, reason },
        Command::SetRoomName { room_id: room_id.clone(), name: "n".into() },
        Command::SetRoomTopic { room_id, topic: "t".into() },
        Command::ResolveAlias { room: "#a:x".try_into().unwrap() },
    ]);
    check([CommandFrame { id: CommandId(7), command: Command::Devices }]);
}

#[test]
fn updates_survive() {
    let mut room = room();
    let account = room.account().clone();
    let members = Members::new(room.stored().members.values().cloned());
    let details = room_details(&account, room.room(), &members, [bob().id()], Some(draft(DraftMode::Message)));
    let tile = room_tile(&account, room.room(), vec!["Bob".into()]).unwrap();
    let profile = AccountProfile {
        user_id: alice().id(),
        device_id: owned_device_id!("D"),
        homeserver: "https://x".into(),
        display_name: Some("Alice".into()),
        avatar_url: None,
    };
    let subscription = SubscriptionId(1);
    let rows = room.rows();
    let order = rows.iter().map(|row| row.key.clone()).collect();
    check([
        Update::Status(SyncStatus::Offline { retry_in: Some(7) }),
        Update::Status(SyncStatus::Error(Refusal::CoreFailed)),
        Update::Profile(profile.clone()),
        Update::RoomList {
            subscription,
            sections: vec![SectionCount { section: Section::Rooms, rooms: 1 }],
            window: Window { total: 1, start: 0, order: Some(vec![tile.room_id.clone()]), rows: vec![tile.clone()] },
        },
        Update::Room { subscription, details: Some(Box::new(details.clone())) },
        Update::Room { subscription, details: None },
        Update::Members {
            subscription,
            complete: true,
            window: Window { total: 0, start: 0, order: None, rows: Vec::<Member>::new() },
        },
        Update::Timeline {
            subscription,
            window: Window { total: rows.len() as u32, start: 0, order: Some(order), rows: rows.clone() },
            start: Edge::Failed(Refusal::Offline),
            end: Edge::End,
        },
        Update::Transfer(TransferProgress { transaction_id: "t".into(), sent: 1, total: 2 }),
        Update::SignedOut(SessionEnd::Softly),
        Update::SignedOut(SessionEnd::DeviceLost),
        Update::Retired,
    ]);
    check([BootRecord {
        profile,
        sections: Vec::new(),
        rooms: vec![tile],
        room: Some(Box::new(details)),
        timeline: rows,
    }]);
}

#[test]
fn replies_and_refusals_survive() {
    let reply = |result| Update::Reply { id: CommandId(1), result };
    let refusals = [
        Refusal::NotAHomeserver { tried: vec!["https://x".into()] },
        Refusal::WeakPassword { reason: None },
        Refusal::SessionEnded { soft: false },
        Refusal::LimitExceeded { retry_after: 9 },
        Refusal::Upload(UploadRefusal::TooLarge { limit: 9 }),
        Refusal::Homeserver { errcode: "M_X".into(), error: "e".into(), status: 400 },
    ];
    check(refusals.map(|refusal| reply(Err(refusal))));
    let replies = [
        Reply::Done,
        Reply::Homeserver(HomeserverInfo {
            base_url: "https://x".into(),
            server_name: "x".into(),
            login: LoginFlows { password: true },
            registration: RegistrationSupport::RegistrationToken,
        }),
        Reply::SignedIn { account: AccountKey("a".into()), user_id: alice().id() },
        Reply::Recovery(RecoveryState::Locked),
        Reply::RecoveryKey("EsT1".to_owned()),
        Reply::Devices(vec![Device {
            device_id: owned_device_id!("D"),
            display_name: None,
            last_seen_ip: None,
            last_seen: Some(1),
            is_current: true,
        }]),
        Reply::Room { room_id: owned_room_id!("!r:x") },
        Reply::Members(vec![Member {
            user_id: bob().id(),
            display_name: None,
            ambiguous: false,
            avatar_url: None,
            membership: Membership::Knock,
            power_level: i64::MAX,
            can_kick: false,
            can_ban: true,
        }]),
        Reply::Media { file: AttachmentIndex(0), mimetype: None },
    ];
    check(replies.map(|one| reply(Ok(one))));
}

#[test]
fn facts_and_text_survive() {
    check([
        StateFact::Membership {
            user_id: bob().id(),
            display_name: None,
            change: MembershipChange::KnockDenied,
            reason: Some("r".into()),
        },
        StateFact::Profile {
            user_id: bob().id(),
            change: ProfileChange { display_name: Some((None, Some("B".into()))), avatar_changed: true },
        },
        StateFact::JoinRules { rule: JoinRule::KnockRestricted { allow: vec![owned_room_id!("!s:x")] } },
        StateFact::PowerLevels { changes: vec![(bob().id(), -1, i64::MAX)] },
    ]);
    check([Composable::Tombstoned { replacement: Some(owned_room_id!("!n:x")) }]);
    let html = "<h1>a</h1><ul><li>b</li></ul><table><tr><th>c</th></tr><tr><td>d</td></tr></table>\
        <details><summary>e</summary>f</details><pre><code class=language-x>g</code></pre><span data-mx-spoiler=h>i</span>\
        <font data-mx-color='#000000'>j</font><span data-mx-maths=k>l</span><img src=mxc://x/1 alt=m><hr>\
        <a href='https://x.y'>n</a><u>o</u><s>p</s><sup>q</sup><sub>r</sub><blockquote>s</blockquote><code>t</code>";
    check([RichText::from_html(html)]);
    check([RichText(vec![Node::Pill { target: PillTarget::EveryoneInRoom, label: "@room".into() }])]);
}

#[test]
fn what_cannot_be_read_is_an_error() {
    assert_eq!(decode::<Command>(&[0xff; 8]), Err(DecodeError));
}
