//! Tables that rules look things up in: those in force, and packs of newer ones.

use axum::http::StatusCode;
use platform_core::views::Role;

use crate::operator::answer::{Answer, done, json};
use crate::operator::call::{Call, Route, UPLOAD};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/rules", show).about("Tables of rules in force.").gives(200, "Rules"),
    Route::post("/rules", Role::Admin, install)
        .about("Puts a signed rule pack in force, without a restart: its file is the body.")
        .body(UPLOAD)
        .gives(201, "Rules"),
    Route::delete("/rules", Role::Admin, back)
        .about("Takes the rule pack in force back: the tables before it are in force again.")
        .gives(204, ""),
];

fn show(call: &Call) -> Answer {
    json(StatusCode::OK, &call.platform.rules())
}

fn install(call: &Call) -> Answer {
    let rules = call.file(|file| call.platform.install_rules(file, &call.by))?;
    json(StatusCode::CREATED, &rules)
}

fn back(call: &Call) -> Answer {
    call.platform.take_rules_back(&call.by)?;
    done()
}
