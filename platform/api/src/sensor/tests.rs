//! Bodies: sizes, packing, kinds. The whole endpoint over TLS is tested in
//! `platform/server/tests`.

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse;
use wire::{Start, encode};

use super::answer::Refused;
use super::body::{Packed, decode, judge, read};

const LIMIT: usize = 10_000;

fn status<T>(result: Result<T, Refused>) -> u16 {
    result.err().map_or(200, |refused| refused.into_response().status().as_u16())
}

#[test]
fn headers_are_judged_before_the_body_is_read() {
    let judged = |name, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        status(judge(&headers, LIMIT))
    };
    assert_eq!(judged(CONTENT_LENGTH, "10000"), 200);
    assert_eq!(judged(CONTENT_LENGTH, "10001"), 413);
    assert_eq!(judged(CONTENT_TYPE, "text/html"), 415);
    assert_eq!(judged(CONTENT_ENCODING, "gzip"), 415);
    assert_eq!(judged(CONTENT_ENCODING, "zstd"), 200);
}

#[tokio::test]
async fn bodies_without_a_length_are_cut_off_at_the_limit() {
    assert_eq!(read(Body::from(vec![1; LIMIT]), LIMIT).await.ok().map(|bytes| bytes.len()), Some(LIMIT));
    assert_eq!(status(read(Body::from(vec![1; LIMIT + 1]), LIMIT).await), 413);
}

#[test]
fn bombs_and_nonsense_are_refused() {
    let start = Start { id: 7, element: vec![1; 33] };
    let plain = encode(&start);
    let packed = zstd::bulk::compress(&plain, 3).unwrap();
    assert_eq!(decode::<Start>(Packed::Plain, &plain, LIMIT).ok(), Some(start.clone()));
    assert_eq!(decode::<Start>(Packed::Zstd, &packed, LIMIT).ok(), Some(start));
    let bomb = zstd::bulk::compress(&vec![0; 100 << 20], 3).unwrap();
    assert!(bomb.len() < LIMIT);
    assert_eq!(status(decode::<Start>(Packed::Zstd, &bomb, LIMIT)), 413);
    for bad in [&packed[..packed.len() - 1], b"", b"nonsense"] {
        assert_eq!(status(decode::<Start>(Packed::Zstd, bad, LIMIT)), 400);
    }
    assert_eq!(status(decode::<wire::Hello>(Packed::Plain, &plain, LIMIT)), 400);
}
