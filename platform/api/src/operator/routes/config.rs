//! Configuration of address space: one document with a version, guarded by its ETag.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use platform_core::views::{Configuration, Role};

use crate::operator::answer::{Answer, List, json, list};
use crate::operator::call::{Call, Route};
use crate::operator::problem::Problem;

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/config", show)
        .about("What is configured, with its version as ETag; If-None-Match answers 304.")
        .gives(200, "Configuration"),
    Route::put("/config", Role::Operator, put)
        .about("Puts a configuration in place of the one that If-Match names; 412 when that is no longer the newest.")
        .body("Configuration")
        .gives(200, "Configuration"),
    Route::get("/config/versions", versions)
        .about("Who changed what, newest first.")
        .gives(200, "List<ConfigurationVersion>"),
    Route::get("/heard-ranges", heard)
        .about("Ranges that sensors hear, configured or not, those with most hosts first.")
        .gives(200, "List<HeardRange>"),
];

fn tag(version: u64) -> String {
    format!("\"{version}\"")
}

fn named(call: &Call, name: &header::HeaderName) -> Option<String> {
    call.headers.get(name).and_then(|value| value.to_str().ok()).map(|value| value.trim().to_owned())
}

fn with_tag(configuration: &Configuration) -> Answer {
    let mut answer = json(StatusCode::OK, configuration)?;
    if let Ok(tag) = HeaderValue::from_str(&tag(configuration.version)) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    Ok(answer)
}

fn show(call: &Call) -> Answer {
    let now = call.platform.configuration()?;
    match named(call, &header::IF_NONE_MATCH) {
        Some(known) if known == tag(now.version) => Ok(StatusCode::NOT_MODIFIED.into_response()),
        _ => with_tag(&now),
    }
}

fn put(call: &Call) -> Answer {
    let Some(of) = named(call, &header::IF_MATCH) else {
        let words = "Send the ETag of the configuration you changed as If-Match.";
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "/problems/if-match",
            "If-Match is missing",
            words,
        ));
    };
    let mut new: Configuration = call.document()?;
    let version = of.trim_matches('"').parse();
    new.version = version.map_err(|_| platform_core::Error::Conflict { what: "the configuration" })?;
    call.platform.configure(&new, &call.by)?;
    with_tag(&call.platform.configuration()?)
}

fn versions(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.configuration_versions()?))
}

fn heard(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.heard_ranges()?))
}
