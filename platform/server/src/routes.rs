//! What people and scripts reach.

use axum::Router;
use platform_core::Platform;

/// Pages, the API, and health. `secure`: the browser comes by TLS.
pub(crate) fn operator(platform: &Platform, secure: bool, entry: Option<web::Entry>) -> Router {
    let pages = web::Options { secure, entry, ..web::Options::default() };
    web::routes(platform.clone(), pages)
        .nest(api::BASE, api::operator_routes(platform.clone()))
        .merge(api::health_routes(platform.clone()))
}
