//! A file from any byte on, piece by piece to whoever may have it: update bundles for appliances, images for people.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE,
    RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::channel::{Channel, Sender};
use tokio::time::timeout;

/// Bytes that are read at once, and pieces that wait for a slow line.
const PIECE: usize = 64 << 10;
const WAITING: usize = 2;
/// A piece must be gone in this time: slow lines are slow, but not still.
const STILL: Duration = Duration::from_secs(60);

/// Answers with a file of `size` bytes: whole, from where `Range` says, or 304 when `tag` (an entity tag with its
/// quotes) is known already. To be called where it may block, within the runtime; the file itself is sent without
/// holding a thread. `turn` is given back when it is through.
///
/// # Errors
/// When the file cannot be read there.
pub(crate) fn answer(
    mut file: File,
    size: u64,
    headers: &HeaderMap,
    tag: Option<&str>,
    turn: impl Send + 'static,
) -> io::Result<Response<Body>> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut response = Response::new(Body::empty());
    if let Some(tag) = tag {
        put(&mut response, ETAG, tag);
        if text(IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim() == tag)) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
    }
    // Of another file it would be the wrong rest (RFC 9110 §13.1.5).
    let same = text(IF_RANGE).is_none_or(|known| Some(known) == tag);
    let from = text(RANGE).filter(|_| same).and_then(begin).unwrap_or(0);
    if from > 0 && from >= size {
        *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
        put(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
        return Ok(response);
    }
    file.seek(SeekFrom::Start(from))?;
    let (sender, body) = Channel::<Bytes, io::Error>::new(WAITING);
    tokio::spawn(send(file, size - from, sender, turn));
    *response.body_mut() = Body::new(body);
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

/// Sets a header; a value that none can have is left out.
pub(crate) fn put(response: &mut Response<Body>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Reads on threads where it may block, sends here; cuts the connection when either fails.
async fn send(
    mut file: File,
    mut left: u64,
    mut sender: Sender<Bytes, io::Error>,
    turn: impl Send + 'static,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
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
    }

    #[tokio::test]
    async fn what_is_known_or_changed_is_told_by_the_tag() {
        let ask = |pairs: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(name, HeaderValue::from_static(value));
            }
            let mut file = tempfile::tempfile().unwrap();
            io::Write::write_all(&mut file, b"0123456789").unwrap();
            answer(file, 10, &headers, Some("\"a\""), ()).unwrap()
        };
        for (headers, status) in [
            (&[][..], 200),
            (&[(IF_NONE_MATCH, "\"a\"")], 304),
            (&[(IF_NONE_MATCH, "\"b\", \"a\"")], 304),
            (&[(IF_NONE_MATCH, "\"b\"")], 200),
            (&[(RANGE, "bytes=4-")], 206),
            (&[(RANGE, "bytes=4-"), (IF_RANGE, "\"a\"")], 206),
            (&[(RANGE, "bytes=4-"), (IF_RANGE, "\"b\"")], 200),
            (&[(RANGE, "bytes=10-")], 416),
        ] {
            let response = ask(headers);
            assert_eq!(response.status().as_u16(), status, "{headers:?}");
            assert_eq!(response.headers()[ETAG], "\"a\"");
            let bytes = axum::body::to_bytes(response.into_body(), 64).await.unwrap();
            let wanted: &[u8] = match status {
                200 => b"0123456789",
                206 => b"456789",
                _ => b"",
            };
            assert_eq!(bytes, wanted, "{headers:?}");
        }
    }
}
