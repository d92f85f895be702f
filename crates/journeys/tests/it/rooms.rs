//! Rooms, and who is in them.

use trellis_model::protocol::{
    Command, CreateRoom, MemberFilter, Membership, Preset, Refusal, Reply, Section, SubscriptionId, Visibility,
};

use crate::harness::{HEADER, Person, journey};

const MEMBERS: SubscriptionId = SubscriptionId(5);

#[test]
fn an_invitation_can_be_declined_and_the_room_forgotten() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.until("the invitation", |shown| {
            shown
                .tile(&room_id)
                .is_some_and(|tile| tile.section == Section::Invites && tile.inviter == Some(ann.user_id()))
        })
        .await;

        assert_eq!(ben.ask(Command::Leave { room_id: room_id.clone() }).await, Ok(Reply::Done));

        ben.until("that it is gone", |shown| shown.tile(&room_id).is_none()).await;
        assert_eq!(ben.ask(Command::Forget { room_id: room_id.clone() }).await, Ok(Reply::Done));
        ann.show(&room_id).await;
        ann.until("nobody invited", |shown| {
            let details = shown.details.get(&HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.invited_members == 0 && details.joined_members == 1)
        })
        .await;
    });
}

#[test]
fn a_public_room_is_joined_by_its_alias() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room = CreateRoom {
            name: "Market".to_owned(),
            topic: Some("What is fresh".to_owned()),
            preset: Preset::PublicChat,
            alias: Some("market".to_owned()),
            visibility: Visibility::Public,
            invite: Vec::new(),
            encrypted: false,
        };
        let Ok(Reply::Room { room_id }) = ann.ask(Command::CreateRoom(room.clone())).await else { panic!("no room") };
        assert_eq!(ann.ask(Command::CreateRoom(room)).await, Err(Refusal::RoomAliasTaken));
        let alias = ruma::OwnedRoomOrAliasId::try_from("#market:trellis.test").unwrap();

        let found = ben.ask(Command::ResolveAlias { room: alias.clone() }).await;
        assert_eq!(found, Ok(Reply::Room { room_id: room_id.clone() }));
        let joined = ben.ask(Command::Join { room: alias, via: Vec::new() }).await;
        assert_eq!(joined, Ok(Reply::Room { room_id: room_id.clone() }));

        ben.until("the room", |shown| shown.tile(&room_id).is_some_and(|tile| tile.section == Section::Rooms)).await;
        ben.show(&room_id).await;
        ben.until("its topic", |shown| {
            let details = shown.details.get(&HEADER).and_then(Option::as_ref);
            details.is_some_and(|details| details.topic.as_deref() == Some("What is fresh"))
        })
        .await;
    });
}

#[test]
fn a_direct_chat_is_one_for_both_and_there_is_only_one() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;

        let Ok(Reply::Room { room_id }) = ann.ask(Command::StartDirectChat { user_id: ben.user_id() }).await else {
            panic!("no direct chat")
        };
        let people = |person: &Person| {
            let shown = person.page.shown();
            shown.tile(&room_id).is_some_and(|tile| tile.section == Section::People && tile.is_direct)
        };
        ann.until("the chat among people", |shown| {
            shown.tile(&room_id).is_some_and(|tile| tile.section == Section::People)
        })
        .await;
        ben.accept(&room_id).await;
        ben.until("the chat among people", |shown| {
            shown.tile(&room_id).is_some_and(|tile| tile.section == Section::People)
        })
        .await;
        assert!(people(&ann) && people(&ben));

        let again = ann.ask(Command::StartDirectChat { user_id: ben.user_id() }).await;
        assert_eq!(again, Ok(Reply::Room { room_id: room_id.clone() }));
        let back = ben.ask(Command::StartDirectChat { user_id: ann.user_id() }).await;
        assert_eq!(back, Ok(Reply::Room { room_id: room_id.clone() }));
    });
}

#[test]
fn members_are_loaded_when_they_are_looked_at() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let cem = Person::new(network, "cem").await;
        let room_id = ann.create_room("Garden", &[&ben, &cem]).await;
        ben.accept(&room_id).await;

        let watch = |filter| Command::WatchMembers {
            subscription: MEMBERS,
            room_id: room_id.clone(),
            filter,
            start: 0,
            end: 50,
        };
        ben.tell(watch(MemberFilter::default()));
        ben.until("everybody", |shown| {
            shown.members.get(&MEMBERS).is_some_and(|(complete, list)| {
                let names: Vec<_> = list.rows().map(|member| (member.user_id.localpart(), member.membership)).collect();
                *complete
                    && names == [("ann", Membership::Join), ("ben", Membership::Join), ("cem", Membership::Invite)]
            })
        })
        .await;
        ben.tell(watch(MemberFilter { text: "ce".to_owned(), banned: false }));
        ben.until("who was looked for", |shown| shown.members.get(&MEMBERS).is_some_and(|(_, list)| list.total == 1))
            .await;

        let found = ben.ask(Command::SearchMembers { room_id: room_id.clone(), text: "an".to_owned(), limit: 5 }).await;
        let Ok(Reply::Members(found)) = found else { panic!("nobody found") };
        assert_eq!(found.iter().map(|member| member.user_id.clone()).collect::<Vec<_>>(), [ann.user_id()]);
    });
}

#[test]
fn who_is_banned_is_out_until_the_ban_is_lifted() {
    journey(async |network| {
        let ann = Person::new(network, "ann").await;
        let ben = Person::new(network, "ben").await;
        let room_id = ann.create_room("Garden", &[&ben]).await;
        ben.accept(&room_id).await;
        let (room, user_id) = (room_id.clone(), ben.user_id());

        let ban = Command::Ban { room_id: room.clone(), user_id: user_id.clone(), reason: Some("enough".to_owned()) };
        assert_eq!(ann.ask(ban).await, Ok(Reply::Done));
        ben.until("that the room is gone", |shown| shown.tile(&room_id).is_none()).await;
        let join = || Command::Join { room: room.clone().into(), via: Vec::new() };
        assert!(matches!(ben.ask(join()).await, Err(Refusal::Forbidden { .. })));
        let unban = Command::Unban { room_id: room.clone(), user_id: user_id.clone(), reason: None };
        assert_eq!(ann.ask(unban).await, Ok(Reply::Done));
        let invite = Command::Invite { room_id: room.clone(), user_id, reason: None };
        assert_eq!(ann.ask(invite).await, Ok(Reply::Done));
        ben.accept(&room_id).await;

        let rename = Command::SetRoomName { room_id: room.clone(), name: "Orchard".to_owned() };
        assert!(matches!(ben.ask(rename.clone()).await, Err(Refusal::Forbidden { .. })));
        assert_eq!(ann.ask(rename).await, Ok(Reply::Done));
        ben.until("the new name", |shown| {
            let name = trellis_model::protocol::RoomName::Named("Orchard".to_owned());
            shown.tile(&room_id).is_some_and(|tile| tile.name == name)
        })
        .await;
    });
}
