//! Spaces and what is in them.

use anyhow::Result;
use futures_util::StreamExt as _;
use matrix_sdk::{
    Room,
    ruma::{
        api::client::room::create_room::{self, v3::RoomPreset},
        assign,
        room::RoomType,
        serde::Raw,
    },
};
use matrix_sdk_ui::spaces::SpaceService;
use trellis_foreign_matrix_sdk::{Person, wait};

/// Makes a space that anyone may enter.
pub(crate) async fn make_space(person: &Person, name: &str) -> Result<Room> {
    let content = assign!(create_room::v3::CreationContent::new(), { room_type: Some(RoomType::Space) });
    person
        .make(assign!(create_room::v3::Request::new(), {
            name: Some(name.to_owned()),
            creation_content: Some(Raw::new(&content)?),
            preset: Some(RoomPreset::PublicChat),
        }))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_shows_its_rooms_to_who_is_in_it() -> Result<()> {
    let (alice, bob) = (Person::register("Alice").await?, Person::register("Bob").await?);
    let space = make_space(&alice, "The coast").await?;
    let public = Some(RoomPreset::PublicChat);
    let name = Some("The harbour".to_owned());
    let harbour = alice.make(assign!(create_room::v3::Request::new(), { name, preset: public })).await?;
    let secret = alice.make_room("The cave", &[]).await?;
    let spaces = SpaceService::new(alice.clone()).await;
    for room in [&harbour, &secret] {
        spaces.add_child_to_space(room.room_id().to_owned(), space.room_id().to_owned()).await?;
    }

    bob.join_room_by_id(space.room_id()).await?;
    bob.joined(space.room_id(), 2).await?;

    let children = async |person: &Person| -> Result<Vec<String>> {
        let list = SpaceService::new((**person).clone()).await.space_room_list(space.room_id().to_owned()).await;
        list.paginate().await?;
        let mut names: Vec<_> = list.rooms().await.into_iter().filter_map(|room| room.name).collect();
        names.sort_unstable();
        Ok(names)
    };
    assert_eq!(children(&alice).await?, ["The cave", "The harbour"]);
    assert_eq!(children(&bob).await?, ["The harbour"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_is_joined_is_at_the_top_with_the_rooms_below_it() -> Result<()> {
    let alice = Person::register("Alice").await?;
    let phone = alice.on_another_device().await?;
    let spaces = SpaceService::new(phone.clone()).await;
    let (mut top, mut changes) = spaces.subscribe_to_top_level_joined_spaces().await;

    let (coast, islands) = (make_space(&alice, "The coast").await?, make_space(&alice, "The islands").await?);
    let service = SpaceService::new(alice.clone()).await;
    service.add_child_to_space(islands.room_id().to_owned(), coast.room_id().to_owned()).await?;

    wait::within("the one space is at the top", async {
        while !(top.len() == 1 && top[0].room_id == coast.room_id() && top[0].children_count == 1) {
            for change in changes.next().await.into_iter().flatten() {
                change.apply(&mut top);
            }
        }
        Ok(())
    })
    .await?;
    let parents = spaces.joined_parents_of_child(islands.room_id()).await;
    assert_eq!(parents.iter().map(|space| &*space.room_id).collect::<Vec<_>>(), [coast.room_id()]);
    Ok(())
}
