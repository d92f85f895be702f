//! `GET /.well-known/matrix/support`

use ruma::api::client::discovery::discover_support::{Contact, ContactRole, Request, Response};

use crate::{MatrixError, Result, api::Ruma, service::Services};

pub(super) async fn discover_support(services: Services, _: Ruma<Request>) -> Result<Response> {
    let support = &services.config.support;
    let contact = match (&support.email, &support.matrix_id) {
        (Some(email), matrix_id) => {
            let mut contact = Contact::with_email_address(ContactRole::Admin, email.clone());
            contact.matrix_id = matrix_id.clone();
            Some(contact)
        }
        (None, Some(matrix_id)) => Some(Contact::with_matrix_id(ContactRole::Admin, matrix_id.clone())),
        (None, None) => None,
    };
    let mut response = Response::with_contacts(contact.into_iter().collect());
    response.support_page = support.page.clone();
    if response.contacts.is_empty() && response.support_page.is_none() {
        return Err(MatrixError::not_found("nothing is said about help"));
    }
    Ok(response)
}
