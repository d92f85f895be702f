//! Invented rooms, people and messages: one of each kind.

use ruma::{OwnedEventId, OwnedRoomId, OwnedUserId, RoomId, owned_device_id, owned_mxc_uri, owned_user_id};
use trellis_model::{
    protocol::{
        AccountProfile, Composable, EventItem, Gap, ItemContent, ItemKey, JoinRule, MediaInfo, MediaKind, MediaSource,
        Member, MemberFilter, Membership, MembershipChange, MessageKind, MessagePreview, Permissions, PreviewKind,
        ReactionTally, ReadBy, Refusal, ReplyPreview, RoomDetails, RoomName, RoomTile, Section, SectionCount,
        SendState, StateFact, TimelineRow, TimelineRowKind, Undecryptable,
    },
    rich_text::{Node, PillTarget, RichText},
};

const MINUTE: u64 = 60_000;
/// 4 May 2026, 10:00 UTC.
const MORNING: u64 = 1_777_888_800_000;

fn ann() -> OwnedUserId {
    owned_user_id!("@ann:garden.example")
}

fn ben() -> OwnedUserId {
    owned_user_id!("@ben:garden.example")
}

fn room(name: &str) -> OwnedRoomId {
    RoomId::parse(format!("!{name}:garden.example")).expect("names of rooms are plain")
}

pub(crate) fn profile() -> AccountProfile {
    AccountProfile {
        user_id: ann(),
        device_id: owned_device_id!("GARDEN"),
        homeserver: "https://garden.example".to_owned(),
        display_name: Some("Ann Green".to_owned()),
        avatar_url: None,
    }
}

pub(crate) fn sections() -> Vec<SectionCount> {
    vec![SectionCount { section: Section::Invites, rooms: 1 }, SectionCount { section: Section::Rooms, rooms: 3 }]
}

pub(crate) fn tiles() -> Vec<RoomTile> {
    let tile = |id: &str, name: &str, section, unread| RoomTile {
        room_id: room(id),
        section,
        name: RoomName::Named(name.to_owned()),
        avatar_url: None,
        is_direct: false,
        is_space: false,
        is_encrypted: id == "quiet",
        inviter: (section == Section::Invites).then(ben),
        unread_count: unread,
        highlight_count: unread / 3,
        is_unread: unread > 0,
        preview: Some(MessagePreview {
            sender: Some("Ben".to_owned()),
            kind: PreviewKind::Text("The tomatoes are ripe at last".to_owned()),
        }),
        activity: MORNING,
        typing: Vec::new(),
        unsent: 0,
    };
    vec![
        tile("invite", "Orchard", Section::Invites, 0),
        tile("garden", "Garden", Section::Rooms, 3),
        tile("quiet", "Quiet corner", Section::Rooms, 0),
        tile("closed", "Old shed", Section::Rooms, 0),
    ]
}

pub(crate) fn details(room_id: &RoomId) -> Option<Box<RoomDetails>> {
    let tile = tiles().into_iter().find(|tile| tile.room_id == room_id)?;
    let localpart = room_id.as_str().trim_start_matches('!').split(':').next().unwrap_or_default().to_owned();
    Some(Box::new(RoomDetails {
        room_id: room_id.to_owned(),
        membership: if localpart == "invite" { Membership::Invite } else { Membership::Join },
        name: tile.name,
        topic: (localpart == "garden").then(|| {
            "What grows, what does not, and who waters it this week. The list of plants hangs in the shed.".to_owned()
        }),
        avatar_url: None,
        canonical_alias: None,
        join_rule: if localpart == "garden" { JoinRule::Public } else { JoinRule::Invite },
        room_version: "12".to_owned(),
        is_direct: false,
        is_space: false,
        is_encrypted: localpart == "quiet",
        inviter: Some(ben()),
        joined_members: 9,
        invited_members: 0,
        typing: vec!["Ben".to_owned()],
        fully_read: Some(event_id("e26")),
        unread_count: 3,
        highlight_count: 1,
        permissions: Permissions {
            send_messages: true,
            invite: true,
            kick: true,
            ban: true,
            redact_others: true,
            set_name: true,
            set_topic: true,
        },
        composable: match localpart.as_str() {
            "quiet" => Composable::Encrypted,
            "closed" => Composable::Tombstoned { replacement: Some(room("garden")) },
            _ => Composable::Yes,
        },
        draft: None,
    }))
}

pub(crate) fn members(filter: &MemberFilter) -> Vec<Member> {
    let member = |name: &str, power_level: i64| Member {
        user_id: OwnedUserId::try_from(format!("@{}:garden.example", name.to_lowercase().replace(' ', "-")))
            .expect("names of people are plain"),
        display_name: Some(name.to_owned()),
        ambiguous: name == "Ben",
        avatar_url: None,
        membership: if power_level < 0 { Membership::Invite } else { Membership::Join },
        power_level: power_level.max(0),
        can_kick: power_level < 50,
        can_ban: power_level < 50,
    };
    let mut all = vec![member("Ann", i64::MAX), member("Ben", 50)];
    all.extend((1..40).map(|number| member(&format!("Guest {number}"), -i64::from(number % 7 == 0))));
    let text = filter.text.to_lowercase();
    all.retain(|member| !filter.banned && (text.is_empty() || member.user_id.as_str().contains(&text)));
    all
}

fn event_id(name: &str) -> OwnedEventId {
    OwnedEventId::try_from(format!("${name}")).expect("names of events are plain")
}

fn event(sender: OwnedUserId, minute: u64, content: ItemContent) -> EventItem {
    let is_own = sender == ann();
    EventItem {
        event_id: None,
        transaction_id: None,
        sender_name: Some(if is_own { "Ann Green" } else { "Ben" }.to_owned()),
        sender,
        sender_ambiguous: false,
        sender_avatar: None,
        timestamp: MORNING + minute * MINUTE,
        is_own,
        highlight: false,
        content,
        in_reply_to: None,
        edits: 0,
        reactions: Vec::new(),
        read_by: Vec::new(),
        send_state: None,
        can_edit: is_own,
        can_redact: true,
        can_react: true,
        editable_body: is_own.then(|| "Text".to_owned()),
    }
}

fn text(words: &str) -> Node {
    Node::Text(words.to_owned())
}

fn says(nodes: Vec<Node>) -> ItemContent {
    ItemContent::Message { kind: MessageKind::Text, body: RichText(nodes) }
}

fn joined(name: &str) -> ItemContent {
    ItemContent::State(StateFact::Membership {
        user_id: OwnedUserId::try_from(format!("@{}:garden.example", name.to_lowercase())).expect("plain"),
        display_name: Some(name.to_owned()),
        change: MembershipChange::Joined,
        reason: None,
    })
}

fn formatted() -> ItemContent {
    says(vec![
        Node::Heading { level: 2, children: vec![text("Plan for May")] },
        Node::Paragraph(vec![
            text("We need "),
            Node::Strong(vec![text("water")]),
            text(", "),
            Node::Emphasis(vec![text("patience")]),
            text(" and "),
            Node::Code("cargo xtask run".to_owned()),
            text(". See "),
            Node::Link { url: "https://example.org/".to_owned(), children: vec![text("the list")] },
            text(" or ask "),
            Node::Pill { target: PillTarget::User(ben()), label: "Ben".to_owned() },
            text(". "),
            Node::Spoiler { reason: Some("harvest".to_owned()), children: vec![text("The melons win")] },
        ]),
        Node::List { start: None, items: vec![vec![text("Tomatoes")], vec![text("Beans")]] },
        Node::Quote(vec![text("Who plants a garden plants happiness.")]),
        Node::CodeBlock {
            language: Some("rust".to_owned()),
            code: "fn grow(plant: &mut Plant) {\n    plant.height += 1;\n}".to_owned(),
        },
        Node::Table {
            head: vec![vec![text("Bed")], vec![text("Plant")]],
            rows: vec![vec![vec![text("1")], vec![text("Peas")]], vec![vec![text("2")], vec![text("Leek")]]],
        },
    ])
}

fn media(kind: MediaKind, name: &str, size: u64) -> MediaInfo {
    MediaInfo {
        kind,
        source: Some(MediaSource::Plain(owned_mxc_uri!("mxc://garden.example/picture"))),
        thumbnail: None,
        file_name: name.to_owned(),
        caption: None,
        mimetype: None,
        size: Some(size),
        width: Some(1200),
        height: Some(800),
        duration: None,
        blurhash: None,
    }
}

fn readers(count: usize) -> Vec<ReadBy> {
    (0..count)
        .map(|number| ReadBy {
            user_id: OwnedUserId::try_from(format!("@guest-{number}:garden.example")).expect("plain"),
            display_name: Some(format!("Guest {number}")),
            avatar_url: None,
            timestamp: None,
        })
        .collect()
}

fn last_messages() -> Vec<EventItem> {
    let mut reply = event(ann(), 1500, says(vec![text("On my way with the can")]));
    reply.in_reply_to = Some(ReplyPreview {
        event_id: Some(event_id("e10")),
        sender_name: Some("Ben".to_owned()),
        sender: Some(ben()),
        excerpt: Some("Could somebody water the tomatoes tonight? They look thirsty.".to_owned()),
    });
    reply.edits = 2;
    let tally = |key: &str, count, is_own| ReactionTally {
        key: key.to_owned(),
        count,
        is_own,
        names: vec!["Ben".to_owned(), "Guest 1".to_owned()],
    };
    reply.reactions = vec![tally("👍", 3, true), tally("🎉", 1, false), tally("thank you", 2, false)];
    reply.read_by = readers(7);
    let mut mention = event(
        ben(),
        1510,
        says(vec![
            Node::Pill { target: PillTarget::User(ann()), label: "Ann Green".to_owned() },
            text(" the shed key is under the pot"),
        ]),
    );
    mention.highlight = true;
    let mut failed = event(ann(), 1515, says(vec![text("This one did not go out")]));
    failed.send_state = Some(SendState::Failed(Refusal::Forbidden { reason: None }));
    let mut sending = event(ann(), 1515, says(vec![text("This one is on its way")]));
    sending.send_state = Some(SendState::Queued);
    vec![reply, event(ben(), 1505, says(vec![text("🌱🍅")])), mention, failed, sending]
}

pub(crate) fn timeline() -> Vec<TimelineRow> {
    let lorem = "Could somebody water the tomatoes tonight? They look thirsty, and it will not rain before Friday. \
                 I would do it, but the train leaves at six and the can is in the shed.";
    let mut events = vec![
        event(ann(), 0, ItemContent::State(StateFact::Created { predecessor: None })),
        event(ann(), 0, joined("Ann")),
        event(ann(), 0, ItemContent::State(StateFact::Name { name: Some("Garden".to_owned()) })),
        event(ben(), 1, joined("Ben")),
        event(ben(), 1, joined("Cleo")),
        event(ben(), 1, joined("Dan")),
        event(ben(), 2, says(vec![text("Good morning, all")])),
        event(ben(), 3, says(vec![text(lorem)])),
        event(ann(), 4, formatted()),
        event(ben(), 40, ItemContent::Media(media(MediaKind::Image, "tomatoes.jpg", 420_000))),
        event(
            ben(),
            41,
            ItemContent::Media(media(MediaKind::File, "A rather long name of a list of plants.pdf", 82_000)),
        ),
        event(ben(), 42, ItemContent::Media(media(MediaKind::Audio, "birds.ogg", 1_820_000))),
        event(
            ann(),
            50,
            ItemContent::Message { kind: MessageKind::Emote, body: RichText(vec![text("looks for the watering can")]) },
        ),
        event(
            ann(),
            51,
            ItemContent::Message {
                kind: MessageKind::Notice,
                body: RichText(vec![text("The pump was switched on by itself")]),
            },
        ),
        event(
            ben(),
            55,
            ItemContent::Redacted { by: Some(ann()), by_name: Some("Ann Green".to_owned()), reason: None },
        ),
        event(ben(), 61, ItemContent::Undecryptable(Undecryptable::MissingKey)),
        event(ben(), 62, ItemContent::Unsupported { event_type: "org.example.game".to_owned(), body: None }),
        event(ben(), 63, ItemContent::Malformed { event_type: "m.room.message".to_owned() }),
        event(ben(), 64, ItemContent::State(StateFact::Topic { topic: Some("What grows".to_owned()) })),
        event(ben(), 1441, says(vec![text("مرحبا، كيف حال الحديقة؟")])),
    ];
    events.extend((0..6).map(|number| event(ben(), 1445 + number * 7, says(vec![text(lorem)]))));
    events.extend(last_messages());
    let mut rows: Vec<_> = events
        .into_iter()
        .enumerate()
        .map(|(index, mut event)| {
            if event.send_state.is_none() {
                event.event_id = Some(event_id(&format!("e{index}")));
            }
            TimelineRow { key: ItemKey(format!("k{index}")), kind: TimelineRowKind::Event(Box::new(event)) }
        })
        .collect();
    let gap = Gap { loading: false, failed: Some(Refusal::Offline) };
    rows.insert(19, TimelineRow { key: ItemKey("gap".to_owned()), kind: TimelineRowKind::Gap(gap) });
    rows
}
