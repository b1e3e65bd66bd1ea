//! How the platform itself is doing: `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::routing::get;
use platform_core::Platform;

use crate::metrics;

/// What OpenMetrics calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/healthz`: the process lives. `/readyz`: it can do its work, or the check
/// that fails is named. `/metrics`: OpenMetrics, with an API key of any role
/// (`Authorization: Bearer`), since it tells how much is there.
pub fn health_routes(platform: Platform) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(measure))
        .with_state(platform)
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

const PLAIN: &str = "text/plain; charset=utf-8";

async fn ready(State(platform): State<Platform>) -> Response<Body> {
    let checked = tokio::task::spawn_blocking(move || platform.ready()).await;
    match checked {
        Ok(Ok(())) => text(StatusCode::OK, PLAIN, "ready\n".into()),
        Ok(Err(error)) => text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("store: {error}\n")),
        Err(_) => text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "the check itself failed\n".into()),
    }
}

async fn measure(State(platform): State<Platform>, headers: HeaderMap) -> Response<Body> {
    let Some(key) = bearer(&headers) else {
        let words = "send an API key: Authorization: Bearer swk_…\n";
        let mut response = text(StatusCode::UNAUTHORIZED, PLAIN, words.into());
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    };
    let made = tokio::task::spawn_blocking(move || match platform.key_session(&key)? {
        Some(_) => metrics::text(&platform).map(Some),
        None => Ok(None),
    });
    match made.await {
        Ok(Ok(Some(metrics))) => text(StatusCode::OK, OPEN_METRICS, metrics),
        Ok(Ok(None)) => text(StatusCode::FORBIDDEN, PLAIN, "this API key is not good\n".into()),
        Ok(Err(error)) => {
            tracing::error!(%error, "no metrics");
            text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "the platform's log says more\n".into())
        }
        Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, PLAIN, "internal error\n".into()),
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_string())
}
