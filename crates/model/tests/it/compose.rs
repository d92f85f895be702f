//! What a person writes, as events.

use insta::assert_snapshot;
use ruma::OwnedUserId;
use serde_json::json;
use trellis_model::{
    account::Account,
    compose::{self, Toggle},
    protocol::{Draft, DraftMode, ItemKey},
    send_queue::{OutboxEntry, Outgoing},
};
use trellis_testkit::{SyncBuilder, TestRoom, alice, bob};

fn draft(body: &str, mode: DraftMode) -> Draft {
    Draft { body: body.to_owned(), mentions: Vec::new(), mode }
}

fn account() -> Account {
    Account::new(alice().id())
}

fn content(outgoing: &Outgoing) -> String {
    match outgoing {
        Outgoing::Event { content, .. } => content.clone(),
        other => panic!("{other:?}"),
    }
}

fn message(body: &str) -> String {
    content(&compose::message(&account(), &draft(body, DraftMode::Message), None).unwrap())
}

fn html(body: &str, mentions: &[(&str, &str)]) -> String {
    let mentions =
        mentions.iter().map(|(user, name)| (OwnedUserId::try_from(*user).unwrap(), (*name).to_owned())).collect();
    let draft = Draft { body: body.to_owned(), mentions, mode: DraftMode::Message };
    let content: serde_json::Value =
        serde_json::from_str(&content(&compose::message(&account(), &draft, None).unwrap())).unwrap();
    content.get("formatted_body").map_or_else(|| "-".to_owned(), |html| html.as_str().unwrap().to_owned())
}

fn room() -> TestRoom {
    let mut room = TestRoom::new(&alice());
    let pill = r#"hi <a href="https://matrix.to/#/@bob:x">Bob</a>"#;
    room.sync(
        SyncBuilder::joined()
            .event(bob().text("question"))
            .event(alice().html("hi Bob", pill).with("m.mentions", json!({ "user_ids": ["@bob:x"] })))
            .event(alice().reaction("$question", "+")),
    );
    room
}

#[test]
fn a_plain_message_has_no_html() {
    assert_snapshot!(message("hello\n\nworld"), @r#"{"body":"hello\n\nworld","m.mentions":{},"msgtype":"m.text"}"#);
    for body in ["a < b & c", "snake_case_name", "1 * 2 * 3", "https://x.y/_a_/*b*", "<b>typed</b>", ":-) ;)"] {
        assert_eq!(html(body, &[]), "-", "{body}");
    }
}

#[test]
fn markdown_becomes_html() {
    assert_snapshot!(html("a *b* **c** ~~d~~ `e`", &[]), @"a <em>b</em> <strong>c</strong> <del>d</del> <code>e</code>");
    assert_snapshot!(html("*a*\nb", &[]), @r"
    <em>a</em><br />
    b
    ");
    assert_snapshot!(html("*a*\n\nb", &[]), @r"
    <p><em>a</em></p>
    <p>b</p>
    ");
    assert_snapshot!(html("> q\n\n- x\n- y", &[]), @r"
    <blockquote>
    <p>q</p>
    </blockquote>
    <ul>
    <li>x</li>
    <li>y</li>
    </ul>
    ");
    assert_snapshot!(html("```rust\nfn a_b_c() {}\n```", &[]), @r#"
    <pre><code class="language-rust">fn a_b_c() {}
    </code></pre>
    "#);
    assert_snapshot!(html("[x](https://x.y/_a_b_) *z*", &[]), @r#"<a href="https://x.y/_a_b_">x</a> <em>z</em>"#);
    assert_snapshot!(html(r"\*no\*", &[]), @"*no*");
    assert_snapshot!(html("*<script>*", &[]), @"<em>&lt;script&gt;</em>");
}

#[test]
fn people_who_are_mentioned_become_pills() {
    assert_snapshot!(html("hi Bob!", &[("@bob:x", "Bob")]), @r#"hi <a href="https://matrix.to/#/@bob:x">Bob</a>!"#);
    assert_snapshot!(html("*a_b* and a_b", &[("@ab:x", "a_b")]), @r#"<em><a href="https://matrix.to/#/@ab:x">a_b</a></em> and <a href="https://matrix.to/#/@ab:x">a_b</a>"#);
    assert_snapshot!(html("Bobby `Bob`", &[("@bob:x", "Bob")]), @"Bobby <code>Bob</code>");
    assert_snapshot!(html("hi <Al>", &[("@al:x", "<Al>")]), @r#"hi <a href="https://matrix.to/#/@al:x">&lt;Al&gt;</a>"#);
}

#[test]
fn only_who_is_still_in_the_text_is_mentioned() {
    let people = vec![(bob().id(), "Bob".to_owned()), (alice().id(), "Alice".to_owned())];
    let draft = Draft { body: "hi Bob".into(), mentions: people, mode: DraftMode::Message };
    let outgoing = compose::message(&account(), &draft, None).unwrap();

    assert!(content(&outgoing).contains(r#""m.mentions":{"user_ids":["@bob:x"]}"#), "{}", content(&outgoing));
}

#[test]
fn commands_change_what_is_sent() {
    assert_snapshot!(message("/me waves"), @r#"{"body":"waves","m.mentions":{},"msgtype":"m.emote"}"#);
    assert_snapshot!(message("/plain *a*"), @r#"{"body":"*a*","m.mentions":{},"msgtype":"m.text"}"#);
    assert_snapshot!(message("//me"), @r#"{"body":"/me","m.mentions":{},"msgtype":"m.text"}"#);
    assert_snapshot!(message("/meow"), @r#"{"body":"/meow","m.mentions":{},"msgtype":"m.text"}"#);
}

#[test]
fn white_space_alone_is_not_sent() {
    for body in ["", " \n ", "/me ", "/plain  "] {
        assert_eq!(compose::message(&account(), &draft(body, DraftMode::Message), None), None, "{body:?}");
    }
}

#[test]
fn a_reply_names_its_event_and_mentions_its_sender() {
    let room = room();
    let mode = DraftMode::Reply { to: ItemKey("$question".into()) };
    let outgoing = compose::message(&account(), &draft("answer", mode), Some(room.item("$question"))).unwrap();

    assert_snapshot!(sent(outgoing), @r#"{"body":"answer","m.mentions":{"user_ids":["@bob:x"]},"m.relates_to":{"m.in_reply_to":{"event_id":"$question"}},"msgtype":"m.text"}"#);
}

#[test]
fn an_edit_has_a_fallback_and_mentions_nobody_twice() {
    let room = room();
    let item = room.item("$hi-Bob");
    let mode = DraftMode::Edit { of: item.key.clone() };
    let outgoing = compose::message(&account(), &draft("hello Bob", mode), Some(item)).unwrap();

    assert_snapshot!(sent(outgoing), @r##"{"body":"* hello Bob","format":"org.matrix.custom.html","formatted_body":"* hello <a href=\"https://matrix.to/#/@bob:x\">Bob</a>","m.mentions":{},"m.new_content":{"body":"hello Bob","format":"org.matrix.custom.html","formatted_body":"hello <a href=\"https://matrix.to/#/@bob:x\">Bob</a>","m.mentions":{"user_ids":["@bob:x"]},"msgtype":"m.text"},"m.relates_to":{"event_id":"$hi-Bob","rel_type":"m.replace"},"msgtype":"m.text"}"##);
}

/// The content of the request.
fn sent(outgoing: Outgoing) -> String {
    let entry = OutboxEntry {
        room_id: ruma::owned_room_id!("!r:x"),
        transaction_id: "t".into(),
        order: 0,
        timestamp: 0,
        outgoing,
        state: trellis_model::send_queue::EntryState::Waiting,
    };
    match entry.task().unwrap() {
        trellis_model::send_queue::Task::Send { content, .. } => content,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_emote_is_edited_as_it_was_typed() {
    let mut room = TestRoom::new(&alice());
    let emote = alice().text("waves").with("msgtype", json!("m.emote"));
    room.sync(SyncBuilder::joined().event(emote));

    assert_eq!(room.row("$waves").editable_body.as_deref(), Some("/me waves"));
}

#[test]
fn toggling_a_reaction_adds_it_or_takes_it_away() {
    let room = room();
    let item = room.item("$question");
    let Toggle::Send(added) = compose::toggle_reaction(&account(), item, "!") else { panic!() };
    assert_snapshot!(sent(added), @r#"{"m.relates_to":{"event_id":"$question","key":"!","rel_type":"m.annotation"}}"#);
    let Toggle::Send(Outgoing::Redaction { target, .. }) = compose::toggle_reaction(&account(), item, "+") else {
        panic!()
    };
    assert_eq!(target.event_id.unwrap(), "$+-alice-question");
}
