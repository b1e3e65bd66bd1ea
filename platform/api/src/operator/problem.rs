//! Errors as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use platform_core::Error;
use serde::Serialize;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable word for programs, as a URI of ours.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The same in a few words.
    pub title: Box<str>,
    /// Status of HTTP.
    pub status: u16,
    /// What is wrong here, and what to do.
    pub detail: Box<str>,
    /// The address that was asked.
    pub instance: Box<str>,
    /// Fields that cannot be, by their path in the body or the query.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Methods that the address takes, for 405.
    #[serde(skip)]
    pub allow: Box<str>,
    /// Seconds to wait, for 429; 0 otherwise.
    #[serde(skip)]
    pub wait: u32,
}

/// A field that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its path (`internal[2].ranges[0]`).
    pub field: String,
    /// What is wrong and what is wanted.
    pub detail: String,
}

impl Problem {
    /// A problem of a kind.
    pub fn new(status: StatusCode, kind: &'static str, title: &str, detail: impl Into<Box<str>>) -> Problem {
        Problem {
            kind,
            title: title.into(),
            status: status.as_u16(),
            detail: detail.into(),
            instance: Box::default(),
            errors: Vec::new(),
            allow: Box::default(),
            wait: 0,
        }
    }

    /// A field that cannot be.
    pub fn field(field: &str, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        let whole = format!("{field}: {detail}");
        let mut problem =
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "/problems/invalid", "A field cannot be", whole);
        problem.errors.push(FieldError { field: field.into(), detail });
        problem
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let words = error.to_string();
        let of = |status, kind, title: &str| Problem::new(status, kind, title, words.clone());
        match error {
            Error::Missing { what, .. } => {
                of(StatusCode::NOT_FOUND, "/problems/missing", &format!("There is no such {what}"))
            }
            Error::Invalid { field, words } => Problem::field(&field, words),
            Error::Conflict { .. } => {
                of(StatusCode::PRECONDITION_FAILED, "/problems/conflict", "Somebody else changed it first")
            }
            Error::Denied(_) => of(StatusCode::UNAUTHORIZED, "/problems/unauthorized", "Not signed in"),
            Error::Forbidden(_) => of(StatusCode::FORBIDDEN, "/problems/forbidden", "Not allowed"),
            Error::TooOften(seconds) => {
                let mut problem = of(StatusCode::TOO_MANY_REQUESTS, "/problems/too-often", "Too often");
                problem.wait = u32::try_from(seconds).unwrap_or(u32::MAX);
                problem
            }
            Error::Coded { code, .. } => of(StatusCode::BAD_REQUEST, "/problems/fault", &code.to_string()),
            Error::Store(_) | Error::Internal(_) => {
                tracing::error!(%words, "a request failed");
                of(StatusCode::INTERNAL_SERVER_ERROR, "/problems/internal", "The platform failed")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&self).unwrap_or_default();
        let mut answer = (status, text).into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = HeaderValue::from_str(&self.allow).ok().filter(|allow| !allow.is_empty()) {
            headers.insert(header::ALLOW, allow);
        }
        if self.wait > 0 {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.wait));
        }
        answer
    }
}
