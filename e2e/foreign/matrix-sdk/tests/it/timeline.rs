//! Timelines: live, back, around an event, of a thread.

use anyhow::{Context as _, Result};
use futures_util::StreamExt as _;
use matrix_sdk::{
    Room,
    attachment::AttachmentConfig,
    media::{MediaFormat, MediaRequestParameters},
    room::{
        edit::EditedContent,
        reply::{EnforceThread, Reply},
    },
    ruma::{
        OwnedEventId, TransactionId,
        api::client::receipt::create_receipt::v3::ReceiptType,
        events::room::message::{
            AddMentions, MessageType, OriginalSyncRoomMessageEvent, ReplyWithinThread, RoomMessageEventContent,
            RoomMessageEventContentWithoutRelation,
        },
    },
};
use matrix_sdk_ui::{
    Timeline,
    timeline::{EventTimelineItem, RoomExt as _, TimelineDetails, TimelineEventFocusThreadMode, TimelineFocus},
};
use trellis_foreign_matrix_sdk::{Person, person::say, wait};

/// Reads a timeline back to where it begins.
async fn read_back(timeline: &Timeline) -> Result<()> {
    wait::within("the beginning is reached", async {
        while !timeline.paginate_backwards(20).await? {}
        Ok(())
    })
    .await
}

/// Waits until a timeline holds exactly these messages.
async fn holds(timeline: &Timeline, wanted: &[String]) -> Result<()> {
    let what = format!("{} messages are there", wanted.len());
    wait::timeline(timeline, &what, |items| (wait::bodies(items) == wanted).then_some(())).await
}

/// Says so many things in a room; answers what.
async fn say_much(room: &Room, much: usize) -> Result<(Vec<String>, Vec<OwnedEventId>)> {
    let words: Vec<_> = (0..much).map(|number| format!("word {number}")).collect();
    let mut events = Vec::new();
    for word in &words {
        events.push(say(room, word).await?);
    }
    Ok((words, events))
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_read_back_to_the_first_event_without_a_gap_or_a_double() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, _) = alice.share_room(&bob).await?;
    let (words, _) = say_much(&of_alice, 70).await?;

    let phone = bob.on_another_device().await?;
    let timeline = phone.look_at(&phone.joined(of_alice.room_id(), 2).await?).await?;
    read_back(&timeline).await?;

    holds(&timeline, &words).await?;
    wait::timeline(&timeline, "the start is shown", |items| {
        items.iter().any(|item| item.is_timeline_start()).then_some(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_while_away_is_all_there_afterwards() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    say(&of_alice, "before").await?;
    let timeline = bob.look_at(&of_bob).await?;
    wait::reads(&timeline, "before").await?;

    bob.sync().stop().await;
    let (words, _) = say_much(&of_alice, 40).await?;
    bob.sync().start().await;
    wait::reads(&timeline, "word 39").await?;
    read_back(&timeline).await?;

    let wanted: Vec<_> = std::iter::once("before".to_owned()).chain(words).collect();
    holds(&timeline, &wanted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_sends_comes_back_with_its_transaction() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let phone = alice.on_another_device().await?;
    let room = alice.make_room("The lighthouse", &[]).await?;
    phone.joined(room.room_id(), 1).await?;
    let observe = |person: &Person| person.observe_room_events::<OriginalSyncRoomMessageEvent, ()>(room.room_id());
    let observers = [observe(&alice), observe(&phone)];
    let mut heard = observers.each_ref().map(|observer| observer.subscribe());
    let id = TransactionId::new();

    room.send(RoomMessageEventContent::text_plain("light")).with_transaction_id(id.clone()).await?;

    for (events, wanted) in heard.iter_mut().zip([Some(id), None]) {
        let heard = wait::within("the event is there", async { events.next().await.context("nobody listens") }).await?;
        assert_eq!(heard.0.unsigned.transaction_id, wanted);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_reactions_replies_and_redactions_are_seen_by_the_others() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let (by_alice, by_bob) = (alice.look_at(&of_alice).await?, bob.look_at(&of_bob).await?);
    let event_id = say(&of_alice, "tea at five?").await?;
    let said = wait::reads(&by_alice, "tea at five?").await?;
    let heard = wait::reads(&by_bob, "tea at five?").await?;
    assert_eq!(heard.event_id(), Some(&*event_id));

    let edit = RoomMessageEventContentWithoutRelation::text_plain("tea at six?");
    by_alice.edit(&said.identifier(), EditedContent::RoomMessage(edit)).await?;
    let edited = wait::reads(&by_bob, "tea at six?").await?;
    assert_eq!(edited.event_id(), Some(&*event_id));

    by_bob.toggle_reaction(&edited.identifier(), "👍").await?;
    let reacted = |wanted: bool| {
        let bob = bob.id();
        move |item: &EventTimelineItem| {
            let reactions = item.content().reactions();
            let found = reactions.is_some_and(|by_key| by_key.get("👍").is_some_and(|by| by.contains_key(&bob)));
            item.content().is_message() && found == wanted
        }
    };
    wait::item(&by_alice, "there is a reaction", reacted(true)).await?;
    by_bob.toggle_reaction(&edited.identifier(), "👍").await?;
    wait::item(&by_alice, "there is no reaction", reacted(false)).await?;

    by_bob.send_reply(RoomMessageEventContentWithoutRelation::text_plain("gladly"), event_id.clone()).await?;
    let reply = wait::reads(&by_alice, "gladly").await?;
    let replied = reply.content().in_reply_to().context("it is a reply")?;
    assert_eq!(replied.event_id, event_id);

    by_alice.redact(&said.identifier(), Some("no tea")).await?;
    let is_redacted = wait::item(&by_bob, "the message is redacted", |item| item.content().is_redacted()).await?;
    assert_eq!(is_redacted.event_id(), Some(&*event_id));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_others_have_read_is_shown() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let (by_alice, by_bob) = (alice.look_at(&of_alice).await?, bob.look_at(&of_bob).await?);
    for words in ["one", "two"] {
        say(&of_alice, words).await?;
        wait::reads(&by_bob, words).await?;
        by_bob.mark_as_read(ReceiptType::Read).await?;

        wait::item(&by_alice, "the receipt is there", |item| {
            let is_it = item.content().as_message().is_some_and(|message| message.body() == words);
            is_it && item.read_receipts().contains_key(&bob.id())
        })
        .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_into_the_past_opens_around_its_event() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let room = alice.make_room("The lighthouse", &[]).await?;
    let (words, events) = say_much(&room, 60).await?;

    let timeline = room
        .timeline_builder()
        .with_focus(TimelineFocus::Event {
            target: events[30].clone(),
            num_context_events: 10,
            thread_mode: TimelineEventFocusThreadMode::Automatic { hide_threaded_events: false },
        })
        .build()
        .await?;

    wait::timeline(&timeline, "the event is there", |items| {
        let bodies = wait::bodies(items);
        (bodies.contains(&words[30]) && !bodies.contains(&words[0]) && !bodies.contains(&words[59])).then_some(())
    })
    .await?;
    read_back(&timeline).await?;
    wait::within("the end is reached", async {
        while !timeline.paginate_forwards(20).await? {}
        Ok(())
    })
    .await?;
    holds(&timeline, &words).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_is_listed_and_read_by_itself() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let root = say(&of_alice, "about tea").await?;
    say(&of_alice, "about something else").await?;
    for words in ["green", "black"] {
        let reply = Reply {
            event_id: root.clone(),
            enforce_thread: EnforceThread::Threaded(ReplyWithinThread::No),
            add_mentions: AddMentions::No,
        };
        let content = RoomMessageEventContentWithoutRelation::text_plain(words);
        of_alice.send(of_alice.make_reply_event(content, reply).await?).await?;
    }

    let threads = of_bob.thread_list_service();
    threads.paginate().await?;
    let items = threads.items();
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0].root_event.event_id, items[0].num_replies), (&root, 2));
    let thread = TimelineFocus::Thread { root_event_id: root.clone() };
    let timeline = of_bob.timeline_builder().with_focus(thread).build().await?;
    read_back(&timeline).await?;
    let wanted = ["about tea", "green", "black"].map(str::to_owned);
    holds(&timeline, &wanted).await?;

    let by_bob = bob.look_at(&of_bob).await?;
    read_back(&by_bob).await?;
    wait::item(&by_bob, "the root counts its thread", |item| {
        let summary = item.content().thread_summary();
        item.event_id() == Some(&*root) && summary.is_some_and(|summary| summary.num_replies == 2)
    })
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_pictures_of_who_speaks_come_with_what_they_say() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let picture = bob.account().upload_avatar(&mime::IMAGE_PNG, PICTURE.to_vec()).await?;
    let (of_alice, of_bob) = alice.share_room(&bob).await?;
    let timeline = alice.look_at(&of_alice).await?;

    say(&of_bob, "it is me").await?;

    let shown = wait::item(&timeline, "the profile is there", |item| {
        let is_it = item.content().as_message().is_some_and(|message| message.body() == "it is me");
        is_it && item.sender_profile().is_ready()
    })
    .await?;
    let TimelineDetails::Ready(profile) = shown.sender_profile() else { unreachable!("it was waited for") };
    assert_eq!(profile.display_name.as_deref(), Some("Bob"));
    assert_eq!(profile.avatar_url.as_ref(), Some(&picture));
    let member = of_alice.get_member(&bob.id()).await?.context("Bob is a member")?;
    let seen = member.avatar(MediaFormat::File).await?.context("Bob has a picture")?;
    assert_eq!(seen, PICTURE);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encrypted_file_arrives_whole() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let (of_alice, of_bob) = alice.share_encrypted_room(&bob).await?;
    let timeline = bob.look_at(&of_bob).await?;
    let contents: Vec<u8> = (0..=u8::MAX).cycle().take(100_000).collect();

    let config = AttachmentConfig::new();
    of_alice.send_attachment("tides.bin", &mime::APPLICATION_OCTET_STREAM, contents.clone(), config).await?;

    let message = wait::reads(&timeline, "tides.bin").await?;
    let MessageType::File(file) = message.content().as_message().context("it is a message")?.msgtype().clone() else {
        anyhow::bail!("it is no file");
    };
    let request = MediaRequestParameters { source: file.source, format: MediaFormat::File };
    assert_eq!(bob.media().get_media_content(&request, false).await?, contents);
    Ok(())
}

/// A picture of one pixel.
const PICTURE: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\
    \xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";
