//! `POST /_matrix/client/*/user_directory/search`

use ruma::api::client::user_directory::search_users::v3;

use crate::{Result, api::Ruma, service::Services};

pub(super) async fn search_users(services: Services, request: Ruma<v3::Request>) -> Result<v3::Response> {
    let exact = services.accounts.user_id_of(&request.search_term).ok();
    let limit = u32::try_from(u64::from(request.limit)).unwrap_or(u32::MAX);
    let viewer = &request.sender.user_id;
    let found = services.user_directory.search(viewer, &request.search_term, exact.as_deref(), limit).await?;
    let users = found.users.into_iter().map(|(user_id, profile)| {
        let mut user = v3::User::new(user_id);
        user.display_name = profile.displayname;
        user.avatar_url = profile.avatar_url;
        user
    });
    Ok(v3::Response::new(users.collect(), found.limited))
}
