//! The sensor endpoint: messages of [`wire`] over HTTP, `POST` each, and bundles by `GET`
//! (`docs/uplink.md`, `docs/registration.md`).
//!
//! Who shows no certificate may register and nothing else, so nobody unknown
//! makes the platform read more than a small message. Calls of the core block;
//! they run on threads of their own, few of them with large messages at once.

mod answer;
mod body;
mod bundle;
mod calls;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use platform_core::Platform;
use tokio::sync::{Semaphore, watch};

/// The certificate that the other end of a connection showed (DER). TLS has
/// proved that it has the key; whose it is and whether it is good the core says.
#[derive(Clone, Debug)]
pub struct ClientCertificate(pub Arc<[u8]>);

/// Large messages that are unpacked and taken at once: each is up to
/// [`wire::MAX_MESSAGE`] in memory.
const LARGE_AT_ONCE: usize = 8;

/// Bundles that are sent at once; who comes then is told to come again.
const TRANSFERS_AT_ONCE: usize = 64;

/// What every call needs.
#[derive(Clone)]
struct Shared {
    platform: Platform,
    /// Goes up when some sensor's configuration changes.
    changes: watch::Receiver<u64>,
    large: Arc<Semaphore>,
    transfers: Arc<Semaphore>,
}

/// The routes of the sensor endpoint.
pub fn sensor_routes(platform: Platform) -> Router {
    let (changed, changes) = watch::channel(0);
    platform.on_configuration_change(Box::new(move || changed.send_modify(|count| *count += 1)));
    let shared = Shared {
        platform,
        changes,
        large: Arc::new(Semaphore::new(LARGE_AT_ONCE)),
        transfers: Arc::new(Semaphore::new(TRANSFERS_AT_ONCE)),
    };
    Router::new()
        .route(wire::path::START, post(calls::start))
        .route(wire::path::CONFIRM, post(calls::confirm))
        .route(wire::path::REQUEST, post(calls::request))
        .route(wire::path::HELLO, post(calls::hello))
        .route(wire::path::BATCH, post(calls::batch))
        .route(wire::path::CONFIG, post(calls::config))
        .route(wire::path::STATUS, post(calls::status))
        .route(wire::path::RENEW, post(calls::renew))
        .route(wire::path::SYSTEM, post(calls::system))
        .route(&format!("{}{{sha256}}", wire::path::BUNDLE), get(bundle::bundle))
        .fallback(calls::nothing)
        .method_not_allowed_fallback(calls::wrong_method)
        .with_state(shared)
}

#[cfg(test)]
mod tests;
