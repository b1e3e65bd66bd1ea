//! The style sheet, the script and the icon: ours, in the program, nothing else.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Every file: name, type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("stillwatch.css", "text/css; charset=utf-8", include_str!("../static/stillwatch.css")),
    ("stillwatch.js", "text/javascript; charset=utf-8", include_str!("../static/stillwatch.js")),
    ("theme.css", "text/css; charset=utf-8", include_str!("../static/theme.css")),
    ("icon.svg", "image/svg+xml", include_str!("../static/icon.svg")),
];

/// Where a file is: with a mark of its content, so that a browser may keep it for ever.
pub fn address(name: &str) -> String {
    let mark = FILES.iter().find(|file| file.0 == name).map_or(0, |file| mark(file.2));
    format!("/static/{name}?{mark:08x}")
}

/// FNV-1a: a mark that changes with the content; nothing is protected by it.
fn mark(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Answers with a file.
pub fn serve(name: &str) -> Response {
    let Some((_, kind, content)) = FILES.iter().find(|file| file.0 == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut answer = content.into_response();
    let keep = HeaderValue::from_static("public, max-age=31536000, immutable");
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(header::CACHE_CONTROL, keep);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_is_evaluated() {
        for (name, _, content) in FILES {
            let outside = content.replace("http://www.w3.org/2000/svg", "");
            assert!(!outside.contains("http://") && !outside.contains("https://"), "{name}");
            assert!(!content.contains("eval(") && !content.contains("innerHTML"), "{name}");
        }
        assert_ne!(address("stillwatch.css"), address("stillwatch.js"));
    }
}
