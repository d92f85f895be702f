//! `POST /_matrix/client/*/search`

use std::collections::{BTreeMap, BTreeSet};

use ruma::{
    OwnedRoomId, OwnedUserId, UInt,
    api::client::{
        filter::{LazyLoadOptions, RoomEventFilter},
        search::search_events::v3::{
            self, Criteria, EventContextResult, GroupingKey, OrderBy, ResultGroup, ResultGroupMap, ResultRoomEvents,
            SearchKeys, SearchResult, UserProfile,
        },
    },
};
use serde::Deserialize;
use serde_json::Value as JsonValue;

use crate::{
    Result,
    api::{Ruma, Sender},
    service::{
        Services,
        limits::Action,
        search::{Found, Group, Kind, SearchToken, Wanted},
        timeline::{History, StoredEvent, Token, related::RelatedBy},
    },
};

/// How many results there are unless said.
const DEFAULT: usize = 10;
/// The most events on one side of a result.
const MAXIMUM_CONTEXT: usize = 50;

pub(super) async fn search_events(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let mut response = v3::Response::new(v3::ResultCategories::new());
    let Some(criteria) = &request.search_categories.room_events else { return Ok(response) };
    let sender = &request.sender;
    services.limits.take(Action::Search, sender.user_id.as_str())?;
    let raw: Option<Search> = serde_json::from_slice(&request.raw).ok();
    let related_by = raw.and_then(|raw| raw.search_categories.room_events.filter).unwrap_or_default();
    let wanted = Wanted {
        user_id: &sender.user_id,
        term: &criteria.search_term,
        kinds: kinds(criteria),
        filter: &criteria.filter,
        related_by: &related_by,
        recent: criteria.order_by == Some(OrderBy::Recent),
        from: request.next_batch.as_deref().map(SearchToken::parse).transpose()?,
        limit: criteria.filter.limit.map_or(DEFAULT, number),
    };
    let found = services.search.find(wanted).await?;

    let mut results = ResultRoomEvents::new();
    results.count = UInt::try_from(found.count).ok();
    results.highlights = found.highlights.clone();
    results.next_batch = found.next.as_ref().map(ToString::to_string);
    // ruma cannot say whether it was asked for: it reads its defaults where it was not.
    let with_context = serde_json::from_slice::<JsonValue>(&request.raw)
        .is_ok_and(|body| body.pointer("/search_categories/room_events/event_context").is_some());
    for (event, rank) in &found.results {
        let history = found.histories.get(&event.room_id);
        let mut result = SearchResult::new();
        result.rank = Some(*rank);
        result.result = services.rooms.show(sender.ids(), history, std::slice::from_ref(event)).await?.pop();
        if with_context {
            result.context = context(&services, sender, criteria, event).await?;
        }
        results.results.push(result);
    }
    if criteria.include_state == Some(true) {
        let rooms: BTreeSet<&OwnedRoomId> = found.results.iter().map(|(event, _)| &event.room_id).collect();
        for room_id in rooms {
            let state = services.rooms.state(room_id, &sender.user_id).await?;
            results.state.insert(room_id.clone(), services.rooms.show(sender.ids(), None, &state).await?);
        }
    }
    for grouping in &criteria.groupings.group_by {
        results.groups.extend(grouping.key.as_ref().and_then(|key| groups(key, &found)));
    }
    response.search_categories.room_events = results;
    Ok(response)
}

/// What ruma's types leave out.
#[derive(Deserialize)]
struct Search {
    search_categories: SearchCategories,
}

#[derive(Deserialize)]
struct SearchCategories {
    room_events: SearchOfEvents,
}

#[derive(Deserialize)]
struct SearchOfEvents {
    filter: Option<RelatedBy>,
}

fn kinds(criteria: &Criteria) -> Vec<Kind> {
    let keys = criteria.keys.iter().flatten();
    let kinds: Vec<Kind> = keys
        .filter_map(|key| match key {
            SearchKeys::ContentBody => Some(Kind::Body),
            SearchKeys::ContentName => Some(Kind::Name),
            SearchKeys::ContentTopic => Some(Kind::Topic),
            _ => None,
        })
        .collect();
    if criteria.keys.is_some() { kinds } else { vec![Kind::Body, Kind::Name, Kind::Topic] }
}

fn number(number: UInt) -> usize {
    usize::try_from(u64::from(number)).unwrap_or(usize::MAX)
}

/// The results by their room or sender, in the order in which these appear.
fn groups(key: &GroupingKey, found: &Found) -> Option<ResultGroupMap> {
    let of = |event: &StoredEvent| match key {
        GroupingKey::RoomId => Some(Group::Room(event.room_id.clone())),
        GroupingKey::Sender => Some(Group::Sender(event.sender.clone())),
        _ => None,
    };
    let mut groups: BTreeMap<Group, ResultGroup> = BTreeMap::new();
    for (event, _) in &found.results {
        let group = of(event)?;
        let order = UInt::try_from(groups.len()).ok();
        let entry = groups.entry(group.clone()).or_insert_with(|| {
            let mut new = ResultGroup::new();
            new.order = order;
            new.next_batch = found.next_in.get(&group).map(ToString::to_string);
            new
        });
        entry.results.push(event.event_id.clone());
    }
    Some(match key {
        GroupingKey::RoomId => ResultGroupMap::RoomId(
            groups.into_iter().filter_map(|(group, results)| Some((group.room()?.clone(), results))).collect(),
        ),
        _ => ResultGroupMap::Sender(
            groups.into_iter().filter_map(|(group, results)| Some((group.sender()?.clone(), results))).collect(),
        ),
    })
}

/// What stands around a result.
async fn context(
    services: &Services,
    sender: &Sender,
    criteria: &Criteria,
    event: &StoredEvent,
) -> Result<EventContextResult> {
    let wanted = &criteria.event_context;
    let limit = |limit: UInt| number(limit).min(MAXIMUM_CONTEXT);
    let (before, after) = (limit(wanted.before_limit), limit(wanted.after_limit));
    let mut filter = RoomEventFilter::default();
    filter.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    let around = (&*event.room_id, &*event.event_id);
    let mut context = services
        .rooms
        .context(around, &sender.user_id, 2 * before.max(after), (&filter, &RelatedBy::default()))
        .await?;
    context.before.truncate(before);
    context.after.truncate(after);
    let history: Option<&History> = Some(&context.history);
    let mut result = EventContextResult::new();
    let first = context.before.last().unwrap_or(event);
    let last = context.after.last().unwrap_or(event);
    result.start = Some(Token(first.position - 1).to_string());
    result.end = Some(Token(last.position).to_string());
    result.events_before = services.rooms.show(sender.ids(), history, &context.before).await?;
    result.events_after = services.rooms.show(sender.ids(), history, &context.after).await?;
    if wanted.include_profile {
        result.profile_info = context.state.iter().filter_map(profile).collect();
    }
    Ok(result)
}

/// What a member event shows of its user.
fn profile(event: &StoredEvent) -> Option<(OwnedUserId, UserProfile)> {
    let user_id = event.state_key.as_deref()?.try_into().ok()?;
    Some((user_id, event.content_as().filter(|_| event.event_type == "m.room.member")?))
}
