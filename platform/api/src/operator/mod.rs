//! The REST API of operators and scripts, mounted under `/api/v1`.
//!
//! A resource is one file in [`routes`] and one line in its list: address, role,
//! what goes in and out, and the function that asks [`platform_core::Platform`].
//! The description at `/openapi.json` is made of the same list, so it cannot
//! leave anything out.

mod answer;
mod call;
mod openapi;
mod problem;
mod routes;
mod schemas;
mod stream;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::Request;
use axum::routing::any;
use platform_core::Platform;

use call::{Route, answer};

/// Where the server mounts these routes.
pub const BASE: &str = "/api/v1";

/// All resources, to be nested at [`BASE`]. Answers JSON only, errors as
/// `application/problem+json` (RFC 9457), also for what is not there.
pub fn operator_routes(platform: Platform) -> Router {
    let mut router = Router::new();
    let mut paths: Vec<&str> = Vec::new();
    for route in routes::all() {
        if paths.contains(&route.path) {
            continue;
        }
        paths.push(route.path);
        let here: Vec<&'static Route> = routes::all().filter(|other| other.path == route.path).collect();
        let platform = platform.clone();
        let handler = move |request: Request| answer(platform.clone(), here.clone(), request);
        router = router.route(route.path, any(handler));
    }
    router.fallback(move |request: Request| answer(platform.clone(), Vec::new(), request))
}
