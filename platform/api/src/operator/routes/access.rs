//! Who asks; users and API keys.

use axum::http::StatusCode;
use platform_core::views::Role;
use serde::{Deserialize, Serialize};

use crate::operator::answer::{Answer, List, done, json, list};
use crate::operator::call::{Call, Route};

/// Its addresses.
pub const ROUTES: &[Route] = &[
    Route::get("/session", who).about("Who this key or session is.").gives(200, "Session"),
    Route::get("/users", users).only(Role::Admin).about("Users by name.").gives(200, "List<User>"),
    Route::post("/users", Role::Admin, make_user)
        .about("Makes a user; the password is shown this once and must be changed at the first sign-in.")
        .body("NewUser")
        .gives(201, "MadeUser"),
    Route::delete("/users/{name}", Role::Admin, remove_user)
        .about("Removes a user and ends their sessions.")
        .gives(204, ""),
    Route::get("/api-keys", keys).only(Role::Admin).about("API keys by name.").gives(200, "List<ApiKey>"),
    Route::post("/api-keys", Role::Admin, make_key)
        .about("Makes an API key; its secret is shown this once.")
        .body("NewApiKey")
        .gives(201, "MadeApiKey"),
    Route::delete("/api-keys/{prefix}", Role::Admin, revoke_key).about("Ends an API key.").gives(204, ""),
];

#[derive(Serialize)]
struct Session<'a> {
    name: &'a str,
    role: Role,
}

#[derive(Deserialize)]
struct NewUser {
    name: String,
    role: Role,
}

#[derive(Serialize)]
struct MadeUser {
    name: String,
    password: String,
}

#[derive(Deserialize)]
struct NewApiKey {
    name: String,
    role: Role,
    #[serde(default)]
    days: u32,
}

fn who(call: &Call) -> Answer {
    json(StatusCode::OK, &Session { name: &call.by, role: call.role })
}

fn users(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.users()?))
}

fn make_user(call: &Call) -> Answer {
    let new: NewUser = call.document()?;
    let password = call.platform.new_user(&new.name, new.role, &call.by)?;
    json(StatusCode::CREATED, &MadeUser { name: new.name, password })
}

fn remove_user(call: &Call) -> Answer {
    call.platform.remove_user(call.part("name"), &call.by)?;
    done()
}

fn keys(call: &Call) -> Answer {
    list(call, &List::whole(call.platform.keys()?))
}

fn make_key(call: &Call) -> Answer {
    let new: NewApiKey = call.document()?;
    json(StatusCode::CREATED, &call.platform.new_key(&new.name, new.role, new.days, &call.by)?)
}

fn revoke_key(call: &Call) -> Answer {
    call.platform.revoke_key(call.part("prefix"), &call.by)?;
    done()
}
