//! Networks: address spaces that may overlap.

use axum::http::StatusCode;
use platform_core::views::Role;
use serde::Deserialize;

use crate::operator::answer::{Answer, List, json, list};
use crate::operator::call::{Call, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/networks", all).about("Networks by number.").gives(200, "List<Network>"),
    Route::post("/networks", Role::Admin, make)
        .about("Makes a network.")
        .body("NewNetwork")
        .gives(201, "Network"),
];

#[derive(Deserialize)]
struct NewNetwork {
    name: String,
}

fn all(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.networks()?))
}

fn make(call: &Call) -> Answer {
    let new: NewNetwork = call.document()?;
    json(StatusCode::CREATED, &call.platform.new_network(&new.name, &call.by)?)
}
