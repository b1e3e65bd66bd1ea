//! Answers: JSON, lists with the way to the next page, nothing.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::BASE;
use super::call::Call;
use super::problem::Problem;

/// What a resource's function gives back.
pub type Answer = Result<Response, Problem>;

/// A list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct List<T> {
    /// Its rows.
    pub items: Vec<T>,
    /// Send it back as `cursor` for the next page; null at the end.
    pub next: Option<String>,
    /// All rows that match; null where they are not counted.
    pub total: Option<u64>,
}

impl<T> List<T> {
    /// A whole list.
    pub fn whole(items: Vec<T>) -> List<T> {
        let total = Some(items.len() as u64);
        List { items, next: None, total }
    }
}

/// A document.
pub fn json(status: StatusCode, document: &impl Serialize) -> Answer {
    let text = serde_json::to_string(document)
        .map_err(|error| platform_core::Error::Internal(format!("writing the answer: {error}")))?;
    Ok((status, [(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// A list, with a `Link` to its next page (RFC 8288).
pub fn list<T: Serialize>(call: &Call, list: &List<T>) -> Answer {
    let mut answer = json(StatusCode::OK, list)?;
    if let Some(next) = &list.next {
        let kept = call.query.iter().filter(|(name, _)| name != "cursor");
        let with =
            kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([("cursor", next.as_str())]);
        let query: Vec<String> =
            with.map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let link = format!("<{BASE}{}?{}>; rel=\"next\"", call.address, query.join("&"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            answer.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(answer)
}

/// Done, and nothing to say.
pub fn done() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Text for the query of an address (RFC 3986).
fn escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
