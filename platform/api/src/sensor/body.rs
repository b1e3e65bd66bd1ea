//! Bodies of requests: bounded in size and time, unpacked within bounds.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};
use wire::Message;

use super::answer::Refused;

/// A body's next piece, and all of it: slow lines are slow, but not still.
const PIECE: Duration = Duration::from_secs(30);
const WHOLE: Duration = Duration::from_secs(600);

/// Memory of a decompressor: 2 to the power of this, the largest message.
const WINDOW: u32 = 24;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packed {
    /// Not at all.
    Plain,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// Looks at the headers before anything is read.
pub(super) fn judge(headers: &HeaderMap, limit: usize) -> Result<Packed, Refused> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if text(CONTENT_TYPE).is_some_and(|kind| kind != "application/octet-stream") {
        let words = "the content must be application/octet-stream";
        return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
    }
    if text(CONTENT_LENGTH)
        .and_then(|length| length.parse::<u64>().ok())
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large(limit));
    }
    match text(CONTENT_ENCODING) {
        None | Some("identity") => Ok(Packed::Plain),
        Some("zstd") => Ok(Packed::Zstd),
        Some(_) => {
            Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the content encoding must be zstd or none"))
        }
    }
}

fn too_large(limit: usize) -> Refused {
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, format!("at most {limit} bytes are taken here"))
}

/// Reads a body of at most `limit` bytes as it is on the wire.
pub(super) async fn read(mut body: Body, limit: usize) -> Result<Vec<u8>, Refused> {
    let slow = || Refused::new(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time");
    let end = Instant::now() + WHOLE;
    let mut bytes = Vec::new();
    loop {
        let next = timeout_at(end.min(Instant::now() + PIECE), body.frame()).await.map_err(|_| slow())?;
        let Some(frame) = next else { return Ok(bytes) };
        let frame = frame.map_err(|_| Refused::new(StatusCode::BAD_REQUEST, "the request was cut"))?;
        let Ok(piece) = frame.into_data() else { continue };
        if bytes.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
}

/// Unpacks to at most `limit` bytes and reads the message.
pub(super) fn decode<M: Message>(packed: Packed, bytes: &[u8], limit: usize) -> Result<M, Refused> {
    let wrong = |words: String| Refused::new(StatusCode::BAD_REQUEST, words);
    let plain;
    let bytes = match packed {
        Packed::Plain => bytes,
        Packed::Zstd => {
            let damaged = |_| wrong("the content cannot be decompressed".into());
            let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).map_err(damaged)?;
            decoder.window_log_max(WINDOW).map_err(damaged)?;
            let mut out = Vec::new();
            decoder.take(limit as u64 + 1).read_to_end(&mut out).map_err(damaged)?;
            if out.len() > limit {
                return Err(too_large(limit));
            }
            plain = out;
            plain.as_slice()
        }
    };
    wire::decode(bytes).map_err(|cause| wrong(cause.to_string()))
}
