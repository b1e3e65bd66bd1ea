//! What people and scripts reach.

use axum::Router;
use platform_core::Platform;

/// Health, and what else is served beside it: pages and the API join here.
pub(crate) fn operator(platform: &Platform) -> Router {
    api::health_routes(platform.clone())
}
