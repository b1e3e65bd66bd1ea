//! What people say of assets: merge, never, split, undo, values.

use axum::http::StatusCode;
use platform_core::views::Role;
use serde::{Deserialize, Serialize};

use crate::operator::answer::{Answer, done, json};
use crate::operator::call::{Call, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::post("/assets/{id}/merge", Role::Operator, merge)
        .about("This asset and another are one.")
        .body("OtherAsset")
        .gives(201, "Assertion"),
    Route::post("/assets/{id}/never", Role::Operator, never)
        .about("This asset and another are never one.")
        .body("OtherAsset")
        .gives(201, "Assertion"),
    Route::post("/assets/{id}/split", Role::Operator, split)
        .about("These keys of the asset are an asset of their own.")
        .body("SplitKeys")
        .gives(201, "Assertion"),
    Route::delete("/assertions/{id}", Role::Operator, undo)
        .about("Takes a merge, never or split back.")
        .gives(204, ""),
    Route::put("/assets/{id}/values/{field}", Role::Operator, set)
        .about("Sets a value; it wins until it is cleared.")
        .body("Value")
        .gives(204, ""),
    Route::delete("/assets/{id}/values/{field}", Role::Operator, clear)
        .about("Goes back to what was heard.")
        .gives(204, ""),
];

#[derive(Deserialize)]
struct OtherAsset {
    other: String,
}

#[derive(Deserialize)]
struct SplitKeys {
    keys: Vec<String>,
}

#[derive(Deserialize)]
struct Value {
    value: String,
}

#[derive(Serialize)]
struct Assertion {
    assertion: String,
}

fn merge(call: &Call) -> Answer {
    let other: OtherAsset = call.document()?;
    let assertion = call.platform.merge(call.part("id"), &other.other, &call.by)?;
    json(StatusCode::CREATED, &Assertion { assertion })
}

fn never(call: &Call) -> Answer {
    let other: OtherAsset = call.document()?;
    let assertion = call.platform.never_merge(call.part("id"), &other.other, &call.by)?;
    json(StatusCode::CREATED, &Assertion { assertion })
}

fn split(call: &Call) -> Answer {
    let keys: SplitKeys = call.document()?;
    let assertion = call.platform.split(call.part("id"), &keys.keys, &call.by)?;
    json(StatusCode::CREATED, &Assertion { assertion })
}

fn undo(call: &Call) -> Answer {
    call.platform.undo(call.part("id"), &call.by)?;
    done()
}

fn set(call: &Call) -> Answer {
    let value: Value = call.document()?;
    call.platform.set_value(call.part("id"), call.part("field"), &value.value, &call.by)?;
    done()
}

fn clear(call: &Call) -> Answer {
    call.platform.clear_value(call.part("id"), call.part("field"), &call.by)?;
    done()
}
