//! Update bundles: a file, from any byte on, piece by piece to whoever it is offered to.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::channel::{Channel, Sender};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::Shared;
use super::answer::Refused;
use super::calls::{Answer, Shown, blocking, known};

/// Bytes that are read at once, and pieces that wait for a slow line.
const PIECE: usize = 64 << 10;
const WAITING: usize = 2;
/// A piece must be gone in this time: slow lines are slow, but not still.
const STILL: Duration = Duration::from_secs(60);
/// When to come again while too many fetch.
const AGAIN: u64 = 60;

pub(super) async fn bundle(
    State(shared): State<Shared>,
    shown: Shown,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let caller = known(&shared.platform, shown).await?;
    let missing = || Refused::new(StatusCode::NOT_FOUND, "there is no bundle of this name");
    let sha256 = unhex(&name).ok_or_else(missing)?;
    let busy = |_| Refused::new(StatusCode::SERVICE_UNAVAILABLE, "too many fetch bundles now").later(AGAIN);
    let turn = shared.transfers.clone().try_acquire_owned().map_err(busy)?;
    let (mut file, size) = blocking(move || Ok(shared.platform.bundle_for(&caller, &sha256)?)).await?;
    let from = headers.get(RANGE).and_then(|range| begin(range.to_str().ok()?)).unwrap_or(0);
    if from > 0 && from >= size {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        put(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
        return Ok(response);
    }
    let file = blocking(move || {
        let moved = file.seek(SeekFrom::Start(from)).map(|_| file);
        moved.map_err(|error| {
            tracing::error!(%error, "a bundle cannot be read");
            Refused::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the bundle cannot be read; the platform's log says more",
            )
        })
    })
    .await?;
    let (sender, body) = Channel::<Bytes, io::Error>::new(WAITING);
    tokio::spawn(send(file, size - from, sender, turn));
    let mut response = Response::new(Body::new(body));
    if from > 0 {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        put(&mut response, CONTENT_RANGE, &format!("bytes {from}-{}/{size}", size - 1));
    }
    put(&mut response, CONTENT_LENGTH, &(size - from).to_string());
    put(&mut response, CONTENT_TYPE, "application/octet-stream");
    put(&mut response, ACCEPT_RANGES, "bytes");
    put(&mut response, CACHE_CONTROL, "no-store");
    Ok(response)
}

fn put(response: &mut Response<Body>, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Reads on threads where it may block, sends here; cuts the connection when either fails.
async fn send(
    mut file: File,
    mut left: u64,
    mut sender: Sender<Bytes, io::Error>,
    turn: OwnedSemaphorePermit,
) {
    while left > 0 {
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
            let read = file.read(&mut piece);
            (
                file,
                read.map(|read| {
                    piece.truncate(read);
                    piece
                }),
            )
        });
        let piece = match read.await {
            Ok((back, Ok(piece))) if !piece.is_empty() => {
                file = back;
                piece
            }
            Ok((_, Ok(_))) => return sender.abort(io::ErrorKind::UnexpectedEof.into()),
            Ok((_, Err(error))) => return sender.abort(error),
            Err(_) => return sender.abort(io::Error::other("reading stopped")),
        };
        left = left.saturating_sub(piece.len() as u64);
        match timeout(STILL, sender.send_data(Bytes::from(piece))).await {
            Ok(Ok(())) => {}
            // Whoever fetched it has gone.
            Ok(Err(_)) => return,
            Err(_) => return sender.abort(io::ErrorKind::TimedOut.into()),
        }
    }
    drop(turn);
}

/// `bytes=500-` (RFC 9110 §14.1.2); anything else is as if there were none, which the RFC allows.
fn begin(range: &str) -> Option<u64> {
    let digits = range.strip_prefix("bytes=")?.strip_suffix('-')?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// 64 hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_names() {
        assert_eq!((begin("bytes=0-"), begin("bytes=500-")), (Some(0), Some(500)));
        for bad in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=-5",
            "bytes=1-2",
            "bytes=1-,3-",
            "lines=1-",
            "bytes=+1-",
            "bytes=99999999999999999999999-",
            "bytes=1 -",
        ] {
            assert_eq!(begin(bad), None, "{bad}");
        }
        assert_eq!(unhex(&"0f".repeat(32)), Some([15; 32]));
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"+f".repeat(32)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
