//! The description of all this.

use axum::http::StatusCode;

use crate::operator::answer::{Answer, json};
use crate::operator::call::{Call, Route};
use crate::operator::openapi;

/// Its addresses.
pub const ROUTES: &[Route] = &[Route::get("/openapi.json", show)
    .open()
    .about("This description (OpenAPI 3.1); needs no key.")
    .gives(200, "Description")];

fn show(_: &Call) -> Answer {
    json(StatusCode::OK, &openapi::document())
}
