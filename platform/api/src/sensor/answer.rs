//! Messages and refusals as HTTP.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, Response, StatusCode};
use model::ErrorCode;
use platform_core::Error;
use wire::{Message, Refusal};

/// What every answer has.
const BINARY: &str = "application/octet-stream";

/// A message.
pub(super) fn message<M: Message>(status: StatusCode, message: &M) -> Response<Body> {
    let mut response = Response::new(Body::from(wire::encode(message)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(BINARY));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Nothing changed.
pub(super) fn nothing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// No, and why.
pub(super) struct Refused {
    status: StatusCode,
    refusal: Refusal,
    wait: Option<u64>,
}

impl Refused {
    /// A refusal of the endpoint itself (E11).
    pub(super) fn new(status: StatusCode, words: impl Into<String>) -> Refused {
        let refusal = Refusal { code: ErrorCode::Platform, words: words.into() };
        Refused { status, refusal, wait: None }
    }

    /// The other end is to come again after so many seconds.
    pub(super) fn later(self, seconds: u64) -> Refused {
        Refused { wait: Some(seconds), ..self }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        let words = error.to_string();
        match error {
            Error::Coded { code, words } => {
                Refused { status: StatusCode::FORBIDDEN, refusal: Refusal { code, words }, wait: None }
            }
            Error::TooOften(seconds) => {
                Refused { wait: Some(seconds), ..Refused::new(StatusCode::TOO_MANY_REQUESTS, words) }
            }
            Error::Denied(_) | Error::Forbidden(_) => Refused::new(StatusCode::FORBIDDEN, words),
            Error::Missing { .. } => Refused::new(StatusCode::NOT_FOUND, words),
            Error::Invalid { .. } => Refused::new(StatusCode::BAD_REQUEST, words),
            Error::Conflict { .. } => Refused::new(StatusCode::CONFLICT, words),
            // What is wrong inside is for the platform's log.
            Error::Store(_) => {
                tracing::error!(error = words, "the store failed");
                let words = "the platform cannot write at the moment; its log says more";
                Refused { wait: Some(10), ..Refused::new(StatusCode::SERVICE_UNAVAILABLE, words) }
            }
            Error::Internal(_) => {
                tracing::error!(error = words, "internal error");
                Refused::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal error; the platform's log says more",
                )
            }
        }
    }
}

impl axum::response::IntoResponse for Refused {
    fn into_response(self) -> Response<Body> {
        let mut response = message(self.status, &self.refusal);
        if let Some(seconds) = self.wait {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
